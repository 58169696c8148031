// Native WebSocket routes: an echo at `/` (RFC 6455), with and without permessage-deflate (RFC 7692).
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createCipheriv, createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { io } from "socket.io-client";
import { WebSocket } from "ws";
import { reference, shared, start, within } from "./program.mjs";
import { Connection, deadline, format_request, frame, Queue, raw_websocket, websocket_headers } from "./wire.mjs";

const max_message = 16 << 20;
const max_fragments = 65_537;
const [continuation, text, binary, close, ping, pong] = [0x0, 0x1, 0x2, 0x8, 0x9, 0xa];
const rsv1 = 4;
const part = { fin: false };
const bytes = (...values) => Buffer.from(values);
const hex = (digits) => Buffer.from(digits.replaceAll(" ", ""), "hex");
const show = (value) => `${value.length} bytes ${value.subarray(0, 12).toString("hex")}`;
const join_frames = (...frames) => Buffer.concat(frames.flat());

// Bytes that deflate cannot make smaller, the same in each run.
const incompressible = (size) => createCipheriv("aes-128-ctr", Buffer.alloc(16, 1), Buffer.alloc(16)).update(Buffer.alloc(size));
// Bytes that repeat at a short distance, and at one that takes a window of 2^12 bytes or more.
const compressible = (size) => {
  const period = Buffer.concat([incompressible(1500), Buffer.alloc(1500, "short ")]);
  return Buffer.alloc(size, period);
};
const readable = (size) => "Größe und Güte – 大きさ 🎉. ".repeat(Math.ceil(size / 24)).slice(0, size);

const same = (actual, expected, what) =>
  assert.ok(
    typeof expected === "string" ? actual === expected : Buffer.isBuffer(actual) && actual.equals(expected),
    `${what}: the echo of ${expected.length} differs, it has ${actual?.length}`,
  );

// Section 7.2.1 of RFC 7692: senders remove the end of the message's last, empty block.
const deflate = (data, options) => deflateRawSync(data, { ...options, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
const inflate = (data) => inflateRawSync(Buffer.concat([data, hex("0000ffff")]), { finishFlush: constants.Z_SYNC_FLUSH });

// A WebSocket of package ws. It queues what arrives, including control frames, as [kind, value].
class Client {
  #arrived = new Queue();
  static async open(program, options = {}) {
    const client = new Client();
    const url = program.url.replace(/^http/, "ws").replace("localhost", "127.0.0.1");
    const socket = new WebSocket(url, { perMessageDeflate: false, servername: "localhost", ...options });
    client.socket = socket;
    socket.on("upgrade", (response) => (client.extensions = response.headers["sec-websocket-extensions"]));
    socket.on("message", (data, is_binary) => client.#arrived.push(is_binary ? ["binary", data] : ["text", data.toString()]));
    socket.on("pong", (data) => client.#arrived.push(["pong", data]));
    socket.on("ping", (data) => client.#arrived.push(["ping", data]));
    socket.on("error", (error) => client.#arrived.end(error));
    socket.on("close", (code, reason) => {
      client.#arrived.push(["close", code, reason.toString()]);
      client.#arrived.end(new Error(`closed ${code}`));
    });
    await within(deadline, "the WebSocket opens", Promise.race([once(socket, "open"), once(socket, "close").then(([code]) => {
      throw new Error(`no WebSocket: ${code}`);
    })]));
    return client;
  }
  next(what) {
    return this.#arrived.next(what);
  }
  send(data, options) {
    this.socket.send(data, options);
  }
  async receives(data, what = "echo") {
    const [kind, value] = await this.next(what);
    assert.equal(kind, typeof data === "string" ? "text" : "binary", what);
    same(value, data, what);
  }
  async echoes(data, options) {
    this.send(data, options);
    await this.receives(data);
  }
  // Starts the closing handshake, and completes it.
  async close(code = 1000, reason = "") {
    this.socket.close(code, reason);
    assert.deepEqual((await this.next("the close frame")).slice(0, 2), ["close", code]);
  }
}

// Opens a raw connection to the route. The functions below check what it receives.
const raw = (program, options) => raw_websocket(program.port, "/", options);

async function next_frame(connection) {
  await connection.until("a WebSocket frame", () => connection.received.length || undefined);
  const reserved = (connection.received[0] >> 4) & 7;
  const received = await connection.frame();
  return received && { ...received, reserved };
}
// If the connection may compress, accepts either form unless `reserved` demands one.
async function expect_frame(connection, opcode, payload, reserved) {
  const received = await next_frame(connection);
  assert.ok(received, "the server ended the connection");
  const may_be_compressed = opcode < close && connection.handshake?.headers["sec-websocket-extensions"];
  reserved ??= may_be_compressed ? received.reserved & rsv1 : 0;
  assert.deepEqual([received.fin, received.opcode, received.reserved, received.masked], [true, opcode, reserved, false]);
  const data = reserved & rsv1 ? inflate(received.payload) : received.payload;
  same(data, Buffer.from(payload), "frame");
  return received;
}
// Expects the server to fail the connection: to send a close frame with the code, and to close.
async function expect_failure(connection, code) {
  const received = await next_frame(connection);
  assert.ok(received, "the server ended the connection without a close frame");
  assert.equal(received.opcode, close, `opcode ${received.opcode} instead of a close frame`);
  assert.equal(received.payload.readUInt16BE(0), code);
  // The reference waits for the client's close frame, which it does not read.
  if (!reference) {
    await connection.closed();
    assert.equal(connection.received.length, 0, "nothing follows the close frame");
  }
  connection.destroy();
}
async function refuses(program, code, data, options) {
  const connection = await raw(program, options);
  connection.write(data);
  await expect_failure(connection, code);
}
async function still_serves(connection) {
  connection.write(frame(text, "alive"));
  await expect_frame(connection, text, "alive");
  connection.destroy();
}
const close_payload = (code, reason = "") => Buffer.concat([bytes(code >> 8, code & 255), Buffer.from(reason)]);
// Cuts a message into frames of `size` bytes.
function fragments(opcode, data, size, options) {
  const frames = [];
  for (let at = 0; at === 0 || at < data.length; at += size)
    frames.push(frame(at ? continuation : opcode, data.subarray(at, at + size), { fin: at + size >= data.length, ...(at ? {} : options) }));
  return frames;
}
async function write_in_steps(connection, data, size) {
  for (let at = 0; at < data.length; at += size) await connection.flush(data.subarray(at, at + size));
}

const no_takeover = "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits";
const offer = (value = no_takeover) => ({ headers: { "Sec-WebSocket-Extensions": value } });
function agreed_parameters(value) {
  const [name, ...parameters] = value.split(";").map((item) => item.trim());
  assert.equal(name, "permessage-deflate");
  const result = Object.fromEntries(parameters.map((parameter) => parameter.split("=")).map(([key, number]) => [key, number === undefined || Number(number)]));
  assert.equal(Object.keys(result).length, parameters.length, "no parameter twice");
  return result;
}
// Checks that a client may accept the answer to its offer (section 7.1).
function check_agreement(value, { server_no, client_no, server_bits, client_bits }) {
  assert.ok(value, "permessage-deflate is agreed on");
  const agreed = agreed_parameters(value);
  const known = ["server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits", "client_max_window_bits"];
  for (const name of Object.keys(agreed)) assert.ok(known.includes(name), name);
  if (server_no) assert.equal(agreed.server_no_context_takeover, true);
  if (server_bits) assert.ok(agreed.server_max_window_bits <= server_bits, value);
  if (agreed.server_max_window_bits !== undefined) assert.ok(agreed.server_max_window_bits >= 8 && agreed.server_max_window_bits <= 15, value);
  if (client_bits === undefined) assert.equal(agreed.client_max_window_bits, undefined, "it is not asked of a client that does not know it");
  else if (agreed.client_max_window_bits !== undefined) assert.ok(agreed.client_max_window_bits <= client_bits && agreed.client_max_window_bits >= 8, value);
  if (client_no) assert.ok([true, undefined].includes(agreed.client_no_context_takeover), value);
}

const sizes = [0, 1, 125, 126, 127, 1023, 1024, 65_535, 65_536, 65_537, 1 << 20];
const configurations = [
  { name: "1 thread", parameters: ["--threads", 1] },
  { name: "2 threads, compressed", parameters: ["--threads", 2, "--deflate"], options: { perMessageDeflate: { threshold: 0 } } },
];

for (const { name, parameters, options } of configurations) {
  describe(name, () => {
    const holder = shared(before, after, "conformance", ["--suite", "websocket", ...parameters]);

    describe("messages", () => {
      test("text and binary of many sizes", async () => {
        const client = await Client.open(holder.program, options);
        for (const size of sizes) {
          await client.echoes(readable(size));
          await client.echoes(incompressible(size));
          await client.echoes(compressible(size));
        }
        await client.close();
      });
      test("all at once, in their order", async () => {
        const client = await Client.open(holder.program, options);
        const messages = sizes.flatMap((size) => [readable(size), incompressible(size), compressible(size)]);
        for (const message of messages) client.send(message);
        for (const message of messages) await client.receives(message);
        await client.close();
      });
      test("one after the other, thousands of them", { timeout: 120_000 }, async () => {
        const client = await Client.open(holder.program, options);
        for (const size of [0, 16, 64, 256, 1024, 4096])
          for (let i = 0; i < 500; i++) await client.echoes(i % 2 ? readable(size) : compressible(size));
        await client.close();
      });
      test("16 MiB, text and binary", { timeout: 120_000 }, async () => {
        const client = await Client.open(holder.program, options);
        await client.echoes("x".repeat(max_message));
        await client.echoes("é".repeat(max_message / 2));
        // Compression makes this message larger than the limit.
        await client.echoes(incompressible(max_message));
        await client.echoes(compressible(max_message));
        await client.close();
      });
      test("one byte more is refused with 1009", { timeout: 120_000 }, async () => {
        for (const message of ["x".repeat(max_message + 1), incompressible(max_message + 1)]) {
          const client = await Client.open(holder.program, options);
          client.send(message);
          const [kind, code] = await client.next("the close frame");
          // The server may close the connection before the client has sent the whole message.
          assert.equal(kind, "close");
          assert.equal(code, 1009);
        }
      });
      test("a declared length over the limit is refused before the message arrives", async () => {
        for (const size of [max_message + 1, 2 ** 31, 2 ** 32, 2 ** 52]) {
          const head = Buffer.alloc(14);
          head.writeUInt16BE(0x8200 | 0x80 | 127);
          head.writeBigUInt64BE(BigInt(size), 2);
          await refuses(holder.program, 1009, head);
        }
      });
      test("from a socket that receives it in small portions", { timeout: 120_000 }, async () => {
        const data = compressible(1 << 20);
        for (const step of [1021, 8192]) {
          const connection = await raw(holder.program);
          await write_in_steps(connection, frame(binary, data), step);
          await expect_frame(connection, binary, data);
          connection.destroy();
        }
      });
      test("byte by byte", async () => {
        const connection = await Connection.open(holder.program.port);
        const message = readable(300);
        const long = readable(500).slice(0, 400);
        await write_in_steps(connection, join_frames(
          format_request("GET", "/", websocket_headers),
          frame(text, message), frame(text, ""), frame(ping, "p"), fragments(text, Buffer.from(long), 150), frame(close, close_payload(3000, "é")),
        ), 1);
        assert.equal((await connection.response()).status, 101);
        await expect_frame(connection, text, message);
        await expect_frame(connection, text, "");
        await expect_frame(connection, pong, "p");
        await expect_frame(connection, text, long);
        assert.equal((await next_frame(connection)).payload.readUInt16BE(0), 3000);
        await connection.closed();
      });
      test("a thousand in one packet", async () => {
        const texts = Array.from({ length: 1000 }, (_, i) => `message ${i}`);
        const connection = await raw(holder.program);
        connection.write(join_frames(texts.map((item) => frame(text, item))));
        for (const item of texts) await expect_frame(connection, text, item);
        connection.destroy();
      });
    });

    describe("fragments", () => {
      test("of every size, also empty ones", async () => {
        const client = await Client.open(holder.program, options);
        for (const message of [readable(3000), compressible(3000), incompressible(3000)]) {
          const data = Buffer.from(message);
          for (const size of [1, 7, 125, 126, 1300, 2999]) {
            const is_binary = typeof message !== "string";
            for (let at = 0; at < data.length; at += size) client.send(data.subarray(at, at + size), { binary: is_binary, fin: false });
            client.send("", { binary: is_binary });
            await client.receives(message, `fragments of ${size}`);
          }
        }
        for (const is_binary of [false, true]) {
          for (const fin of [false, false, true]) client.send("", { binary: is_binary, fin });
          await client.receives(is_binary ? Buffer.alloc(0) : "", "three empty fragments");
        }
        await client.close();
      });
      test("only the middle one has bytes", async () => {
        const connection = await raw(holder.program);
        connection.write(join_frames(frame(text, "", part), frame(continuation, "middle", part), frame(continuation)));
        await expect_frame(connection, text, "middle");
        await still_serves(connection);
      });
      test("16 MiB in 65,536 of them", { timeout: 120_000 }, async () => {
        const data = incompressible(max_message);
        const frames = fragments(binary, data, 256);
        assert.equal(frames.length, 65_536);
        const connection = await raw(holder.program);
        connection.write(join_frames(frames));
        await expect_frame(connection, binary, data);
        await still_serves(connection);
      });
      test("65,536 with one byte each, twice", { timeout: 120_000 }, async () => {
        const data = Buffer.alloc(65_536, "x");
        const connection = await raw(holder.program);
        for (let i = 0; i < 2; i++) {
          connection.write(join_frames(fragments(text, data, 1)));
          await expect_frame(connection, text, data);
        }
        connection.destroy();
      });
      test("more are refused with 1008", { timeout: 120_000 }, () =>
        refuses(holder.program, 1008, join_frames(fragments(text, Buffer.alloc(max_fragments + 1, "x"), 1))));
      test("also if they are empty", { timeout: 120_000 }, () =>
        refuses(holder.program, 1008, join_frames(frame(text, "", part), Array(max_fragments).fill(frame(continuation, "", part)))));
      test("a message above the limit in fragments: 1009", { timeout: 120_000 }, () =>
        refuses(holder.program, 1009, join_frames(fragments(binary, Buffer.alloc(max_message + 1), 1 << 20))));
      test("control frames between them are answered first", async () => {
        const connection = await raw(holder.program);
        connection.write(join_frames(frame(text, "one ", part), frame(ping, "a"), frame(continuation, "two ", part), frame(pong, "unasked"), frame(ping, "b")));
        await expect_frame(connection, pong, "a");
        await expect_frame(connection, pong, "b");
        connection.write(frame(continuation, "three"));
        await expect_frame(connection, text, "one two three");
        await still_serves(connection);
      });
      test("a close frame between them", async () => {
        const connection = await raw(holder.program);
        connection.write(join_frames(frame(text, "one", part), frame(close, close_payload(1000)), frame(continuation, "two")));
        assert.deepEqual((await next_frame(connection)).payload, close_payload(1000));
        await connection.closed();
        assert.equal(connection.received.length, 0);
      });
      for (const [what, ...frames] of [
        ["a final one of no message", frame(continuation, "x")],
        ["one that is not final, of no message", frame(continuation, "x", part), frame(continuation, "y")],
        ["one after a message that has ended", frame(text, "x", part), frame(continuation, "y"), frame(continuation, "z")],
        ["a new message within a message", frame(text, "x", part), frame(text, "y")],
        ["a new message within a message, its first fragment", frame(text, "x", part), frame(binary, "y", part)],
      ])
        test(`${what}: 1002`, async () => {
          const connection = await raw(holder.program);
          connection.write(join_frames(frame(text, "before"), frames));
          await expect_frame(connection, text, "before");
          if (what.includes("has ended")) await expect_frame(connection, text, "xy");
          await expect_failure(connection, 1002);
        });
    });

    describe("ping and pong", () => {
      for (const payload of [Buffer.alloc(0), Buffer.from("Grüße"), bytes(0, 0xff, 0xfe, 0xc3, 0x28), incompressible(125)])
        test(`a ping with ${show(payload)}`, async () => {
          const client = await Client.open(holder.program, options);
          client.socket.ping(payload);
          assert.deepEqual(await client.next("the pong"), ["pong", payload]);
          await client.close();
        });
      test("many pings, each answered, in their order", { skip: reference && "the reference ends such a connection" }, async () => {
        const client = await Client.open(holder.program, options);
        for (let i = 0; i < 100; i++) {
          client.socket.ping(`${i}`);
          client.send(`text ${i}`);
        }
        const arrived = { pong: [], text: [] };
        for (let i = 0; i < 200; i++) {
          const [kind, value] = await client.next("a pong or an echo");
          assert.ok(kind in arrived, `${kind} ${value}`);
          arrived[kind].push(value.toString());
        }
        assert.deepEqual(arrived.pong, Array.from({ length: 100 }, (_, i) => `${i}`));
        assert.deepEqual(arrived.text, Array.from({ length: 100 }, (_, i) => `text ${i}`));
        await client.close();
      });
      test("a pong is not answered", async () => {
        const connection = await raw(holder.program);
        connection.write(join_frames(frame(pong), frame(pong, "unasked"), frame(ping, "asked"), frame(pong, incompressible(125))));
        await expect_frame(connection, pong, "asked");
        await still_serves(connection);
      });
      for (const opcode of [ping, pong, close])
        test(`control frame ${opcode} with 126 bytes, or in fragments: 1002`, async () => {
          const payload = opcode === close ? close_payload(1000, "x".repeat(124)) : incompressible(126);
          await refuses(holder.program, 1002, frame(opcode, payload));
          await refuses(holder.program, 1002, frame(opcode, payload.subarray(0, 4), part));
          await refuses(holder.program, 1002, join_frames(frame(opcode, payload.subarray(0, 4), part), frame(continuation, "x")));
          await refuses(holder.program, 1002, join_frames(frame(text, "x", part), frame(opcode, payload.subarray(0, 4), part)));
        });
    });

    describe("frames that do not exist", () => {
      for (let reserved = 1; reserved < 8; reserved++)
        test(`reserved bits ${reserved.toString(2).padStart(3, "0")}: 1002`, async () => {
          for (const opcode of [text, binary, ping, pong, close])
            await refuses(holder.program, 1002, frame(opcode, opcode === close ? close_payload(1000) : "x", { reserved }));
          await refuses(holder.program, 1002, join_frames(frame(text, "x", part), frame(continuation, "y", { reserved })));
          const connection = await raw(holder.program);
          connection.write(join_frames(frame(text, "before"), frame(text, "x", { reserved }), frame(text, "after")));
          await expect_frame(connection, text, "before");
          await expect_failure(connection, 1002);
        });
      for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
        test(`opcode ${opcode}: 1002`, async () => {
          await refuses(holder.program, 1002, frame(opcode));
          await refuses(holder.program, 1002, frame(opcode, "x"));
          await refuses(holder.program, 1002, join_frames(frame(text, "x", part), frame(opcode, "y")));
          const connection = await raw(holder.program);
          connection.write(join_frames(frame(text, "before"), frame(opcode, "x"), frame(ping)));
          await expect_frame(connection, text, "before");
          await expect_failure(connection, 1002);
        });
      test("without a mask: 1002", async () => {
        for (const opcode of [text, ping, close]) await refuses(holder.program, 1002, frame(opcode, "", { mask: false }));
        await refuses(holder.program, 1002, frame(text, "x".repeat(200), { mask: false }));
      });
      test("a length with its first bit set: 1002, or 1009", async () => {
        const connection = await raw(holder.program);
        connection.write(hex("82 ff 80 00 00 00 00 00 00 01 00 00 00 00"));
        await expect_failure(connection, reference ? 1009 : 1002);
      });
      test("a length not in its shortest form: 1002", { skip: reference && "the reference takes it" }, async () => {
        await refuses(holder.program, 1002, hex("82 fe 00 7d 00 00 00 00"));
        await refuses(holder.program, 1002, hex("82 ff 00 00 00 00 00 00 ff ff 00 00 00 00"));
      });
    });

    describe("closing", () => {
      const valid = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
      const invalid = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 9999, 65_535];
      test("each valid code is echoed", async () => {
        for (const code of valid)
          for (const reason of ["", "Auf Wiedersehen, 再见", "x".repeat(123)]) {
            const connection = await raw(holder.program);
            connection.write(frame(close, close_payload(code, reason)));
            const received = await next_frame(connection);
            assert.equal(received.opcode, close);
            assert.equal(received.payload.readUInt16BE(0), code);
            // The answer may omit the reason (RFC 6455, 5.5.1).
            assert.ok(["", reason].includes(received.payload.subarray(2).toString()), "not another reason");
            await connection.closed();
          }
      });
      test("no code is answered by none", async () => {
        const connection = await raw(holder.program);
        connection.write(frame(close));
        await expect_frame(connection, close, "");
        await connection.closed();
      });
      for (const code of invalid) test(`code ${code}: 1002`, () => refuses(holder.program, 1002, frame(close, close_payload(code, "why"))));
      test("one byte is no code: 1002", () => refuses(holder.program, 1002, frame(close, "x")));
      test("a reason that is not UTF-8: 1007", async () => {
        for (const reason of [bytes(0xff), bytes(0x61, 0xc3), bytes(0xed, 0xa0, 0x80)])
          await refuses(holder.program, 1007, frame(close, close_payload(1000, reason)));
      });
      test("what was sent before is answered, nothing after it", async () => {
        const connection = await raw(holder.program);
        connection.write(join_frames(
          frame(text, "before"), frame(close, close_payload(4000)), frame(text, "after"), frame(ping, "after"), frame(close, close_payload(4001)),
        ));
        await expect_frame(connection, text, "before");
        assert.equal((await next_frame(connection)).payload.readUInt16BE(0), 4000);
        await connection.closed();
        assert.equal(connection.received.length, 0);
      });
      test("a large message right before the close frame", async () => {
        const client = await Client.open(holder.program, options);
        const message = incompressible(256 * 1024);
        client.send(message);
        client.socket.close(4321, "done");
        await client.receives(message);
        assert.deepEqual((await client.next("the close frame")).slice(0, 2), ["close", 4321]);
      });
      test("an end without a close frame leaves the others alone", async () => {
        const other = await Client.open(holder.program, options);
        for (const sent of ["", frame(text, "half", part), frame(binary, Buffer.alloc(1000)).subarray(0, 500), bytes(0x81)]) {
          const connection = await raw(holder.program);
          if (sent.length) await connection.flush(sent);
          connection.destroy();
        }
        await other.echoes("alive");
        await other.close();
      });
    });

    describe("UTF-8", () => {
      const points = [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfdd0, 0xfffd, 0xfffe, 0xffff, 0x10000, 0x1fffe, 0x1ffff, 0x80000, 0x10fffe, 0x10ffff];
      const invalid = {
        "a continuation without its beginning": ["80", "bf", "80 bf", "61 80", "c3 a9 a9"],
        "a beginning without its continuation": ["c2", "df 61", "e0 a0", "e2 82 61", "ef bf", "f0 90 80", "f0 9f 8e 61", "f4", "c3 c3 a9"],
        "more bytes than needed": ["c0 80", "c0 af", "c1 bf", "e0 80 80", "e0 9f bf", "f0 80 80 80", "f0 8f bf bf", "f8 80 80 80 af", "fc 80 80 80 80 af"],
        surrogates: ["ed a0 80", "ed ad bf", "ed af bf", "ed b0 80", "ed bf bf", "ed a0 80 ed b0 80", "ed ae 80 ed bf bf"],
        "above U+10FFFF": ["f4 90 80 80", "f5 80 80 80", "f7 bf bf bf", "f8 88 80 80 80", "fb bf bf bf bf", "fc 84 80 80 80 80", "fd bf bf bf bf bf"],
        "bytes that never occur": ["fe", "ff", "fe fe ff ff"],
      };
      test("each code point at a length's edge, whole and byte by byte", async () => {
        const connection = await raw(holder.program);
        for (const point of points) {
          const data = Buffer.from(String.fromCodePoint(point, point, 0x61, point));
          for (const frames of [[frame(text, data)], fragments(text, data, 1)]) {
            connection.write(join_frames(frames));
            await expect_frame(connection, text, data);
          }
        }
        await still_serves(connection);
      });
      for (const [what, sequences] of Object.entries(invalid))
        test(`${what}: 1007`, async () => {
          for (const sequence of sequences) {
            const data = Buffer.concat([Buffer.from("gültig "), hex(sequence)]);
            await refuses(holder.program, 1007, frame(text, data));
            await refuses(holder.program, 1007, join_frames(fragments(text, data, 1)));
            await refuses(holder.program, 1007, frame(text, Buffer.concat([Buffer.alloc(70_000, "x"), data])));
          }
        });
      test("none of it in a binary message", async () => {
        const connection = await raw(holder.program);
        for (const sequence of Object.values(invalid).flat()) {
          connection.write(frame(binary, hex(sequence)));
          await expect_frame(connection, binary, hex(sequence));
        }
        connection.destroy();
      });
      describe("is refused at once", { skip: reference && "the reference looks at whole messages" }, () => {
        const wrong = Buffer.concat([Buffer.from("gültig "), bytes(0xf4, 0x90)]);
        test("in a fragment, before the message ends", () => refuses(holder.program, 1007, frame(text, wrong, part)));
        test("in the second of three fragments", () =>
          refuses(holder.program, 1007, join_frames(frame(text, wrong.subarray(0, -1), part), frame(continuation, wrong.subarray(-1), part))));
        test("before its frame is complete", async () => {
          const whole = frame(text, Buffer.concat([wrong, Buffer.alloc(1000, "x")]));
          await refuses(holder.program, 1007, whole.subarray(0, 8 + wrong.length));
        });
        test("before its frame is complete, byte by byte", async () => {
          const whole = frame(text, Buffer.concat([wrong, Buffer.alloc(1000, "x")]));
          const connection = await raw(holder.program);
          await write_in_steps(connection, whole.subarray(0, 8 + wrong.length), 1);
          await expect_failure(connection, 1007);
        });
      });
    });
  });
}

describe("handshake", () => {
  const holder = shared(before, after, "conformance", ["--suite", "websocket"]);
  const handshake = async (headers = {}, { method = "GET", path = "/", head } = {}) => {
    const connection = await Connection.open(holder.program.port);
    connection.write(head ?? format_request(method, path, { ...websocket_headers, ...headers }));
    const response = await connection.response(method);
    return { connection, response };
  };

  test("the response", async () => {
    for (const key of ["dGhlIHNhbXBsZSBub25jZQ==", "AAAAAAAAAAAAAAAAAAAAAA==", "/+/+/+/+/+/+/+/+/+/+/w=="]) {
      const { connection, response } = await handshake({ "Sec-WebSocket-Key": key });
      assert.equal(response.status, 101);
      assert.equal(response.headers.upgrade.toLowerCase(), "websocket");
      assert.equal(response.headers.connection.toLowerCase(), "upgrade");
      const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      assert.equal(response.headers["sec-websocket-accept"], accept);
      for (const name of ["sec-websocket-extensions", "sec-websocket-protocol", "content-length", "transfer-encoding"]) assert.equal(response.headers[name], undefined, name);
      await still_serves(connection);
    }
  });
  for (const [what, headers, options] of [
    ["other spellings", { Upgrade: "WebSocket", Connection: "keep-alive, UPGRADE" }],
    ["a query", {}, { path: "/?a=b&c" }],
    ["header names in lower case", Object.fromEntries(Object.entries(websocket_headers).flatMap(([key, value]) => [[key, undefined], [key.toLowerCase(), value]]))],
  ])
    test(`${what}: 101`, async () => {
      const { connection, response } = await handshake(headers, options);
      assert.equal(response.status, 101);
      await still_serves(connection);
    });
  // The reference chooses the first one.
  test("subprotocols that the route does not speak are left out", async () => {
    for (const value of ["chat", "chat, superchat"]) {
      const { connection, response } = await handshake({ "Sec-WebSocket-Protocol": value });
      assert.equal(response.status, 101);
      assert.equal(response.headers["sec-websocket-protocol"], reference ? "chat" : undefined);
      await still_serves(connection);
    }
  });
  test("frames in the same packet as the request", async () => {
    const { connection } = await handshake({}, { head: Buffer.concat([format_request("GET", "/", websocket_headers), frame(text, "early"), frame(ping, "e")]) });
    await expect_frame(connection, text, "early");
    await expect_frame(connection, pong, "e");
    connection.destroy();
  });
  for (const [what, headers, options] of [
    ["POST", {}, { method: "POST" }],
    ["PUT", {}, { method: "PUT" }],
    ["no version", { "Sec-WebSocket-Version": undefined }],
    ["version 7", { "Sec-WebSocket-Version": "7" }],
    ["version 12", { "Sec-WebSocket-Version": "12" }],
    ["version 14", { "Sec-WebSocket-Version": "14" }],
    ["version 13x", { "Sec-WebSocket-Version": "13x" }],
    ["no key", { "Sec-WebSocket-Key": undefined }],
    ["an empty key", { "Sec-WebSocket-Key": "" }],
    ["a key that is too short", { "Sec-WebSocket-Key": "c2hvcnQ=" }],
    ["a key that is too long", { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZSB0b28gbG9uZw==" }],
    ["a key that is not base64", { "Sec-WebSocket-Key": "!!!!!!!!!!!!!!!!!!!!!!==" }],
    ["no Upgrade", { Upgrade: undefined }],
    ["another protocol", { Upgrade: "h2c" }],
    ["no Connection", { Connection: undefined }],
    ["a Connection of another option", { Connection: "keep-alive" }],
  ])
    test(`${what}: no WebSocket`, async () => {
      const { connection, response } = await handshake(headers, options);
      if (reference && response === undefined) return;
      assert.ok(response, "there is a response");
      assert.ok(response.status >= 400 && response.status < 500, String(response.status));
      if (what.startsWith("version")) assert.match(response.headers["sec-websocket-version"], /\b13\b/);
      connection.destroy();
    });
  test("no Host, and HTTP/1.0: no WebSocket", { skip: reference && "the reference takes them" }, async () => {
    const request = format_request("GET", "/", websocket_headers).toString("latin1");
    for (const head of [request.replace("Host: localhost\r\n", ""), request.replace("HTTP/1.1", "HTTP/1.0")]) {
      const { connection, response } = await handshake({}, { head: Buffer.from(head, "latin1") });
      assert.ok(response.status >= 400 && response.status < 500, String(response.status));
      connection.destroy();
    }
  });
  test("another path is not the route", async () => {
    for (const path of ["/other", "//", "/echo/"]) {
      const { connection, response } = await handshake({}, { path });
      if (!reference) assert.equal(response.status, 404, path);
      connection.destroy();
    }
  });
  test("no compression unless it is switched on", async () => {
    const { connection, response } = await handshake(offer().headers);
    assert.equal(response.headers["sec-websocket-extensions"], undefined);
    connection.write(frame(text, deflate("x"), { reserved: rsv1 }));
    await expect_failure(connection, 1002);
  });
});

describe("negotiation of permessage-deflate", () => {
  const holder = shared(before, after, "conformance", ["--suite", "websocket", "--deflate"]);
  const answer = async (headers) => {
    const connection = await Connection.open(holder.program.port);
    connection.write(format_request("GET", "/", { ...websocket_headers, ...headers }));
    const response = await connection.response();
    return { connection, response, value: response.headers["sec-websocket-extensions"] };
  };
  // Sends a message with the agreed parameters, and expects its echo.
  async function works({ connection, response }) {
    assert.equal(response.status, 101);
    const data = compressible(5000);
    connection.write(frame(binary, deflate(data, { windowBits: 9 }), { reserved: rsv1 }));
    const { payload } = await expect_frame(connection, binary, data, rsv1);
    assert.ok(payload.length < data.length);
    connection.destroy();
  }
  for (const [value, asked, refused_by_reference] of [
    ["permessage-deflate", {}],
    ["permessage-deflate; client_max_window_bits", { client_bits: 15 }],
    ["permessage-deflate; client_max_window_bits=15", { client_bits: 15 }],
    ["permessage-deflate; client_max_window_bits=9", { client_bits: 9 }],
    ["permessage-deflate; server_max_window_bits=9", { server_bits: 9 }],
    ["permessage-deflate; server_max_window_bits=15", { server_bits: 15 }],
    ['permessage-deflate; server_max_window_bits="10"', { server_bits: 10 }],
    ["permessage-deflate; server_no_context_takeover", { server_no: true }],
    ["permessage-deflate; client_no_context_takeover", { client_no: true }],
    ["permessage-deflate;server_max_window_bits=10;client_max_window_bits=11;client_no_context_takeover;server_no_context_takeover", { server_no: true, client_no: true, server_bits: 10, client_bits: 11 }],
    ["  permessage-deflate  ;  client_max_window_bits  =  12  ", { client_bits: 12 }, true],
    ["x-other; a=b, permessage-deflate", {}],
    ["permessage-deflate; server_max_window_bits=10, permessage-deflate", { server_bits: 10 }],
    ["permessage-deflate; unknown, permessage-deflate; server_max_window_bits=11", { server_bits: 11 }, true],
    ["permessage-deflate; server_max_window_bits=16, permessage-deflate; client_max_window_bits", { client_bits: 15 }, true],
  ])
    test(value, { skip: reference && refused_by_reference && "the reference refuses the request" }, async () => {
      const result = await answer({ "Sec-WebSocket-Extensions": value });
      check_agreement(result.value, asked);
      await works(result);
    });
  test("offers in two header fields", async () => {
    const result = await answer({ "Sec-WebSocket-Extensions": "x-other", "sec-websocket-extensions": "permessage-deflate; server_no_context_takeover" });
    check_agreement(result.value, { server_no: true });
    await works(result);
  });
  for (const value of [
    "", "x-other", "permessage-bzip2", "x-webkit-deflate-frame", "permessage-deflated",
    ...[
      "unknown", "unknown=1", "server_no_context_takeover=1", "client_no_context_takeover=true",
      "server_max_window_bits", ...["", "0", "7", "8", "16", "09", "-9", "+9", "9x", "1e1", "10.0", "0xa", "4294967305"].map((bits) => `server_max_window_bits=${bits}`),
      ...["", "0", "7", "16", "09", "-9", "9x", "4294967305"].map((bits) => `client_max_window_bits=${bits}`),
      "server_no_context_takeover; server_no_context_takeover", "client_no_context_takeover; client_no_context_takeover",
      "server_max_window_bits=10; server_max_window_bits=10", "client_max_window_bits; client_max_window_bits=10", "", "; client_max_window_bits",
    ].map((parameters) => `permessage-deflate; ${parameters}`),
  ])
    test(`not agreed: ${value}`, async () => {
      const { connection, response, value: agreed } = await answer({ "Sec-WebSocket-Extensions": value });
      // The reference supports windows of 2^8 bytes, and reads numbers as JavaScript does.
      if (reference && /=(8|09|\+9|1e1|10\.0|0xa)$/.test(value)) return connection.destroy();
      assert.ok([101, 400].includes(response.status), String(response.status));
      assert.equal(agreed, undefined);
      if (response.status === 101) {
        connection.write(frame(text, deflate("x"), { reserved: rsv1 }));
        await expect_failure(connection, 1002);
      }
      connection.destroy();
    });
});

for (const threads of [1, 2]) {
  describe(`permessage-deflate, ${threads} thread${threads > 1 ? "s" : ""}`, () => {
    const holder = shared(before, after, "conformance", ["--suite", "websocket", "--deflate", "--threads", threads]);
    const open = () => raw(holder.program, offer());

    describe("every combination of the parameters", () => {
      const messages = [
        compressible(40_000), readable(3000), incompressible(5000), "", Buffer.alloc(0), "short", Buffer.alloc(70_000), compressible(40_000), readable(3000),
      ];
      const bits = [9, 10, 11, 12, 13, 14, 15];
      for (const server_no of [undefined, true])
        for (const client_no of [undefined, true])
          test(`server_no_context_takeover ${!!server_no}, client_no_context_takeover ${!!client_no}`, { timeout: 300_000 }, async () => {
            for (const server_bits of [undefined, ...bits])
              for (const client_bits of [false, undefined, ...bits]) {
                const client = await Client.open(holder.program, {
                  perMessageDeflate: {
                    threshold: 0, serverNoContextTakeover: server_no, clientNoContextTakeover: client_no, serverMaxWindowBits: server_bits, clientMaxWindowBits: client_bits,
                  },
                });
                check_agreement(client.extensions, { server_no, client_no, server_bits, client_bits: client_bits === false ? undefined : client_bits ?? 15 });
                for (const message of messages) client.send(message);
                for (const message of messages) await client.receives(message, `server ${server_bits}, client ${client_bits}`);
                await client.close();
              }
          });
    });

    describe("messages", () => {
      test("are compressed, small ones too", async () => {
        const connection = await open();
        for (const size of [100, 5000, 1 << 20]) {
          const data = Buffer.alloc(size, "x");
          for (const payload of [frame(text, data), frame(text, deflate(data), { reserved: rsv1 })]) {
            connection.write(payload);
            const received = await expect_frame(connection, text, data, rsv1);
            assert.ok(received.payload.length <= 8 + size / 8, `${size} bytes became ${received.payload.length}`);
          }
        }
        connection.destroy();
      });
      // Section 7.2.3.2 of RFC 7692: the second "Hello" refers to the first one.
      test("the client may refer to the messages before", async () => {
        const connection = await raw(holder.program, offer("permessage-deflate"));
        assert.deepEqual(agreed_parameters(connection.handshake.headers["sec-websocket-extensions"]), {});
        connection.write(join_frames(
          frame(text, hex("f2 48 cd c9 c9 07 00"), { reserved: rsv1 }), frame(text, "in between"), frame(text, hex("f2 00 11 00 00"), { reserved: rsv1 }),
        ));
        const [first, , third] = [await next_frame(connection), await next_frame(connection), await next_frame(connection)];
        assert.deepEqual(inflate(first.payload), Buffer.from("Hello"));
        // The server's messages refer to earlier ones, too.
        assert.equal(third.reserved, rsv1);
        assert.ok(third.payload.length < first.payload.length, `${third.payload.length} bytes after ${first.payload.length}`);
        connection.destroy();
      });
      for (const [value, kept] of [
        ["permessage-deflate", true],
        ["permessage-deflate; client_no_context_takeover", true],
        ["permessage-deflate; server_no_context_takeover", false],
        // The previous message is longer than the window.
        ["permessage-deflate; server_max_window_bits=10", false],
        ["permessage-deflate; server_max_window_bits=12", true],
      ])
        test(`${value}: the server ${kept ? "refers" : "does not refer"} to the messages before`, async () => {
          const connection = await raw(holder.program, offer(value));
          const lengths = [];
          for (let i = 0; i < 3; i++) {
            connection.write(frame(binary, incompressible(2000)));
            lengths.push((await next_frame(connection)).payload.length);
          }
          assert.ok(lengths[0] >= 2000, `${lengths}`);
          for (const length of lengths.slice(1)) assert.ok(kept ? length < 100 : length >= 2000, `${lengths}`);
          connection.destroy();
        });
      test("not every one has to be compressed", async () => {
        const client = await Client.open(holder.program, { perMessageDeflate: { threshold: 0 } });
        for (let i = 0; i < 20; i++) await client.echoes(i % 3 ? readable(2000 + i) : compressible(2000 + i), { compress: i % 2 === 0 });
        await client.close();
      });
      // Section 7.2.3 of RFC 7692: ways to write "Hello".
      for (const [what, digits] of [
        ["one block", "f2 48 cd c9 c9 07 00"],
        ["a block without compression", "00 05 00 fa ff 48 65 6c 6c 6f 00"],
        ["a final block", "f3 48 cd c9 c9 07 00 00"],
        ["two blocks", "f2 48 05 00 00 00 ff ff ca c9 c9 07 00"],
      ])
        test(`in ${what}, whole and in fragments of one byte`, async () => {
          const connection = await open();
          const data = hex(digits);
          for (let i = 0; i < 3; i++)
            for (const frames of [[frame(text, data, { reserved: rsv1 })], fragments(text, data, 1, { reserved: rsv1 })]) {
              connection.write(join_frames(frames));
              await expect_frame(connection, text, "Hello");
            }
          connection.destroy();
        });
      test("an empty message", async () => {
        const connection = await open();
        // The header of an empty block: alone, after an empty block, and after an empty final one.
        for (const payload of ["00", "02 00", "03 00 00"]) {
          connection.write(frame(text, hex(payload), { reserved: rsv1 }));
          await expect_frame(connection, text, "");
        }
        await still_serves(connection);
      });
      test("UTF-8 is checked when inflated", async () => {
        const connection = await open();
        const valid = Buffer.from("Zoë 🎉");
        connection.write(join_frames(fragments(text, deflate(valid), 1, { reserved: rsv1 })));
        await expect_frame(connection, text, valid);
        connection.destroy();
        for (const digits of ["ff", "c3", "ed a0 80", "f4 90 80 80"])
          await refuses(holder.program, 1007, frame(text, deflate(Buffer.concat([Buffer.alloc(5000, "x"), hex(digits)])), { reserved: rsv1 }), offer());
        const other = await open();
        other.write(frame(binary, deflate(bytes(0xff)), { reserved: rsv1 }));
        await expect_frame(other, binary, bytes(0xff));
        other.destroy();
      });
      test("byte by byte", async () => {
        const connection = await open();
        const data = Buffer.from(readable(1000));
        await write_in_steps(connection, join_frames(frame(text, deflate(data), { reserved: rsv1 }), frame(text, "plain")), 1);
        await expect_frame(connection, text, data, rsv1);
        await expect_frame(connection, text, "plain");
        connection.destroy();
      });
    });

    describe("fragments", () => {
      test("with control frames between them", async () => {
        const connection = await open();
        for (const data of [compressible(20_000), incompressible(20_000)])
          for (const size of [1, 100, 1300]) {
            const frames = fragments(binary, deflate(data), size, { reserved: rsv1 });
            connection.write(join_frames(frames.slice(0, -1).flatMap((item, i) => (i % 500 ? [item] : [item, frame(ping, `${i}`), frame(pong)]))));
            for (let i = 0; i < frames.length - 1; i += 500) await expect_frame(connection, pong, `${i}`);
            connection.write(frames.at(-1));
            await expect_frame(connection, binary, data);
          }
        await still_serves(connection);
      });
      test("empty ones before, between and after", async () => {
        const connection = await open();
        const data = deflate(readable(2000));
        const empty = frame(continuation, "", part);
        connection.write(join_frames(
          frame(text, "", { fin: false, reserved: rsv1 }), empty, frame(continuation, data.subarray(0, 20), part), empty, frame(continuation, data.subarray(20), part), empty, frame(continuation),
        ));
        await expect_frame(connection, text, readable(2000), rsv1);
        connection.destroy();
      });
      test("as many as there may be, and one more: 1008", { timeout: 120_000 }, async () => {
        const data = incompressible(max_fragments - 100);
        const compressed = deflate(data, { level: 0, memLevel: 9 });
        assert.ok(compressed.length <= max_fragments);
        const missing = max_fragments - compressed.length;
        const frames = fragments(binary, compressed, 1, { reserved: rsv1 });
        const filled = (count) => [frames[0], Array(count).fill(frame(continuation, "", part)), frames.slice(1)].flat();
        const connection = await open();
        connection.write(join_frames(filled(missing)));
        await expect_frame(connection, binary, data);
        connection.destroy();
        await refuses(holder.program, 1008, join_frames(filled(missing + 1)), offer());
      });
    });

    describe("what is refused", () => {
      for (const [what, code, ...frames] of [
        ["RSV1 on a continuation", 1002, frame(text, deflate("xy").subarray(0, 1), { fin: false, reserved: rsv1 }), frame(continuation, deflate("xy").subarray(1), { reserved: rsv1 })],
        ["RSV1 on the continuation of a plain message", 1002, frame(text, "x", part), frame(continuation, deflate("y"), { reserved: rsv1 })],
        ["RSV1 on a ping", 1002, frame(ping, "x", { reserved: rsv1 })],
        ["RSV1 on a pong", 1002, frame(pong, "x", { reserved: rsv1 })],
        ["RSV1 on a close frame", 1002, frame(close, close_payload(1000), { reserved: rsv1 })],
        ["RSV2", 1002, frame(text, "x", { reserved: 2 })],
        ["RSV3", 1002, frame(text, "x", { reserved: 1 })],
        ["RSV1 and RSV2", 1002, frame(text, deflate("x"), { reserved: rsv1 | 2 })],
        ["a block of a type that does not exist", 1007, frame(binary, hex("ff ff ff ff"), { reserved: rsv1 })],
        ["lengths that do not fit each other", 1007, frame(binary, hex("00 05 00 00 00 48 65 6c 6c 6f 00"), { reserved: rsv1 })],
        ["a distance to before the message", 1007, frame(binary, hex("f2 00 11 00 00"), { reserved: rsv1 })],
        ["an end within a block", 1007, frame(binary, hex("00 64 00 9b ff 48 65"), { reserved: rsv1 })],
        ["an end within a block's head", 1007, frame(binary, hex("00 64"), { reserved: rsv1 })],
        ["no block", 1007, frame(binary, "", { reserved: rsv1 })],
        ["text that is not compressed", 1007, frame(text, "this is not compressed at all", { reserved: rsv1 })],
        ["a wrong block in the last fragment", 1007, frame(binary, hex("f2 48 05 00 00 00 ff ff"), { fin: false, reserved: rsv1 }), frame(continuation, hex("ff ff"))],
      ])
        test(`${what}: ${code}`, { skip: reference && ["an end within a block", "no block"].includes(what) && "the reference takes what there is" }, async () => {
          const other = await open();
          await refuses(holder.program, code, join_frames(frames), offer());
          await still_serves(other);
        });
      test("a message above the limit when inflated: 1009", { timeout: 120_000 }, async () => {
        const connection = await open();
        connection.write(frame(binary, deflate(Buffer.alloc(max_message)), { reserved: rsv1 }));
        await expect_frame(connection, binary, Buffer.alloc(max_message), rsv1);
        connection.destroy();
        await refuses(holder.program, 1009, frame(binary, deflate(Buffer.alloc(max_message + 1)), { reserved: rsv1 }), offer());
        await refuses(holder.program, 1009, join_frames(fragments(binary, deflate(Buffer.alloc(max_message + 1)), 100, { reserved: rsv1 })), offer());
      });
      for (const [what, make] of [
        ["in one frame", (data) => frame(binary, data, { reserved: rsv1 })],
        ["in fragments", (data) => join_frames(fragments(text, data, 1024, { reserved: rsv1 }))],
      ])
        test(`a megabyte that inflates to a gigabyte, ${what}: 1009, and it costs no memory`, { timeout: 120_000 }, async (context) => {
          const program = await start(context, "conformance", ["--suite", "websocket", "--deflate", "--threads", threads]);
          // The block refers to no other one, so that the test may repeat it.
          const block = deflateRawSync(Buffer.alloc(1 << 20), { finishFlush: constants.Z_FULL_FLUSH, level: 9 });
          const bomb = Buffer.concat(Array(1024).fill(block)).subarray(0, -4);
          assert.ok(bomb.length < 2 << 20);
          const other = await Client.open(program, { perMessageDeflate: true });
          await other.echoes(readable(100_000));
          const peak = () => Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${program.pid}/status`, "utf8"))[1]) * 1024;
          const before_it = peak();
          await refuses(program, 1009, make(bomb), offer());
          const grown = peak() - before_it;
          assert.ok(grown < 256 << 20, `${grown >> 20} MiB more`);
          await other.echoes(readable(100_000));
          await other.close();
        });
    });
  });
}

for (const threads of [1, 2])
  for (const compressed of [false, true])
    test(`many clients at once, ${threads} thread${threads > 1 ? "s" : ""}${compressed ? ", compressed" : ""}`, { timeout: 180_000 }, async (context) => {
      const program = await start(context, "conformance", ["--suite", "websocket", "--threads", threads, ...(compressed ? ["--deflate"] : [])]);
      const clients = await Promise.all(Array.from({ length: 300 }, () => Client.open(program, { perMessageDeflate: compressed && { threshold: 0 } })));
      await Promise.all(clients.map(async (client, i) => {
        const messages = Array.from({ length: 20 }, (_, k) => `${i}.${k} ${readable((k % 4) * 700)}`);
        for (const message of messages) client.send(message);
        for (const message of messages) await client.receives(message, `client ${i}`);
        for (let k = 0; k < 10; k++) await client.echoes(`${i}, alone ${k}`);
      }));
      await Promise.all(clients.map((client) => client.close()));
    });

describe("TLS", () => {
  const directory = mkdtempSync(join(tmpdir(), "socketio-websocket-"));
  const [certificate, key] = [join(directory, "certificate.pem"), join(directory, "key.pem")];
  execFileSync("openssl", [
    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate,
  ], { stdio: "pipe" });
  const ca = readFileSync(certificate);
  const holder = shared(before, after, "conformance", ["--suite", "websocket", "--deflate", "--threads", 2, "--tls-cert", certificate, "--tls-key", key]);
  after(() => rmSync(directory, { recursive: true }));

  for (const perMessageDeflate of [false, { threshold: 0 }])
    test(perMessageDeflate ? "compressed" : "not compressed", { timeout: 180_000 }, async () => {
      assert.match(holder.program.url, /^https:/);
      const client = await Client.open(holder.program, { perMessageDeflate, ca });
      for (const size of sizes) {
        await client.echoes(readable(size));
        await client.echoes(incompressible(size));
      }
      await client.echoes(compressible(max_message));
      for (let i = 1; i < 5000; i++) client.send("x", { fin: false });
      client.send("y");
      await client.receives(`${"x".repeat(4999)}y`);
      client.socket.ping("p");
      assert.deepEqual(await client.next("the pong"), ["pong", Buffer.from("p")]);
      await client.close(3210, "over");
    });
  test("a message above the limit: 1009", { timeout: 120_000 }, async () => {
    const client = await Client.open(holder.program, { ca });
    for (const size of [max_message, 1]) client.send(Buffer.alloc(size), { fin: false });
    assert.deepEqual((await client.next("the close frame")).slice(0, 2), ["close", 1009]);
  });
});

describe("Socket.IO", () => {
  test("messages below 1024 bytes are sent as they are", async (context) => {
    const program = await start(context, "conformance", ["--suite", "socketio", "--deflate"]);
    const connection = await raw_websocket(program.port, "/socket.io/?EIO=4&transport=websocket", offer());
    check_agreement(connection.handshake.headers["sec-websocket-extensions"], { server_no: true, client_no: true, client_bits: 15 });
    const opened = await next_frame(connection);
    assert.deepEqual([opened.reserved, opened.payload.toString()[0]], [0, "0"]);
    connection.write(frame(text, "40"));
    assert.match((await next_frame(connection)).payload.toString(), /^40/);
    assert.match((await next_frame(connection)).payload.toString(), /^42\["auth"/);
    const packet = (size) => {
      const [head, tail] = ['42["message","', '"]'];
      return head + "x".repeat(size - head.length - tail.length) + tail;
    };
    const answer = (size) => packet(size).replace("message", "message-back");
    for (const [size, reserved] of [[100, 0], [1023 - 5, 0], [1024, rsv1], [50_000, rsv1]]) {
      connection.write(frame(text, deflate(packet(size)), { reserved: rsv1 }));
      await expect_frame(connection, text, answer(size), reserved);
    }
    connection.destroy();
  });
  for (const compressed of [false, true])
    test(compressed ? "compressed" : "not compressed", { timeout: 120_000 }, async (context) => {
      const program = await start(context, "conformance", ["--suite", "socketio", "--threads", 2, ...(compressed ? ["--deflate"] : [])]);
      const sockets = [["websocket"], ["websocket"], ["polling", "websocket"]].map((transports) =>
        io(program.url, { transports, forceNew: true, reconnection: false, perMessageDeflate: { threshold: 0 } }));
      try {
        await Promise.all(sockets.map((socket) => within(deadline, "connect", once(socket, "connect"))));
        const { engine } = sockets[2].io;
        if (engine.transport.name !== "websocket") await within(deadline, "the upgrade", new Promise((resolve) => engine.once("upgrade", resolve)));
        for (const { io: manager } of sockets)
          assert.equal(manager.engine.transport.ws.extensions, compressed ? "permessage-deflate" : "");
        for (const size of [0, 100, 1024, 5000, 200_000])
          for (const socket of sockets) {
            const value = { text: readable(size), bytes: compressible(size) };
            const [answer] = await within(deadline, "the acknowledgement", socket.emitWithAck("echo", value).then((answer) => [answer]));
            same(answer.text, value.text, "text");
            same(Buffer.from(answer.bytes), value.bytes, "bytes");
            const arrivals = sockets.map((each) => once(each, "broadcast"));
            socket.emit("broadcast", readable(size));
            for (const [text_received] of await within(deadline, "the broadcast", Promise.all(arrivals))) same(text_received, readable(size), "broadcast");
          }
      } finally {
        for (const socket of sockets) socket.disconnect();
      }
    });
});
