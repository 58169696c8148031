// The official clients, versions 4 and 3, and 4 with MessagePack, over each transport, against servers with one
// and two threads.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import * as client_4 from "socket.io-client";
import client_3 from "socket.io-client-3";
import msgpack from "socket.io-msgpack-parser";
import { Client } from "./client.mjs";
import { shared, within } from "./program.mjs";
import { deadline, request } from "./wire.mjs";

const versions = [
  { version: 4, Manager: client_4.Manager },
  { version: 3, Manager: client_3.Manager },
];
// Each with the options of the client and those of the programs.
const clients = [
  ...versions.map((known) => ({ ...known, format: "json" })),
  { version: "4 with MessagePack", Manager: client_4.Manager, format: "msgpack", parser: { parser: msgpack } },
];
const formats = { json: [], msgpack: ["--msgpack"] };
const transports = [
  { name: "polling", transports: ["polling"], final: "polling" },
  { name: "websocket", transports: ["websocket"], final: "websocket" },
  { name: "upgrade", transports: ["polling", "websocket"], final: "websocket" },
];

for (const threads of [1, 2]) {
  describe(`${threads} thread${threads > 1 ? "s" : ""}`, () => {
    const programs = {};
    for (const [format, flags] of Object.entries(formats)) {
      programs[format] = {
        fixture: shared(before, after, "fixture", ["--threads", threads, ...flags]),
        conformance: shared(before, after, "conformance", ["--suite", "socketio", "--threads", threads, ...flags]),
      };
    }

    for (const { version, Manager, format, parser } of clients) {
      const { fixture, conformance } = programs[format];
      for (const transport of transports) {
        describe(`client ${version}, ${transport.name}`, () => {
          let managers = [];

          function manager(url, options) {
            const made = new Manager(url, {
              transports: transport.transports,
              reconnection: false,
              autoConnect: false,
              ...parser,
              ...options,
            });
            managers.push(made);
            return made;
          }
          async function upgraded(made) {
            if (transport.name !== "upgrade" || made.engine.transport.name === "websocket") return;
            await within(deadline, "the upgrade", new Promise((resolve) => made.engine.once("upgrade", resolve)));
          }
          // Connects a socket, and waits until it is on its final transport.
          async function connect(namespace = "/", { url = fixture.program.url, listen = [], auth, ...options } = {}) {
            const made = manager(url, options);
            const client = new Client(made.socket(namespace, auth === undefined ? {} : { auth })).listen(...listen);
            client.manager = made;
            const connected = new Promise((resolve, reject) => {
              client.socket.once("connect", resolve);
              client.socket.once("connect_error", reject);
            });
            client.socket.connect();
            await within(deadline, `the connection to ${namespace}`, connected);
            await client.next("connect");
            await upgraded(made);
            assert.equal(made.engine.transport.name, transport.final);
            return client;
          }
          // Connects several sockets to `/`, each with its own connection.
          const crowd = (count, listen) => Promise.all(Array.from({ length: count }, () => connect("/", { listen })));
          // Returns a function that waits for what the server reports about the disconnected socket `id`.
          async function observe() {
            const observer = await connect("/observer", { listen: ["saw-disconnect"] });
            await observer.ask("ready");
            return async (id) => {
              for (;;) {
                const values = await observer.next("saw-disconnect");
                if (values[0] === id) return values;
              }
            };
          }
          // Waits until these clients have received everything so far: until all have one more broadcast.
          async function barrier(sender, all) {
            for (const client of all) client.listen("barrier");
            sender.socket.emit("emit-all", "barrier");
            await Promise.all(all.map((client) => client.next("barrier")));
          }
          function it(name, run) {
            test(name, { timeout: 60_000 }, async () => {
              try {
                await run();
              } finally {
                for (const made of managers) {
                  made.reconnection(false);
                  for (const socket of Object.values(made.nsps ?? {})) socket.disconnect();
                  made.engine?.close();
                }
                managers = [];
              }
            });
          }

          it("connects", async () => {
            const client = await connect("/", { listen: ["welcome"] });
            assert.equal(client.socket.connected, true);
            assert.match(client.id, /^[\w-]{20}$/);
            assert.notEqual(client.id, client.manager.engine.id);
            assert.deepEqual(await client.next("welcome"), [client.id]);
          });

          it("connects while it emits already", async () => {
            const made = manager(fixture.program.url);
            const client = new Client(made.socket("/"));
            const answer = client.ask("echo", "early");
            client.socket.connect();
            assert.deepEqual(await answer, ["early"]);
          });

          it("sends events in both directions, in order", async () => {
            const client = await connect("/", { listen: ["echo-event"] });
            const values = [1, -2.5, "text", "zażółć 😀 \u2028", true, false, null, [], {}, { a: [{ b: { c: [1, 2] } }], empty: "" }];
            client.socket.emit("echo-event", ...values);
            assert.deepEqual(await client.next("echo-event"), values);
            client.socket.emit("echo-event");
            assert.deepEqual(await client.next("echo-event"), []);
            for (let i = 0; i < 200; i++) client.socket.emit("echo-event", i);
            for (let i = 0; i < 200; i++) assert.deepEqual(await client.next("echo-event"), [i]);
          });

          it("keeps the order across the transports' change", async () => {
            const made = manager(fixture.program.url);
            const client = new Client(made.socket("/")).listen("echo-event");
            client.socket.connect();
            await client.next("connect");
            for (let i = 0; i < 100; i++) {
              client.socket.emit("echo-event", i);
              if (i % 10 === 9) for (let j = i - 9; j <= i; j++) assert.deepEqual(await client.next("echo-event"), [j]);
            }
            await upgraded(made);
            client.socket.emit("echo-event", "after");
            assert.deepEqual(await client.next("echo-event"), ["after"]);
          });

          it("sends large texts", async () => {
            const client = await connect();
            const text = "0123456789é".repeat(50_000);
            assert.deepEqual(await client.ask("echo", text), [text]);
          });

          it("acknowledges the client's events", async () => {
            const client = await connect();
            assert.deepEqual(await client.ask("echo", 1, "two", { three: [3] }), [1, "two", { three: [3] }]);
            assert.deepEqual(await client.ask("echo"), []);
            const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => client.ask("echo", i)));
            assert.deepEqual(answers, Array.from({ length: 50 }, (_, i) => [i]));
          });

          it("has its events acknowledged by the client", async () => {
            const client = await connect("/", { listen: ["answer"] });
            client.socket.on("question", (...values) => values.pop()(...values, "answered"));
            client.socket.emit("ask", 1, { two: 2 });
            assert.deepEqual(await client.next("answer"), [1, { two: 2 }, "answered"]);
            client.socket.emit("ask");
            assert.deepEqual(await client.next("answer"), ["answered"]);
          });

          it("times out waiting for the client's acknowledgement", async () => {
            const client = await connect("/", { listen: ["ask-timeout-result"] });
            client.socket.on("question", (reply, ack) => {
              if (reply) ack("in time");
            });
            client.socket.emit("ask-timeout", 50, false);
            assert.deepEqual(await client.next("ask-timeout-result"), [true]);
            client.socket.emit("ask-timeout", 20_000, true);
            assert.deepEqual(await client.next("ask-timeout-result"), [false, "in time"]);
          });

          it("collects acknowledgements of a broadcast", async () => {
            const all = await crowd(3, ["ask-all-result"]);
            await Promise.all(all.map((client) => client.ask("join", "jury")));
            all.forEach((client, i) => client.socket.on("question", (what, ack) => {
              if (what === "all" || i < 2) ack(i);
            }));
            all[0].socket.emit("ask-all", "jury", 20_000, "all");
            const [complete, answers] = await all[0].next("ask-all-result");
            assert.deepEqual([complete, answers.sort()], [false, [0, 1, 2]]);
            all[0].socket.emit("ask-all", "jury", 500, "some");
            const [late, some] = await all[0].next("ask-all-result");
            assert.equal(late, true);
            assert.equal(some.includes(2), false);
            all[0].socket.emit("ask-all", "nobody", 20_000, "all");
            assert.deepEqual(await all[0].next("ask-all-result"), [false, []]);
          });

          it("sends binary in both directions", async () => {
            const client = await connect("/", { listen: ["echo-event", "nested"] });
            const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
            const [answer] = await client.ask("echo", bytes);
            assert.ok(Buffer.isBuffer(answer));
            assert.deepEqual(answer, bytes);
            const message = { text: "é", list: [bytes.subarray(0, 3), { deep: bytes.subarray(3, 9) }], none: null };
            client.socket.emit("echo-event", message, Buffer.alloc(0), "end");
            assert.deepEqual(await client.next("echo-event"), [message, Buffer.alloc(0), "end"]);
            const [made] = await client.ask("bytes", 100_000);
            assert.deepEqual(made, Buffer.from(Array.from({ length: 100_000 }, (_, i) => i & 255)));
            client.socket.emit("nested", 10);
            const [{ list }] = await client.next("nested");
            assert.deepEqual(list, Array.from({ length: 10 }, (_, index) => ({ index, bytes: Buffer.from([index]) })));
            const ten = Array.from({ length: 10 }, (_, i) => Buffer.alloc(i, i));
            assert.deepEqual(await client.ask("echo", ...ten), ten);
          });

          it("has binary acknowledged by the client", async () => {
            const client = await connect("/", { listen: ["answer"] });
            client.socket.on("question", (bytes, ack) => ack({ doubled: Buffer.concat([bytes, bytes]) }));
            client.socket.emit("ask", Buffer.from([1, 2]));
            assert.deepEqual(await client.next("answer"), [{ doubled: Buffer.from([1, 2, 1, 2]) }]);
          });

          it("carries the handshake", async () => {
            const client = await connect("/", {
              auth: { token: "t", nested: { list: [1] } },
              query: { plain: "1", "&odd": "&=?ä b" },
              extraHeaders: { "X-Custom": "Value" },
            });
            const [handshake] = await client.ask("handshake");
            assert.equal(handshake.id, client.id);
            assert.deepEqual(handshake.auth, { token: "t", nested: { list: [1] } });
            assert.equal(handshake.query.plain, "1");
            assert.equal(handshake.query["&odd"], "&=?ä b");
            assert.equal(handshake.query.EIO, "4");
            assert.equal(handshake.query.transport, transport.transports[0]);
            assert.equal(handshake.query.token, undefined);
            assert.equal(handshake.headers["x-custom"], "Value");
            assert.equal(handshake.headers.host, new URL(fixture.program.url).host);
            assert.match(handshake.address, /^(::1|(::ffff:)?127\.0\.0\.1)$/);
            assert.equal(handshake.secure, false);
            assert.equal(handshake.xdomain, false);
            assert.match(handshake.url, /^\/socket\.io\/\?/);
            assert.ok(!Number.isNaN(Date.parse(handshake.time)));
            assert.ok(Math.abs(Date.now() - handshake.issued) < 600_000);
          });

          it("authenticates in a middleware", async () => {
            const client = await connect("/auth", { auth: { token: "secret", user: "ann" }, listen: ["welcome"] });
            assert.deepEqual(await client.next("welcome"), ["ann"]);
            const made = manager(fixture.program.url);
            const wrong = new Client(made.socket("/auth", { auth: { token: "guess" } }));
            wrong.socket.connect();
            const [error] = await wrong.next("connect_error");
            assert.equal(error.message, "invalid token");
            assert.deepEqual(error.data, { given: "guess" });
            assert.equal(wrong.socket.connected, false);
            wrong.socket.auth = { token: "secret", user: "bob" };
            wrong.listen("welcome").socket.connect();
            assert.deepEqual(await wrong.next("welcome"), ["bob"]);
          });

          it("authenticates with the token that a function gives", async () => {
            const client = await connect("/auth", {
              auth: (give) => setImmediate(give, { token: "secret", user: "eve" }),
              listen: ["welcome"],
            });
            assert.deepEqual(await client.next("welcome"), ["eve"]);
          });

          it("is refused by a middleware, and the connection stays open", async () => {
            const client = await connect();
            const refused = new Client(client.manager.socket("/refuse"));
            refused.socket.connect();
            const [error] = await refused.next("connect_error");
            assert.ok(error instanceof Error);
            assert.equal(error.message, "not allowed");
            assert.deepEqual(error.data, { code: 42 });
            const plain = new Client(client.manager.socket("/refuse-plain"));
            plain.socket.connect();
            const [other] = await plain.next("connect_error");
            assert.equal(other.message, "go away");
            assert.equal(other.data, undefined);
            const unknown = new Client(client.manager.socket("/nowhere"));
            unknown.socket.connect();
            const [invalid] = await unknown.next("connect_error");
            assert.equal(invalid.message, "Invalid namespace");
            assert.deepEqual(await client.ask("echo", "still here"), ["still here"]);
          });

          it("connects when a middleware answers later", async () => {
            const client = await connect("/slow", { listen: ["welcome"] });
            assert.deepEqual(await client.next("welcome"), [client.id]);
          });

          it("multiplexes namespaces, apart from each other", async () => {
            const main = await connect("/", { listen: ["news"] });
            const other = new Client(main.manager.socket("/other")).listen("news", "welcome");
            other.socket.connect();
            assert.deepEqual(await other.next("welcome"), [other.id]);
            assert.notEqual(other.id, main.id);
            assert.deepEqual(await other.ask("echo", 1, Buffer.from("b")), [1, Buffer.from("b")]);
            other.socket.emit("emit-all", "news", "for other");
            assert.deepEqual(await other.next("news"), ["for other"]);
            main.socket.emit("emit-all", "news", "for main");
            assert.deepEqual(await main.next("news"), ["for main"]);
            other.socket.disconnect();
            assert.deepEqual(await main.ask("echo", "alive"), ["alive"]);
            assert.equal(main.count("news") + other.count("news"), 0);
          });

          it("joins a namespace without `/`", async () => {
            const client = await connect("/other");
            assert.deepEqual(await client.ask("echo", "x"), ["x"]);
          });

          it("joins and leaves rooms", async () => {
            const client = await connect();
            assert.deepEqual(await client.ask("join", "a"), [[client.id, "a"].sort()]);
            assert.deepEqual(await client.ask("join", ["b", "c", "a"]), [[client.id, "a", "b", "c"].sort()]);
            assert.deepEqual(await client.ask("leave", "b"), [[client.id, "a", "c"].sort()]);
            assert.deepEqual(await client.ask("leave", "unknown"), [[client.id, "a", "c"].sort()]);
          });

          it("emits to rooms", async () => {
            const [a, b, c] = await crowd(3, ["news"]);
            const mark = Math.random().toString(36).slice(2);
            const [one, two] = [`one-${mark}`, `two-${mark}`];
            await a.ask("join", [one, two]);
            await b.ask("join", one);
            await c.ask("join", two);
            assert.deepEqual(await a.ask("members", one), [[a.id, b.id].sort()]);
            // Who receives what: only these three listen, and `emit-all` closes each round.
            const cases = [
              [["to-room", one], [b]],
              [["to-room", [one, two]], [b, c]],
              [["in-room", one], [a, b]],
              [["in-room", [one, two]], [a, b, c]],
              [["to-room", c.id], [c]],
              [["in-room", `nobody-${mark}`], []],
              [["except-room", one], [c]],
              [["except-room", [one, two]], []],
              [["room-except", [one, two], b.id], [a, c]],
              [["room-except", one, two], [b]],
              [["broadcast-others"], [b, c]],
              [["emit-all"], [a, b, c]],
            ];
            for (const [[event, ...where], expected] of cases) {
              a.socket.emit(event, ...where, "news", event, { bytes: Buffer.from([7]) });
              await barrier(a, [a, b, c]);
              for (const client of [a, b, c]) {
                const what = `${event} ${JSON.stringify(where)}`;
                assert.equal(client.count("news"), expected.includes(client) ? 1 : 0, what);
                if (expected.includes(client)) assert.deepEqual(await client.next("news"), [event, { bytes: Buffer.from([7]) }], what);
              }
            }
            await b.ask("leave", one);
            a.socket.emit("to-room", one, "news", "left");
            await barrier(a, [a, b, c]);
            assert.equal(b.count("news"), 0);
          });

          it("leaves the rooms when it disconnects", async () => {
            const [a, b] = await crowd(2);
            const room = `room-${a.id}`;
            await Promise.all([a.ask("join", room), b.ask("join", room)]);
            const seen = await observe();
            const { id } = b;
            b.socket.disconnect();
            await seen(id);
            const [members] = await a.ask("members", room);
            assert.deepEqual(members, [a.id]);
          });

          it("handles events once, not any more, and any", async () => {
            const client = await connect();
            assert.deepEqual(await client.ask("only-once"), ["first"]);
            let again = false;
            client.socket.emit("only-once", () => (again = true));
            assert.deepEqual(await client.ask("removable"), ["still here"]);
            assert.deepEqual(await client.ask("remove"), []);
            client.socket.emit("removable", () => (again = true));
            client.socket.emit("nobody listens", 1);
            assert.deepEqual(await client.ask("seen"), [
              ["only-once", "only-once", "removable", "remove", "removable", "nobody listens", "seen"],
            ]);
            assert.equal(again, false);
          });

          it("sends volatile events", async () => {
            const client = await connect("/", { listen: ["volatile", "volatile-done"] });
            client.socket.emit("volatile", 20);
            assert.deepEqual(await client.next("volatile-done"), [20]);
            const got = [];
            while (client.count("volatile")) got.push((await client.next("volatile"))[0]);
            assert.deepEqual(got, [...new Set(got)].sort((x, y) => x - y));
            assert.ok(got.every((value) => value >= 0 && value < 20));
            // An idle WebSocket is writable, so the server sends the first event.
            if (transport.final === "websocket") assert.equal(got[0], 0);
          });

          it("is disconnected by the server", async () => {
            const seen = await observe();
            const client = await connect();
            const other = new Client(client.manager.socket("/other"));
            other.socket.connect();
            await other.next("connect");
            const { id } = client;
            await client.ask("join", ["x", "y"]);
            client.socket.emit("disconnect-me", false);
            assert.equal((await client.next("disconnect"))[0], "io server disconnect");
            assert.deepEqual(await seen(id), [id, "server namespace disconnect", [id, "x", "y"].sort(), []]);
            assert.deepEqual(await other.ask("echo", "alive"), ["alive"]);
            client.socket.connect();
            await client.next("connect");
            assert.notEqual(client.id, id);
            const first = client.id;
            client.socket.emit("disconnect-me", true);
            assert.equal((await client.next("disconnect"))[0], "io server disconnect");
            assert.equal((await other.next("disconnect"))[0], "io server disconnect");
            assert.deepEqual(await seen(first), [first, "server namespace disconnect", [first], []]);
          });

          it("disconnects from the server", async () => {
            const seen = await observe();
            const client = await connect();
            const other = new Client(client.manager.socket("/other"));
            other.socket.connect();
            await other.next("connect");
            const ids = [client.id, other.id];
            await client.ask("join", "z");
            client.socket.disconnect();
            assert.equal((await client.next("disconnect"))[0], "io client disconnect");
            assert.deepEqual(await seen(ids[0]), [ids[0], "client namespace disconnect", [ids[0], "z"].sort(), []]);
            assert.deepEqual(await other.ask("echo", "alive"), ["alive"]);
            // Close the whole connection without leaving the namespace first.
            client.manager.engine.close();
            const [id, reason, rooms] = await seen(ids[1]);
            assert.deepEqual([id, rooms], [ids[1], [ids[1]]]);
            assert.match(reason, /^transport (close|error)$/);
          });

          it("works with the conformance program", async () => {
            const client = await connect("/", {
              url: conformance.program.url,
              auth: { who: "me" },
              listen: ["auth", "message-back", "emit-with-ack", "broadcast"],
            });
            assert.deepEqual(await client.next("auth"), [{ who: "me" }]);
            client.socket.send(1, { b: Buffer.from("x") });
            assert.deepEqual(await client.next("message-back"), [1, { b: Buffer.from("x") }]);
            assert.deepEqual(await client.ask("message-with-ack", "a", [Buffer.from("y")]), ["a", [Buffer.from("y")]]);
            client.socket.once("emit-with-ack", (...values) => {
              assert.deepEqual(values.slice(0, 2), [1, 2]);
              client.socket.once("emit-with-ack", (...answers) => client.socket.emit("message", "answers", ...answers));
              values[2]("three", 4);
            });
            client.socket.emit("emit-with-ack", 1, 2);
            assert.deepEqual(await client.next("message-back"), ["answers", "three", 4]);
            const custom = new Client(client.manager.socket("/custom"));
            custom.listen("auth").socket.connect();
            assert.deepEqual(await custom.next("auth"), [{}]);
            assert.deepEqual(await custom.ask("message-with-ack", 5), [5]);
            assert.deepEqual(await client.ask("join", "r", 100), [101]);
            client.socket.emit("broadcast", "all");
            assert.deepEqual(await client.next("broadcast"), ["all"]);
          });
        });
      }
    }

    const { fixture, conformance } = programs.json;
    test("the first response of a session carries its headers and its cookie", async () => {
      const { port } = fixture.program;
      const first = await request(port, "GET", "/socket.io/?EIO=4&transport=polling");
      const { sid } = JSON.parse(first.text.slice(1));
      assert.equal(first.headers["x-initial"], "yes");
      assert.equal(first.headers["x-every"], "yes");
      assert.equal(first.headers["set-cookie"], `fixture-session=${sid}; Path=/; HttpOnly; SameSite=Lax`);
      const later = await request(port, "POST", `/socket.io/?EIO=4&transport=polling&sid=${sid}`, { body: "40" });
      assert.equal(later.headers["x-initial"], undefined);
      assert.equal(later.headers["x-every"], "yes");
      assert.equal(later.headers["set-cookie"], undefined);
    });

    const loopback = Object.values(networkInterfaces()).flat();
    for (const host of ["127.0.0.1", "::1"]) {
      const missing = !loopback.some(({ address }) => address === host);
      test(`listens on ${host}`, { skip: missing && "this machine has no such address" }, async () => {
        for (const { program } of [fixture, conformance]) {
          const response = await request(program.port, "GET", "/socket.io/?EIO=4&transport=polling", { host });
          assert.equal(response.status, 200);
        }
      });
    }
  });
}

describe("TLS", () => {
  const directory = mkdtempSync(join(tmpdir(), "socketio-clients-"));
  const [certificate, key] = [join(directory, "certificate.pem"), join(directory, "key.pem")];
  execFileSync("openssl", [
    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate,
  ], { stdio: "pipe" });
  const ca = readFileSync(certificate);
  const fixture = shared(before, after, "fixture", ["--tls-cert", certificate, "--tls-key", key]);
  after(() => rmSync(directory, { recursive: true }));

  for (const { version, Manager } of versions) {
    for (const transport of transports) {
      test(`client ${version}, ${transport.name}`, { timeout: 60_000 }, async () => {
        assert.match(fixture.program.url, /^https:/);
        const manager = new Manager(fixture.program.url, { transports: transport.transports, reconnection: false, autoConnect: false, ca });
        const client = new Client(manager.socket("/"));
        client.socket.connect();
        try {
          const [handshake] = await client.ask("handshake");
          assert.equal(handshake.secure, true);
          const large = Buffer.alloc(300_000, "tls");
          assert.deepEqual(await client.ask("echo", "text", large), ["text", large]);
        } finally {
          client.socket.disconnect();
          manager.engine.close();
        }
      });
    }
  }
});

describe("client certificates", () => {
  const directory = mkdtempSync(join(tmpdir(), "socketio-clients-"));
  const file = (name) => join(directory, name);
  const openssl = (...parameters) => execFileSync("openssl", parameters, { stdio: "pipe" });
  const new_key = (name) => ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", file(`${name}.key`)];
  // An authority whose certificate is `${name}.pem`, and a client's that it has signed.
  function make_authority(name) {
    openssl("req", "-x509", ...new_key(name), "-days", "2", "-subj", `/CN=${name}`, "-out", file(`${name}.pem`));
    openssl("req", ...new_key(`${name}-client`), "-subj", "/CN=Ada", "-out", file("request.pem"));
    openssl("x509", "-req", "-in", file("request.pem"), "-CA", file(`${name}.pem`), "-CAkey", file(`${name}.key`),
      "-set_serial", "2", "-days", "2", "-out", file(`${name}-client.pem`));
  }
  make_authority("authority");
  make_authority("foreign");
  openssl("req", "-x509", ...new_key("server"), "-days", "2", "-subj", "/CN=localhost",
    "-addext", "subjectAltName=DNS:localhost", "-out", file("server.pem"));
  openssl("pkcs12", "-export", "-in", file("authority-client.pem"), "-inkey", file("authority-client.key"),
    "-passout", "pass:secret", "-out", file("client.pfx"));
  const read = (name) => readFileSync(file(name));
  const ca = read("server.pem");
  const accepted = [
    { kind: "key and cert", own: { key: read("authority-client.key"), cert: read("authority-client.pem") } },
    { kind: "pfx", own: { pfx: read("client.pfx"), passphrase: "secret" } },
  ];
  const refused = [
    { kind: "no certificate", own: {} },
    { kind: "a foreign certificate", own: { key: read("foreign-client.key"), cert: read("foreign-client.pem") } },
  ];
  const fixture = shared(before, after, "fixture",
    ["--tls-cert", file("server.pem"), "--tls-key", file("server.key"), "--tls-client-ca", file("authority.pem")]);
  after(() => rmSync(directory, { recursive: true }));

  for (const { version, Manager } of versions) {
    for (const transport of transports) {
      const make_manager = (own) =>
        new Manager(fixture.program.url, { transports: transport.transports, reconnection: false, autoConnect: false, ca, ...own });

      for (const { kind, own } of accepted) {
        test(`client ${version}, ${transport.name}: ${kind}`, { timeout: 60_000 }, async () => {
          const manager = make_manager(own);
          const client = new Client(manager.socket("/"));
          client.socket.connect();
          try {
            assert.deepEqual(await client.ask("echo", "text", Buffer.alloc(300_000, "x")), ["text", Buffer.alloc(300_000, "x")]);
          } finally {
            client.socket.disconnect();
            manager.engine.close();
          }
        });
      }
      for (const { kind, own } of refused) {
        test(`client ${version}, ${transport.name}: ${kind} is refused`, { timeout: 60_000 }, async () => {
          const client = new Client(make_manager(own).socket("/"));
          client.socket.connect();
          const [error] = await client.next("connect_error");
          assert.match(error.message, /(xhr poll|websocket) error/);
        });
      }
    }
  }
});
