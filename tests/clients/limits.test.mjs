// Attacks that must not stop the server, nor make it grow or spin.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import net from "node:net";
import { once } from "node:events";
import { processor_ticks, reference, resident, start, within } from "./program.mjs";
import { deadline, frame, format_request, Peer, PollingSession, raw_websocket, record_separator } from "./wire.mjs";

const path = "/socket.io/";
const url = `${path}?EIO=4&transport=websocket`;
const ends = Symbol("the connection ended");

// A client of `/` over a WebSocket, with acknowledgements by id.
class Client {
  static async open(port) {
    const client = new Client();
    client.peer = await Peer.open(port, url);
    client.handshake = JSON.parse((await client.peer.next()).slice(1));
    client.peer.send("40");
    for (;;) if ((await client.next()).startsWith('42["auth"')) return client;
  }
  next_id = 1;
  // Waits for the next packet, and answers pings.
  async next() {
    for (;;) {
      const packet = await this.peer.next();
      if (packet !== "2") return packet;
      this.peer.send("3");
    }
  }
  // Emits with an acknowledgement. Skips the events that arrive before it, and counts them.
  async ask(name, ...values) {
    const id = this.next_id++;
    this.peer.send(`42${id}${JSON.stringify([name, ...values])}`);
    for (this.passed = 0; ; this.passed++) {
      const packet = await this.next();
      if (packet.startsWith(`43${id}[`)) return JSON.parse(packet.slice(`43${id}`.length));
    }
  }
  close() {
    this.peer.terminate();
  }
}

async function serves(port) {
  const client = await Client.open(port);
  assert.deepEqual(await client.ask("echo", "alive"), ["alive"]);
  client.close();
}

for (const threads of [1, 2]) {
  const parameters = ["--suite", "socketio", "--threads", threads];
  describe(`${threads} thread${threads > 1 ? "s" : ""}`, () => {
    for (const how of ["sync", "async"])
      test(`handlers that throw (${how})`, { timeout: 60_000 }, async (context) => {
        const program = await start(context, "conformance", parameters);
        const other = await Client.open(program.port);
        for (let i = 0; i < 20; i++) {
          const client = await Client.open(program.port);
          assert.deepEqual(await client.ask("throw", how), []);
          client.close();
        }
        assert.deepEqual(await other.ask("echo", "alive"), ["alive"]);
        await serves(program.port);
        assert.equal(program.running, true);
        other.close();
      });

    const nested = "[".repeat(4096) + "]".repeat(4096);
    for (const [name, packet] of Object.entries({
      "echo": `421["echo",${nested}]`,
      "message": `42["message",${nested}]`,
      "objects": `421["echo",${'{"a":'.repeat(4096)}1${"}".repeat(4096)}]`,
      "auth of a namespace": `40/custom,{"a":${nested}}`,
    }))
      test(`8 KB of nesting: ${name}`, { timeout: 60_000 }, async (context) => {
        const program = await start(context, "conformance", parameters);
        const other = await Client.open(program.port);
        for (let i = 0; i < 5; i++) {
          const client = await Client.open(program.port);
          client.peer.send(packet);
          if (!reference) {
            const answer = await Promise.race([client.next().catch(() => ends), client.peer.close_frame().then(() => ends)]);
            assert.ok(answer === ends || answer.startsWith("44/custom,"), String(answer).slice(0, 80));
          }
          client.close();
        }
        assert.deepEqual(await other.ask("echo", "alive"), ["alive"]);
        await serves(program.port);
        other.close();
      });
    test("8 KB of nesting: auth of the first CONNECT", { timeout: 60_000 }, async (context) => {
      const program = await start(context, "conformance", parameters);
      const peer = await Peer.open(program.port, url);
      await peer.next();
      peer.send(`40{"a":${nested}}`);
      if (!reference) {
        const answer = await peer.next().catch(() => ends);
        assert.ok(answer === ends || answer.startsWith("44"), String(answer).slice(0, 80));
      }
      peer.terminate();
      const session = await PollingSession.open(program.port, path);
      const posted = await session.post(`40{"a":${nested}}`);
      if (!reference) {
        const { status, text } = posted.status === 200 ? await session.poll() : posted;
        assert.ok(status === 400 || text.startsWith("44") || text.split(record_separator).includes("1"), `${status} ${text.slice(0, 80)}`);
      }
      await serves(program.port);
    });

    test("clients that never read", { timeout: 120_000 }, async (context) => {
      const program = await start(context, "conformance", parameters);
      const busy = await Client.open(program.port);
      const stalled = [];
      for (let i = 0; i < 3; i++) {
        const connection = await raw_websocket(program.port, url);
        connection.write(frame(1, "40"));
        for (;;) if ((await connection.frame()).payload.toString().startsWith('42["auth"')) break;
        connection.socket.pause();
        stalled.push(connection);
      }
      // One more client, over polling, never polls again.
      const session = await PollingSession.open(program.port, path);
      await session.post("40");
      assert.match((await session.poll()).text, /^40/);
      assert.equal((await busy.ask("rooms"))[1], 5);
      const before = resident(program.pid);
      const most = 128e6;
      const [bytes, count] = [65_536, 4];
      let peak = 0;
      let sent = 0;
      for (; sent < most; sent += bytes * count) {
        // The busy client reads each burst before the next one, so only the stalled ones fall behind.
        await busy.ask("burst", bytes, count);
        while (busy.passed < count) {
          assert.match((await busy.next()).slice(0, 20), /^42\["bcast","xxx/);
          busy.passed++;
        }
        peak = Math.max(peak, resident(program.pid) - before);
        if ((await busy.ask("rooms"))[1] === 1) break;
      }
      assert.ok(sent < most, "the server closes those that do not read");
      assert.ok(peak < 100e6, `the server grew by ${peak} bytes`);
      assert.deepEqual(await busy.ask("echo", "alive"), ["alive"]);
      busy.close();
      for (const connection of stalled) connection.destroy();
      await serves(program.port);
    });

    test("descriptors run out", { timeout: 120_000 }, async (context) => {
      const program = await start(context, "conformance", parameters, { descriptors: 64 });
      const client = await Client.open(program.port);
      assert.deepEqual(await client.ask("echo", 1), [1]);
      const sockets = Array.from({ length: 100 }, () => net.connect({ port: program.port, host: "127.0.0.1" }));
      await within(deadline, "a hundred connections", Promise.all(
        sockets.map((socket) => new Promise((resolve) => socket.once("connect", resolve).once("error", resolve)))));
      // For a second the server has hardly anything to do.
      const [ticks, began] = [processor_ticks(program.pid), performance.now()];
      let echoes = 0;
      while (performance.now() - began < 1000) {
        assert.deepEqual(await client.ask("echo", echoes), [echoes]);
        echoes++;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const used = (processor_ticks(program.pid) - ticks) * 10;
      assert.ok(used < 0.5 * (performance.now() - began), `${used} ms of processor time`);
      const closed = sockets.filter((socket) => !socket.closed).map((socket) => once(socket, "close"));
      for (const socket of sockets) socket.destroy();
      await within(deadline, "the end of the connections", Promise.all(closed));
      // Until the server notices the free descriptors it may refuse new clients.
      await within(deadline, "a new client to be served", (async () => {
        for (;;) {
          const served = await serves(program.port).then(() => true, () => false);
          if (served) break;
        }
      })());
      assert.deepEqual(await client.ask("echo", "still"), ["still"]);
      client.close();
    });

    test("many connections that break off at any point", { timeout: 60_000 }, async (context) => {
      const program = await start(context, "conformance", parameters);
      const script = Buffer.concat([
        format_request("GET", url, { Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" }),
        frame(1, "40"), frame(1, '421["join","room",10]'), frame(1, '451-["message",{"_placeholder":true,"num":0}]'), frame(2, "binary"),
      ]);
      const other = await Client.open(program.port);
      for (let length = 0; length <= script.length; length += 3) {
        const socket = net.connect({ port: program.port, host: "127.0.0.1" });
        socket.on("error", () => {});
        await within(deadline, "a connection", once(socket, "connect"));
        await new Promise((resolve) => socket.write(script.subarray(0, length), resolve));
        if (length % 2) socket.resetAndDestroy();
        else socket.destroy();
      }
      // The broken connections leave their rooms: only this client and its own room remain.
      await within(deadline, "the rooms of the broken connections to go", (async () => {
        for (;;) {
          const [rooms, members] = await other.ask("rooms");
          if (rooms === 1 && members === 1) break;
        }
      })());
      other.close();
    });
  });
}
