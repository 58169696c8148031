// The official clients of Socket.IO 1 and 2, which the option allow_eio3 lets in (`--eio3`), alone and
// beside those of today, against servers with one and two threads.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as client_4 from "socket.io-client";
import client_1 from "socket.io-client-1";
import client_2 from "socket.io-client-2";
import client_3 from "socket.io-client-3";
import msgpack from "socket.io-msgpack-parser";
import msgpack_2 from "socket.io-msgpack-parser-2";
import { Client } from "./client.mjs";
import { launch, shared, start, within } from "./program.mjs";
import { deadline, Peer, request } from "./wire.mjs";

const old_versions = [
  { version: 1, Manager: client_1.Manager },
  { version: 2, Manager: client_2.Manager },
];
const new_versions = [
  { version: 3, Manager: client_3.Manager },
  { version: 4, Manager: client_4.Manager },
];
// What the servers and their clients speak. Clients of Socket.IO 1 have no choice.
const formats = {
  JSON: { flags: [], old: old_versions, fresh: new_versions },
  MessagePack: {
    flags: ["--msgpack"],
    old: [{ ...old_versions[1], parser: msgpack_2 }],
    fresh: new_versions.map((version) => ({ ...version, parser: msgpack })),
  },
};
const transports = {
  polling: ["polling"],
  websocket: ["websocket"],
  upgrade: ["polling", "websocket"],
};

// The clients of a test, which end with it.
class Clients {
  #managers = [];
  manager({ Manager, parser }, transport, url, options) {
    const made = new Manager(url, {
      transports: transports[transport], reconnection: false, autoConnect: false, ...(parser && { parser }), ...options,
    });
    this.#managers.push(made);
    return made;
  }
  // Connects a socket to `/`, and waits until it is on its final transport.
  async connect(version, transport, url, { listen = [], ...options } = {}) {
    const manager = this.manager(version, transport, url, options);
    const client = new Client(manager.socket("/")).listen("error", ...listen);
    client.manager = manager;
    client.socket.connect();
    await client.next("connect");
    if (transport === "upgrade" && manager.engine.transport.name !== "websocket") {
      await within(deadline, "the upgrade", new Promise((resolve) => manager.engine.once("upgrade", resolve)));
    }
    return client;
  }
  end() {
    for (const manager of this.#managers) {
      manager.reconnection(false);
      manager.engine?.close();
    }
  }
}

// Joins a further namespace on a client's connection.
function join(client, namespace, options, ...listen) {
  const joining = new Client(client.manager.socket(namespace, options)).listen("error", ...listen);
  joining.socket.connect();
  return joining;
}

// The id that the server gives to a further socket of an old client.
const id_in = (namespace, client) => `${namespace}#${client.id}`;

const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

// What every version carries over a transport: over polling, clients of Socket.IO 1 expect UTF-8 that has
// been encoded as UTF-8 once more, which no server since then sends; so they can only have ASCII there.
function text_for(version, transport) {
  return version === 1 && transport !== "websocket" ? "ASCII \u0000\u007f" : "zażółć 😀 \u2028 \ufffd";
}

for (const threads of [1, 2]) {
  for (const [format, { flags, old: old_ones, fresh }] of Object.entries(formats)) {
    describe(`${threads} thread${threads > 1 ? "s" : ""}, ${format}`, () => {
      const fixture = shared(before, after, "fixture", ["--threads", threads, "--eio3", ...flags]);
      let clients;

      function it(name, run) {
        test(name, { timeout: 60_000 }, async () => {
          clients = new Clients();
          try {
            await run();
          } finally {
            clients.end();
          }
        });
      }

      for (const old of old_ones) {
        for (const transport of Object.keys(transports)) {
          describe(`client ${old.version}, ${transport}`, () => {
            const text = text_for(old.version, transport);
            const connect = (options) => clients.connect(old, transport, fixture.program.url, options);
            // Returns a function that waits for what the server reports about the disconnected socket `id`.
            async function observe() {
              const main = await clients.connect(fresh[1], "websocket", fixture.program.url);
              const observer = join(main, "/observer", {}, "saw-disconnect");
              await observer.ask("ready");
              return async (id) => {
                for (;;) {
                  const values = await observer.next("saw-disconnect");
                  if (values[0] === id) return values;
                }
              };
            }

            it("connects, and knows the ids of its sockets", async () => {
              const client = await connect({ listen: ["welcome"] });
              assert.equal(client.id, client.manager.engine.id);
              assert.deepEqual(await client.next("welcome"), [client.id]);
              const other = join(client, "/other", {}, "welcome");
              assert.deepEqual(await other.next("welcome"), [id_in("/other", client)]);
              // Clients of Socket.IO 1 take the connection's id for that of all their sockets.
              assert.equal(other.id, old.version === 1 ? client.id : id_in("/other", client));
            });

            it("carries the handshake", async () => {
              const client = await connect({ query: { plain: "1", odd: `&=? ${text}` } });
              const [handshake] = await client.ask("handshake");
              assert.equal(handshake.id, client.id);
              assert.equal(handshake.query.EIO, "3");
              assert.equal(handshake.query.transport, transports[transport][0]);
              assert.equal(handshake.query.plain, "1");
              assert.equal(handshake.query.odd, `&=? ${text}`);
              assert.deepEqual(handshake.auth, {});
            });

            it("sends events in both directions, in order", async () => {
              const client = await connect({ listen: ["echo-event"] });
              const values = [1, -2.5, "text", text, true, null, [], {}, { a: [{ b: { c: [1, 2] } }], empty: "" }];
              client.socket.emit("echo-event", ...values);
              assert.deepEqual(await client.next("echo-event"), values);
              for (let i = 0; i < 200; i++) client.socket.emit("echo-event", i, text.repeat(i % 5));
              for (let i = 0; i < 200; i++) assert.deepEqual(await client.next("echo-event"), [i, text.repeat(i % 5)]);
            });

            it("sends large texts", async () => {
              const client = await connect();
              const large = text.repeat(20_000);
              assert.deepEqual(await client.ask("echo", large), [large]);
            });

            it("acknowledges, and has its events acknowledged", async () => {
              const client = await connect({ listen: ["answer", "ask-timeout-result"] });
              assert.deepEqual(await client.ask("echo", 1, "two", { three: [3] }), [1, "two", { three: [3] }]);
              assert.deepEqual(await client.ask("echo"), []);
              client.socket.on("question", (...values) => values.pop()(...values, "answered"));
              client.socket.emit("ask", 1, { two: 2 });
              assert.deepEqual(await client.next("answer"), [1, { two: 2 }, "answered"]);
              client.socket.emit("ask-timeout", 20_000, "x");
              assert.deepEqual(await client.next("ask-timeout-result"), [false, "x", "answered"]);
            });

            it("sends binary in both directions", async () => {
              const client = await connect({ listen: ["echo-event", "nested", "answer"] });
              const [answer] = await client.ask("echo", bytes);
              assert.ok(Buffer.isBuffer(answer));
              assert.deepEqual(answer, bytes);
              const message = { text, list: [bytes.subarray(0, 3), { deep: bytes.subarray(3, 9) }], none: null };
              client.socket.emit("echo-event", message, Buffer.alloc(0), "end");
              assert.deepEqual(await client.next("echo-event"), [message, Buffer.alloc(0), "end"]);
              const [made] = await client.ask("bytes", 100_000);
              assert.deepEqual(made, Buffer.from(Array.from({ length: 100_000 }, (_, i) => i & 255)));
              client.socket.emit("nested", 10);
              const [{ list }] = await client.next("nested");
              assert.deepEqual(list, Array.from({ length: 10 }, (_, index) => ({ index, bytes: Buffer.from([index]) })));
              client.socket.on("question", (given, ack) => ack({ doubled: Buffer.concat([given, given]) }));
              client.socket.emit("ask", Buffer.from([1, 2]));
              assert.deepEqual(await client.next("answer"), [{ doubled: Buffer.from([1, 2, 1, 2]) }]);
            });

            it("sends binary as base64 if it has to", async () => {
              const client = await connect({ forceBase64: true, listen: ["nested"] });
              assert.deepEqual(await client.ask("echo", text, bytes), [text, bytes]);
              client.socket.emit("nested", 2);
              const [{ list }] = await client.next("nested");
              assert.deepEqual(list, [0, 1].map((index) => ({ index, bytes: Buffer.from([index]) })));
            });

            it("authenticates by the query of its namespace", async () => {
              const client = await connect();
              const user = `Ann & Bob, 100%+ ${text}`;
              const query = `token=secret&user=${encodeURIComponent(user)}`;
              const welcome = join(client, "/auth", { query }, "welcome");
              assert.deepEqual(await welcome.next("welcome"), [user]);
            });

            it("is refused by a middleware, and the connection stays open", async () => {
              const client = await connect();
              const cases = [
                ["/auth", { query: "token=guess" }, { given: "guess" }],
                ["/refuse", {}, { code: 42 }],
                ["/refuse-plain", {}, "go away"],
                ["/nowhere", { query: "a=1" }, { message: "Invalid namespace" }],
              ];
              // The parser for Socket.IO 2 refuses other refusals than texts.
              for (const [namespace, options, expected] of old.parser ? cases.slice(2, 3) : cases) {
                const refused = join(client, namespace, options);
                assert.deepEqual(await refused.next("error"), [expected]);
                assert.equal(refused.socket.connected, false);
              }
              assert.deepEqual(await client.ask("echo", "still here"), ["still here"]);
              const slow = join(client, "/slow", {}, "welcome");
              assert.deepEqual(await slow.next("welcome"), [id_in("/slow", client)]);
            });

            it("multiplexes namespaces, apart from each other", async () => {
              const main = await connect({ listen: ["news"] });
              const other = join(main, "/other", {}, "news", "welcome");
              await other.next("welcome");
              assert.deepEqual(await other.ask("echo", 1, Buffer.from("b")), [1, Buffer.from("b")]);
              other.socket.emit("emit-all", "news", main.id);
              while ((await other.next("news"))[0] !== main.id);
              assert.deepEqual(await main.ask("echo", "alive"), ["alive"]);
              assert.equal(main.count("news"), 0);
            });

            it("is disconnected by the server", async () => {
              const seen = await observe();
              const client = await connect();
              const other = join(client, "/other");
              await other.next("connect");
              const id = id_in("/other", client);
              other.socket.emit("disconnect-me", false);
              assert.equal((await other.next("disconnect"))[0], "io server disconnect");
              assert.deepEqual(await seen(id), [id, "server namespace disconnect", [id], []]);
              other.socket.connect();
              await other.next("connect");
              const main_id = client.id;
              client.socket.emit("disconnect-me", true);
              assert.equal((await client.next("disconnect"))[0], "io server disconnect");
              assert.equal((await other.next("disconnect"))[0], "io server disconnect");
              assert.deepEqual(await seen(main_id), [main_id, "server namespace disconnect", [main_id], []]);
            });

            it("disconnects from the server", async () => {
              const seen = await observe();
              const client = await connect();
              const other = join(client, "/other");
              await other.next("connect");
              const ids = [client.id, id_in("/other", client)];
              await client.ask("join", "z");
              other.socket.disconnect();
              assert.deepEqual(await seen(ids[1]), [ids[1], "client namespace disconnect", [ids[1]], []]);
              assert.deepEqual(await client.ask("echo", "alive"), ["alive"]);
              client.manager.engine.close();
              const [id, reason, rooms] = await seen(ids[0]);
              assert.deepEqual([id, rooms], [ids[0], [ids[0], "z"].sort()]);
              assert.match(reason, /^transport (close|error)$/);
            });
          });
        }
      }

      // All versions over all transports, in one room.
      async function crowd(listen) {
        const all = [];
        for (const version of [...old_ones, ...fresh]) {
          for (const transport of Object.keys(transports)) {
            const client = await clients.connect(version, transport, fixture.program.url, { listen });
            Object.assign(client, { version: version.version, transport, name: `client ${version.version}, ${transport}` });
            all.push(client);
          }
        }
        const room = `room of ${all[0].id}`;
        for (const client of all) await client.ask("join", room);
        return { all, room };
      }

      it("old and new clients share a room", async () => {
        const { all, room } = await crowd(["news"]);
        assert.deepEqual(await all[0].ask("members", room), [all.map((client) => client.id).sort()]);
        const events = [
          ["text", "ASCII", { a: [1, null] }],
          ["bytes", bytes, { deep: [Buffer.alloc(0), Buffer.from("b")] }],
          ["large", Buffer.alloc(70_000, 7)],
        ];
        // From each kind of client to all others.
        for (const sender of [all[0], all[4], all.at(-1)]) {
          for (const values of events) sender.socket.emit("to-room", room, "news", ...values);
          for (const client of all) {
            if (client === sender) continue;
            for (const values of events) assert.deepEqual(await client.next("news"), values, `${sender.name} to ${client.name}`);
          }
        }
        for (const client of all) assert.equal(client.count("news"), 0, client.name);
        const texts = all.filter((client) => text_for(client.version, client.transport) === text_for(4));
        await Promise.all(texts.map((client) => client.ask("join", `${room}, Unicode`)));
        texts[0].socket.emit("to-room", `${room}, Unicode`, "news", text_for(4), Buffer.from(text_for(4)));
        for (const client of texts.slice(1)) assert.deepEqual(await client.next("news"), [text_for(4), Buffer.from(text_for(4))]);
      });

      it("old and new clients acknowledge a broadcast", async () => {
        const { all, room } = await crowd(["ask-all-result"]);
        // New clients accept ten binary values in a packet, so only the old ones answer with some.
        const answer_of = (client, i, given) => (client.version < 3 ? { i, given: Buffer.concat([given, Buffer.from([i])]) } : { i });
        for (const [i, client] of all.entries()) {
          client.socket.on("question", (given, ack) => ack(answer_of(client, i, given)));
        }
        for (const sender of [all[0], all.at(-1)]) {
          sender.socket.emit("ask-all", room, 20_000, Buffer.from("x"));
          const [late, answers] = await sender.next("ask-all-result");
          assert.equal(late, false);
          answers.sort((a, b) => a.i - b.i);
          assert.deepEqual(answers, all.map((client, i) => answer_of(client, i, Buffer.from("x"))));
        }
      });

      it("old clients may name no revision", async () => {
        const peer = await Peer.open(fixture.program.port, "/socket.io/?transport=websocket");
        assert.match(await peer.next(), /^0\{"sid":/);
        if (format === "JSON") assert.equal(await peer.next(), "40");
        peer.terminate();
      });
    });
  }
}

describe("heartbeat", () => {
  const parameters = ["--ping-interval", 200, "--ping-timeout", 1000, "--eio3"];

  for (const old of old_versions) {
    for (const transport of Object.keys(transports)) {
      test(`client ${old.version}, ${transport}, pings and stays connected`, { timeout: 60_000 }, async (context) => {
        const program = await start(context, "fixture", parameters);
        const clients = new Clients();
        context.after(() => clients.end());
        const client = await clients.connect(old, transport, program.url, { listen: ["ping", "pong"] });
        for (let i = 0; i < 8; i++) await client.next("pong");
        assert.ok(client.count("ping") >= 7, "each pong answers a ping");
        assert.deepEqual(await client.ask("echo", "alive"), ["alive"]);
        assert.equal(client.count("disconnect"), 0);
      });
    }
  }

  test("a client that does not ping is disconnected", { timeout: 60_000 }, async (context) => {
    const program = await start(context, "fixture", parameters);
    const peer = await Peer.open(program.port, "/socket.io/?EIO=3&transport=websocket");
    const begun = Date.now();
    assert.equal((await peer.close_frame()).code, 1005);
    assert.ok(Date.now() - begun > 1100, "after the sum of interval and time-out");
  });
});

for (const old of old_versions) {
  test(`client ${old.version} connects again`, { timeout: 60_000 }, async () => {
    const clients = new Clients();
    let program = await launch("fixture", ["--eio3"]);
    try {
      const { port, url } = program;
      const client = await clients.connect(old, "upgrade", url, { reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 100 });
      const auth = join(client, "/auth", { query: "token=secret&user=ann" }, "welcome");
      assert.deepEqual(await auth.next("welcome"), ["ann"]);
      const { id } = client;
      await program.stop();
      await client.next("disconnect");
      program = await launch("fixture", ["--eio3", "--port", port]);
      await client.next("connect");
      assert.deepEqual(await auth.next("welcome"), ["ann"]);
      assert.notEqual(client.id, id);
      assert.deepEqual(await client.ask("echo", Buffer.from([1])), [Buffer.from([1])]);
    } finally {
      clients.end();
      if (program.running) await program.stop();
    }
  });

  test(`client ${old.version} works with the conformance program`, { timeout: 60_000 }, async (context) => {
    const program = await start(context, "conformance", ["--suite", "socketio", "--connect-timeout", 300, "--eio3"]);
    const clients = new Clients();
    context.after(() => clients.end());
    const client = await clients.connect(old, "websocket", program.url, { listen: ["message-back"] });
    const custom = join(client, "/custom", { query: "who=me" }, "auth");
    assert.deepEqual(await custom.next("auth"), [{ who: "me" }]);
    // It has been in a namespace from the start, so that the time-out for joining one does not end it.
    await new Promise((resolve) => setTimeout(resolve, 600));
    client.socket.send(1, { b: Buffer.from("x") });
    assert.deepEqual(await client.next("message-back"), [1, { b: Buffer.from("x") }]);
  });

  for (const transport of Object.keys(transports)) {
    test(`client ${old.version}, ${transport}, is refused without the option`, { timeout: 60_000 }, async (context) => {
      const program = await start(context, "fixture", []);
      const clients = new Clients();
      context.after(() => clients.end());
      const refused = new Client(clients.manager(old, transport, program.url).socket("/"));
      refused.socket.connect();
      await refused.next("connect_error");
      const { status, text } = await request(program.port, "GET", "/socket.io/?EIO=3&transport=polling");
      assert.deepEqual([status, text], [400, '{"code":5,"message":"Unsupported protocol version"}']);
      await clients.connect(new_versions[1], transport, program.url);
    });
  }
}

// Browsers can read and send bytes over polling; these clients cannot in Node.js. Their parser can.
describe("binary payloads", () => {
  const fixture = shared(before, after, "fixture", ["--eio3"]);
  const parsers = {
    1: createRequire(createRequire(import.meta.url).resolve("socket.io-client-1"))("engine.io-client").parser,
    2: createRequire(createRequire(import.meta.url).resolve("socket.io-client-2"))("engine.io-client").parser,
  };

  for (const [version, parser] of Object.entries(parsers)) {
    test(`parser of client ${version}`, { timeout: 60_000 }, async () => {
      const { port } = fixture.program;
      const base = "/socket.io/?EIO=3&transport=polling";
      const read = (response) => {
        const packets = [];
        const payload = response.headers["content-type"] === "application/octet-stream" ? response.body : response.text;
        parser.decodePayload(payload, null, ({ type, data }) => void packets.push([type, data]));
        return packets;
      };
      const [[type, handshake]] = read(await request(port, "GET", base));
      assert.equal(type, "open");
      const url = `${base}&sid=${JSON.parse(handshake).sid}`;
      const [[, connected], [, welcome]] = read(await request(port, "GET", url));
      assert.equal(connected, "0");
      assert.match(welcome, /^2\["welcome",/);
      const packets = [
        { type: "message", data: '51-7["echo",{"_placeholder":true,"num":0},"é😀"]' },
        { type: "message", data: bytes },
      ];
      const body = await new Promise((resolve) => parser.encodePayload(packets, true, resolve));
      assert.ok(Buffer.isBuffer(body));
      const posted = await request(port, "POST", url, { body, headers: { "Content-Type": "application/octet-stream" } });
      assert.equal(posted.text, "ok");
      const polled = await request(port, "GET", url);
      assert.equal(polled.headers["content-type"], "application/octet-stream");
      assert.deepEqual(read(polled), [
        ["message", '61-7[{"_placeholder":true,"num":0},"é😀"]'],
        ["message", bytes],
      ]);
    });
  }
});
