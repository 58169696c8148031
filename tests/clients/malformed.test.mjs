// Malformed input in tables. Each row has its documented answer. After each group the server still
// serves a client that was connected all the time, and a new one.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { reference, shared } from "./program.mjs";
import { Connection, format_request, frame, Peer, PollingSession, raw_websocket, record_separator, request } from "./wire.mjs";

const bytes = (...values) => Buffer.from(values);
const show = (value) => JSON.stringify(Buffer.isBuffer(value) ? value.toString("latin1") : value).slice(0, 60);
const printable = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
// Octets that neither a header's value nor a request's target may contain.
const controls = Array.from({ length: 32 }, (_, i) => i).filter((octet) => ![0x09, 0x0a, 0x0d].includes(octet));

describe("HTTP", () => {
  const server = shared(before, after, "conformance", ["--suite", "http"]);
  const exchange = (bytes_out) => Connection.open(server.program.port).then((connection) => {
    connection.write(bytes_out);
    return connection;
  });
  async function canary() {
    const response = await request(server.program.port, "POST", "/canary", { body: "sings" });
    assert.deepEqual([response.status, response.text], [200, "sings"]);
  }

  const head = (...lines) => Buffer.from([...lines, "", ""].join("\r\n"), "latin1");
  const line = (text) => head(text, "Host: localhost");
  const field = (text) => head("GET / HTTP/1.1", "Host: localhost", text);
  const body = (text, ...fields) => Buffer.concat([head("POST / HTTP/1.1", "Host: localhost", ...fields), Buffer.from(text, "latin1")]);
  const chunked = (text) => body(text, "Transfer-Encoding: chunked");
  const smuggled = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";

  // The server answers with 4xx or 5xx, or not at all, and closes the connection.
  const refused = {
    "request line": [
      line("GET / HTTP/1.1 x"), line("GET /a b HTTP/1.1"), line("GET\t/ HTTP/1.1"),
      line("GET / http/1.1"), line("GET / HTTP/1"), line("GET / HTTP/11"), line("GET / HTTP/1.x"), line("GET / HTTP/a.1"), line("GET / XTTP/1.1"),
      line("GET / HTTP /1.1"), line("GET HTTP/1.1"), line("GET"), line(" GET / HTTP/1.1"), line("/ HTTP/1.1"), line(": / HTTP/1.1"),
      line("G@T / HTTP/1.1"), line("GE T / HTTP/1.1"), line("G\x00T / HTTP/1.1"), line("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
      line("PRI * HTTP/2.0"), line("SSH-2.0-OpenSSH_9.2"), line("*3"), line("{}"), line("\xff\xfe\xfd / HTTP/1.1"),
    ],
    "request target": controls.map((octet) => line(`GET /a${String.fromCharCode(octet)}b HTTP/1.1`)),
    "header name": [
      ...[..."\"(),/:;<=>?@[\\]{} \x7f"].filter((text) => text !== ":").map((text) => field(`X${text}Y: 1`)),
      ...controls.map((octet) => field(`X${String.fromCharCode(octet)}Y: 1`)),
      field("X-Name : 1"), field("X-Name\t: 1"), field(": 1"), field("no colon"), field("X\xe9: 1"),
    ],
    "header value": controls.map((octet) => field(`X-Name: a${String.fromCharCode(octet)}b`)),
    "host": [head("GET / HTTP/1.1"), head("GET / HTTP/1.1", "X-Name: 1")],
    "content length": [
      ...["+2", "-1", "0x2", "2x", "2 2", "1,2", "1.0", "1e1", "a", "18446744073709551618", "99999999999999999999999", "\"2\""].map((value) =>
        body(`ab${smuggled}`, `Content-Length: ${value}`)),
      body(`ab${smuggled}`, "Content-Length: 2", "Content-Length: 3"),
      body(`ab${smuggled}`, "Content-Length: 3", "Content-Length: 2"),
    ],
    "transfer encoding": [
      body(`0\r\n\r\n${smuggled}`, "Content-Length: 5", "Transfer-Encoding: chunked"),
      body(`0\r\n\r\n${smuggled}`, "Transfer-Encoding: chunked", "Content-Length: 5"),
      body(`0\r\n\r\n${smuggled}`, "Transfer-Encoding: xchunked"),
      body(`0\r\n\r\n${smuggled}`, "Transfer-Encoding: chunked, identity"),
      body(`0\r\n\r\n${smuggled}`, "Transfer-Encoding: identity"),
      body(`0\r\n\r\n${smuggled}`, "Transfer-Encoding: gzip"),
      body(`0\r\n\r\n${smuggled}`, "Transfer-Encoding : chunked"),
      body(`0\r\n\r\n${smuggled}`, "Transfer-Encoding:\x0bchunked"),
      body(`0\r\n\r\n${smuggled}`, "Transfer-Encoding: \"chunked\""),
    ],
    "chunks": [
      ...["g", "-1", "0x1", "1x", "+1", " 1", "", "fffffffffffffffff", "10000000000000000", ";x"].map((size) => chunked(`${size}\r\na\r\n0\r\n\r\n`)),
      chunked("1\r\nab\r\n0\r\n\r\n"), chunked("1\r\na0\r\n\r\n"), chunked("1\r\na\rX0\r\n\r\n"), chunked("1\rXa\r\n0\r\n\r\n"),
    ],
    "sizes": [
      line(`GET /${"a".repeat(200_000)} HTTP/1.1`), field(`X-Name: ${"a".repeat(200_000)}`), field(`${"X".repeat(200_000)}: 1`),
      field(Array.from({ length: 20_000 }, (_, i) => `X${i}: ${i}`).join("\r\n")),
    ],
  };
  // Only this server refuses these.
  const stricter = {
    "request line, strictly": [line("GET  / HTTP/1.1"), line("GET /  HTTP/1.1"), line("GET /")],
    "folding": [field("X-Name: a\r\n b"), field("X-Name: a\r\n\tb"), body(`ab${smuggled}`, "Content-Length:", " 2")],
    "HTTP/1.0": [Buffer.concat([head("POST / HTTP/1.0", "Host: localhost", "Transfer-Encoding: chunked"), Buffer.from("1\r\na\r\n0\r\n\r\n")])],
  };

  for (const [name, rows] of Object.entries({ ...refused, ...(reference ? {} : stricter) })) {
    test(`${name}: ${rows.length} requests refused`, async () => {
      for (const row of rows) {
        const connection = await exchange(row);
        const response = await connection.response();
        if (response) assert.ok(response.status >= 400, `${response.status} to ${show(row)}`);
        await connection.closed(`the end of the connection after ${show(row)}`);
        assert.equal(connection.received.length, 0, `a second answer to ${show(row)}`);
        connection.destroy();
      }
      await canary();
    });
  }

  const served = [
    ["a chunked body", chunked("3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"), "abcde"],
    ["chunks with trailers", chunked("3\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n"), "abc"],
    ["a chunk size in capitals", chunked("A\r\n0123456789\r\n0\r\n\r\n"), "0123456789"],
    ["blanks around values", body("ab", "X-Name: \t a b \t ", "Content-Length:2"), "ab"],
    ["octets above 127 in a value", body("ab", "X-Name: \xe9\xff", "Content-Length: 2"), "ab"],
    ["an empty value", body("ab", "X-Name:", "Content-Length: 2"), "ab"],
    ["odd methods", Buffer.concat([head("PROPFIND /x HTTP/1.1", "Host: localhost", "Content-Length: 1"), Buffer.from("z")]), "z"],
  ];
  for (const [name, row, expected] of served)
    test(`${name}: served, whole and octet by octet`, async () => {
      const whole = await exchange(row);
      const response = await whole.response();
      assert.deepEqual([response?.status, response?.text], [200, expected]);
      const split = await Connection.open(server.program.port);
      for (const octet of row) {
        split.write(bytes(octet));
        await new Promise((resolve) => setImmediate(resolve));
      }
      const again = await split.response();
      assert.deepEqual([again?.status, again?.text], [200, expected]);
      whole.destroy();
      split.destroy();
    });
  test("pipelined requests are answered in order", async () => {
    const count = 50;
    const connection = await exchange(Buffer.concat(Array.from({ length: count }, (_, i) => format_request("POST", `/${i}`, {}, `body ${i}`))));
    for (let i = 0; i < count; i++) assert.equal((await connection.response()).text, `body ${i}`);
    connection.destroy();
  });
});

describe("WebSocket frames", () => {
  const server = shared(before, after, "conformance", ["--suite", "engineio", "--max-payload", 10_000]);
  const url = "/engine.io/?EIO=4&transport=websocket";
  let old_peer;
  before(async () => {
    old_peer = await Peer.open(server.program.port, url);
    await old_peer.next();
  });
  after(() => old_peer?.terminate());
  async function canary() {
    const new_peer = await Peer.open(server.program.port, url);
    await new_peer.next();
    for (const peer of [old_peer, new_peer]) {
      peer.send("4sings");
      assert.equal(await peer.next(), "4sings");
    }
    new_peer.terminate();
  }
  async function open() {
    const connection = await raw_websocket(server.program.port, url);
    await connection.frame();
    return connection;
  }

  const close = (code, reason = "") => frame(8, Buffer.concat([bytes(code >> 8, code & 255), Buffer.from(reason, "latin1")]));
  const text = (latin1) => frame(1, Buffer.from(`4${latin1}`, "latin1"));
  const length_64 = (...octets) => Buffer.concat([bytes(0x82, 0xff, ...octets), bytes(1, 2, 3, 4)]);
  const ones = Array(8).fill(255);
  const tables = {
    "protocol errors": [1002, [
      ...[1, 2, 8, 9, 10].flatMap((opcode) => [1, 2, 3, 4, 5, 6, 7].map((reserved) => frame(opcode, "", { reserved }))),
      ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => frame(opcode, "4x")),
      ...[1, 2, 8, 9, 10].map((opcode) => frame(opcode, "4x", { mask: false })),
      ...[8, 9, 10].map((opcode) => frame(opcode, "", { fin: false })),
      ...[8, 9, 10].map((opcode) => frame(opcode, Buffer.alloc(126, "x"))),
      frame(0, "4x"), frame(0, "4x", { fin: false }),
      ...[1, 2].flatMap((first) => [1, 2].map((second) => Buffer.concat([frame(first, "4x", { fin: false }), frame(second, "4y")]))),
      Buffer.concat([frame(1, "4x", { fin: false }), frame(0, "y"), frame(0, "z")]),
      frame(8, "x"),
      ...[0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 65535].map((code) => close(code)),
    ]],
    "invalid UTF-8": [1007, [
      ...["\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff", "ok\xff", "\xf0\x9f\x98"].map(text),
      Buffer.concat([frame(1, Buffer.from("4\xc3", "latin1"), { fin: false }), frame(0, "x")]),
      close(1000, "\xff"), close(1000, "\xc3"),
    ]],
    "too large": [1009, [
      length_64(0, 0, 0, 0, 0, 1, 0, 0), length_64(0, 0, 0, 1, 0, 0, 0, 0), length_64(0x7f, ...ones.slice(1)),
      frame(2, Buffer.alloc(10_001)), frame(1, Buffer.alloc(10_001, "4")),
      Buffer.concat([frame(2, Buffer.alloc(5_001), { fin: false }), frame(0, Buffer.alloc(5_000))]),
      Buffer.concat([frame(2, Buffer.alloc(10_000), { fin: false }), frame(0, bytes(1), { fin: false })]),
      // The sum of the lengths exceeds 64 bits.
      Buffer.concat([frame(2, Buffer.alloc(100), { fin: false }), bytes(0x80, 0xff, ...ones.slice(1), 0xce), bytes(1, 2, 3, 4)]),
    ]],
  };
  for (const [name, [code, rows]] of Object.entries(tables)) {
    test(`${name}: ${rows.length} connections closed with ${code}`, async () => {
      for (const row of rows) {
        const connection = await open();
        connection.write(row);
        let got;
        do got = await connection.frame();
        while (got && got.opcode !== 8);
        assert.ok(got, `a close frame after ${show(row)}`);
        // Either code is right for a length whose highest bit is set, or that wraps.
        const wraps = code === 1009 && row.includes(Buffer.from(ones.slice(2)));
        const codes = wraps ? [1002, 1009] : [code];
        assert.ok(codes.includes(got.payload.length ? got.payload.readUInt16BE() : 1005), `${got.payload.toString("hex")} after ${show(row)}`);
        connection.write(frame(8, got.payload.subarray(0, 2)));
        await connection.closed(`the end of the connection after ${show(row)}`);
        connection.destroy();
      }
      await canary();
    });
  }
  test("a length with the highest bit set is refused", async () => {
    for (const row of [length_64(0x80, 0, 0, 0, 0, 0, 0, 1), length_64(...ones)]) {
      const connection = await open();
      connection.write(row);
      const got = await connection.frame();
      assert.equal(got?.opcode, 8);
      assert.ok([1002, 1009].includes(got.payload.readUInt16BE()));
      connection.destroy();
    }
    await canary();
  });
  test("close frames are answered", async () => {
    for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]) {
      const connection = await open();
      connection.write(close(code, "because"));
      const got = await connection.frame();
      assert.equal(got?.opcode, 8);
      assert.equal(got.payload.readUInt16BE(), code);
      await connection.closed();
      connection.destroy();
    }
    const connection = await open();
    connection.write(frame(8));
    assert.equal((await connection.frame())?.opcode, 8);
    await connection.closed();
    connection.destroy();
    await canary();
  });
  test("well-formed oddities are served", async () => {
    const connection = await open();
    const echoes = async (out, opcode, payload) => {
      connection.write(out);
      const got = await connection.frame();
      assert.deepEqual([got?.opcode, got?.payload.toString("latin1")], [opcode, payload]);
    };
    const euro = Buffer.from("4\u20ac😀");
    await echoes(frame(9, "ping"), 10, "ping");
    await echoes(frame(9, Buffer.alloc(125, "p")), 10, "p".repeat(125));
    await echoes(Buffer.concat([frame(10, "unasked"), frame(1, "4x")]), 1, "4x");
    await echoes(Buffer.concat([frame(1, "", { fin: false }), frame(0, "", { fin: false }), frame(0, "4x")]), 1, "4x");
    await echoes(Buffer.concat([...euro].map((octet, i) => frame(i ? 0 : 1, bytes(octet), { fin: i === euro.length - 1 }))), 1, euro.toString("latin1"));
    connection.write(Buffer.concat([frame(1, "4a", { fin: false }), frame(9, "between"), frame(0, "b")]));
    assert.equal((await connection.frame()).payload.toString(), "between");
    assert.equal((await connection.frame()).payload.toString(), "4ab");
    for (const octet of frame(1, "4slow")) {
      connection.write(bytes(octet));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal((await connection.frame()).payload.toString(), "4slow");
    connection.destroy();
    await canary();
  });
  test("garbage in the same packet as the request", async () => {
    for (const garbage of ["test", "\x00\x00\x00\x00", "\xff".repeat(100), "GET / HTTP/1.1\r\n\r\n"]) {
      const connection = await raw_websocket(server.program.port, url, { head: Buffer.from(garbage, "latin1") });
      let got;
      do got = await connection.frame();
      while (got && got.opcode !== 8);
      connection.destroy();
    }
    await canary();
  });
});

describe("Engine.IO packets", () => {
  const server = shared(before, after, "conformance", ["--suite", "engineio", "--max-payload", 10_000]);
  const path = "/engine.io/";
  const url = `${path}?EIO=4&transport=websocket`;
  const unknown_types = printable.filter((character) => !"0123456b".includes(character));
  async function canary() {
    const peer = await Peer.open(server.program.port, url);
    await peer.next();
    peer.send("4sings");
    assert.equal(await peer.next(), "4sings");
    peer.terminate();
  }

  test(`${unknown_types.length} unknown types close the WebSocket`, async () => {
    for (const type of unknown_types) {
      const peer = await Peer.open(server.program.port, url);
      await peer.next();
      peer.send(`${type}x`);
      peer.send("4never");
      assert.deepEqual(await peer.close_frame(), { code: 1005, reason: "" }, type);
      assert.equal(peer.messages.size, 0, type);
    }
    await canary();
  });
  const payloads = [
    ...unknown_types.map((type) => `${type}x`), "\u00e9", "\x00", "\n", " ", record_separator, `${record_separator}4x`, `4x${record_separator}`,
    `4x${record_separator}${record_separator}4y`, "7", "8:4x",
  ];
  test(`${payloads.length} invalid payloads: ${reference ? "ok" : "400"}, and the session is closed`, async () => {
    for (const payload of payloads) {
      const session = await PollingSession.open(server.program.port, path);
      const response = await session.post(payload);
      assert.equal(response.status, reference ? 200 : 400, show(payload));
      for (;;) {
        const { status, text } = await session.poll();
        if (status === 400) break;
        assert.equal(text.includes("4y"), false, show(payload));
      }
    }
    await canary();
  });
});

describe("Socket.IO packets", () => {
  const server = shared(before, after, "conformance", ["--suite", "socketio"]);
  const url = "/socket.io/?EIO=4&transport=websocket";
  async function open() {
    const peer = await Peer.open(server.program.port, url);
    await peer.next();
    peer.send("40");
    await peer.next();
    await peer.next();
    return peer;
  }
  async function canary() {
    const peer = await open();
    peer.send('427["message-with-ack","sings"]');
    assert.equal(await peer.next(), '437["sings"]');
    peer.terminate();
  }
  const event = '4212["message-with-ack",{"a":[1,-2.5e3,"x\\n\\u00e9",true,null]},[]]';
  const binary = '451-["message",{"_placeholder":true,"num":0}]';
  const cut = (packet, from) => Array.from({ length: packet.length - from }, (_, i) => packet.slice(0, from + i));
  const white = /\s/;
  const tables = {
    "unknown types": printable.filter((type) => !"0123456".includes(type)).map((type) => `4${type}["message"]`),
    "broken ids": printable.filter((id) => !/[0-9[]/.test(id)).map((id) => `42${id}["message"]`),
    "broken attachment counts": printable.filter((count) => !/[0-9]/.test(count)).map((count) => `45${count}-["message",{"_placeholder":true,"num":0}]`),
    "events cut short": cut(event, event.indexOf("[") + 1),
    "binary events cut short": cut(binary, 2).filter((packet) => packet !== "451-"),
    "binary events without payload": reference ? [] : ["451-", "451-7", "451-/,", "42", "4212", "42/custom,"],
    "auth cut short": cut('40/custom,{"token":["x",{"y":null}]}', "40/custom,{".length),
    "octets after the payload": printable.map((octet) => `42["message"]${octet}`),
    "no events": ["{}", "[]", '""', "null", "true", "false", '"message"', "[{}]", "[[]]", "[null]", "[false]"].map((payload) => `42${payload}`),
    "reserved names with binary": ["connect", "disconnect", "disconnecting", "connect_error", "newListener", "removeListener"].map(
      (name) => `42["${name}",{"a":1}]`),
    "other namespaces": ["/x", "/x,", "/custom,", "/../,", "/%2f,", "//,", `/${"n".repeat(10_000)},`].map((namespace) => `42${namespace}["message"]`),
    "CONNECT_ERROR": ["44", '44{"message":"x"}', "44/custom,", '44/custom,{"message":"x"}', '44"x"'],
    "endless numbers": [`42${"2".repeat(400)}x["message"]`, `45${"9".repeat(100_000)}-["message"]`, `45${"9".repeat(100_000)}`],
  };
  for (const [name, rows] of Object.entries(tables)) {
    if (!rows.length) continue;
    test(`${name}: ${rows.length} connections closed`, async () => {
      for (const row of rows) {
        assert.equal(white.test(row.slice(0, 3)), false);
        const peer = await open();
        peer.send(row);
        await peer.close_frame().catch((error) => assert.fail(`${error.message} after ${show(row)}`));
        assert.equal(peer.messages.size, 0, `an answer to ${show(row)}`);
      }
      await canary();
    });
  }
  test("digits without end are not worked on for long", async () => {
    const peer = await open();
    peer.send(`42${"2".repeat(900_000)}`);
    peer.send('427["message-with-ack"]');
    // The server may ignore the packet or close, so wait for the next answer or for the end.
    await Promise.race([peer.next().catch(() => {}), peer.close_frame()]);
    peer.terminate();
    await canary();
  });
});
