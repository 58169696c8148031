// The official clients reconnect by themselves after the server was away.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { once } from "node:events";
import * as client_4 from "socket.io-client";
import client_3 from "socket.io-client-3";
import { launch, within } from "./program.mjs";
import { deadline } from "./wire.mjs";

const versions = [
  { version: 4, Manager: client_4.Manager },
  { version: 3, Manager: client_3.Manager },
];
const transports = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };

// Waits for the next event of an emitter, and returns its values.
function next(emitter, name) {
  return within(deadline, `event ${name}`, new Promise((resolve) => emitter.once(name, (...values) => resolve(values))));
}

async function on_final_transport(manager, name) {
  if (name !== "upgrade" || manager.engine.transport.name === "websocket") return;
  await next(manager.engine, "upgrade");
}

for (const { version, Manager } of versions) {
  for (const [name, list] of Object.entries(transports)) {
    describe(`client ${version}, ${name}`, () => {
      for (const [how, end] of Object.entries({
        "is stopped and started again": (program) => program.stop(),
        "is killed and started again": (program) => program.kill(),
      })) {
        test(`the server ${how}`, { timeout: 90_000 }, async () => {
          let program = await launch("fixture");
          const { port, url } = program;
          const manager = new Manager(url, {
            transports: list,
            reconnectionDelay: 20,
            reconnectionDelayMax: 100,
            autoConnect: false,
          });
          try {
            const main = manager.socket("/");
            const guarded = manager.socket("/auth", { auth: { token: "secret", user: "ann" } });
            const connected = Promise.all([next(main, "connect"), next(guarded, "connect")]);
            main.connect();
            guarded.connect();
            await connected;
            await on_final_transport(manager, name);
            const ids = [main.id, guarded.id];
            const disconnected = Promise.all([next(main, "disconnect"), next(guarded, "disconnect")]);
            await end(program);
            for (const [reason] of await disconnected) assert.match(reason, /^transport (close|error)$/);
            assert.equal(main.connected, false);

            // Without a server the client fails to reconnect, and tries again.
            await next(manager, "reconnect_error");
            const buffered = new Promise((resolve) => main.emit("echo", "said in between", resolve));
            let dropped = true;
            main.volatile.emit("echo", "volatile", () => (dropped = false));
            const welcome = next(guarded, "welcome");
            const back = Promise.all([next(main, "connect"), next(guarded, "connect"), next(manager, "reconnect")]);
            program = await launch("fixture", ["--port", port]);
            const [, , [attempts]] = await back;
            assert.ok(attempts >= 1);
            assert.deepEqual(await welcome, ["ann"]);
            assert.equal(await within(deadline, "the buffered event", buffered), "said in between");
            assert.equal(dropped, true);
            assert.ok(!ids.includes(main.id) && !ids.includes(guarded.id));

            // Everything works as before.
            const answer = new Promise((resolve) => main.emit("echo", Buffer.from([1, 2]), resolve));
            assert.deepEqual(await within(deadline, "the echo", answer), Buffer.from([1, 2]));
            await on_final_transport(manager, name);
          } finally {
            manager.reconnection(false);
            for (const socket of Object.values(manager.nsps)) socket.disconnect();
            manager.engine?.close();
            if (program.running) await program.stop();
          }
        });
      }
    });
  }

  test(`client ${version} comes back when only the connection broke`, { timeout: 60_000 }, async () => {
    const program = await launch("fixture");
    const manager = new Manager(program.url, { reconnectionDelay: 20, reconnectionDelayMax: 100 });
    try {
      const socket = manager.socket("/");
      await next(socket, "connect");
      await on_final_transport(manager, "upgrade");
      const { id } = socket;
      const [gone, back] = [next(socket, "disconnect"), next(socket, "connect")];
      manager.engine.transport.ws.terminate();
      assert.match((await gone)[0], /^transport (close|error)$/);
      await back;
      assert.notEqual(socket.id, id);
      const answer = new Promise((resolve) => socket.emit("echo", "again", resolve));
      assert.equal(await within(deadline, "the echo", answer), "again");
    } finally {
      manager.reconnection(false);
      manager.nsps["/"].disconnect();
      await program.stop();
    }
  });

  test(`client ${version} notices a server that has stopped to answer`, { timeout: 60_000 }, async () => {
    const program = await launch("fixture", ["--ping-interval", 300, "--ping-timeout", 500]);
    const manager = new Manager(program.url, { transports: ["websocket"], reconnection: false });
    try {
      const socket = manager.socket("/");
      await next(socket, "connect");
      const gone = next(socket, "disconnect");
      process.kill(program.pid, "SIGSTOP");
      assert.equal((await gone)[0], "ping timeout");
    } finally {
      process.kill(program.pid, "SIGCONT");
      manager.nsps["/"].disconnect();
      await program.stop();
    }
  });

  test(`a silent client ${version} is disconnected by the heartbeat`, { timeout: 60_000 }, async () => {
    const program = await launch("fixture", ["--ping-interval", 200, "--ping-timeout", 500]);
    const silent = new Manager(program.url, { transports: ["websocket"], reconnection: false });
    const watching = new Manager(program.url, { transports: ["websocket"], reconnection: false });
    try {
      const observer = watching.socket("/observer");
      await next(observer, "connect");
      const socket = silent.socket("/");
      await next(socket, "connect");
      const { id } = socket;
      const saw = next(observer, "saw-disconnect");
      // The client stops sending pongs.
      const { ws } = silent.engine.transport;
      ws.send = () => {};
      assert.deepEqual((await saw).slice(0, 2), [id, "ping timeout"]);
      if (ws.readyState === ws.OPEN) await once(ws, "close");
    } finally {
      silent.nsps["/"].disconnect();
      watching.nsps["/observer"].disconnect();
      await program.stop();
    }
  });
}
