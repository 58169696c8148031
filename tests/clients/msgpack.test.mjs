// MessagePack beside npm's socket.io-msgpack-parser: which packets both accept, what arrives, 100,000
// generated values both ways, and the bundle for browsers that the server hands out. What the official
// client does with it, clients.test.mjs tests.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import vm from "node:vm";
import notepack from "notepack.io";
import parser from "socket.io-msgpack-parser";
import { WebSocket } from "ws";
import { reference, shared, within } from "./program.mjs";
import { deadline, Peer, request } from "./wire.mjs";

const { encode } = notepack;
const [CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR] = [0, 1, 2, 3, 4];

// What npm's parser reads, or undefined if it refuses the message.
function read_by_npm(message) {
  const decoder = new parser.Decoder();
  let packet;
  decoder.on("decoded", (decoded) => (packet = decoded));
  try {
    decoder.add(message);
  } catch {
    return undefined;
  }
  return packet;
}

// A client of the namespaces / and /custom.
class Session {
  static async open(port) {
    const session = new Session();
    session.peer = await Peer.open(port, "/socket.io/?EIO=4&transport=websocket");
    await session.peer.next("the handshake");
    for (const nsp of ["/", "/custom"]) {
      session.peer.send(encode({ type: CONNECT, nsp }));
      assert.equal((await session.next()).type, CONNECT);
      assert.deepEqual((await session.next()).data, ["auth", {}]);
    }
    return session;
  }
  async next() {
    for (;;) {
      const message = await this.peer.next("a packet");
      if (message === "2") this.peer.send("3");
      else return read_by_npm(message);
    }
  }
  ask(id, values) {
    this.peer.send(encode({ type: EVENT, nsp: "/", id, data: ["message-with-ack", ...values] }));
  }
  // Whether the server still answers.
  async stays_open() {
    this.ask(99, []);
    try {
      while ((await this.next()).id !== 99);
      return true;
    } catch (error) {
      assert.match(error.message, /^closed/);
      return false;
    }
  }
  close() {
    this.peer.terminate();
  }
}

describe("MessagePack", () => {
  const conformance = shared(before, after, "conformance", ["--suite", "socketio", "--msgpack"]);
  const port = () => conformance.program.port;

  describe("accepts what npm's parser accepts", () => {
    const event = { type: EVENT, nsp: "/", data: ["e"] };
    const hex = (digits) => Buffer.from(digits.replaceAll(" ", ""), "hex");
    const nsp = "a36e7370 a12f";
    const data = "a464617461 91a165";
    const type = "a474797065";
    // The name, the message, whether npm's parser accepts it, whether this server does if it does not agree, and
    // whether the reference server does if that does not.
    const rows = [
      ["an event", encode(event), true],
      ["an event of the official client", encode({ ...event, options: { compress: true }, id: undefined }), true],
      ["any order of the members", encode({ data: ["e"], id: 7, nsp: "/", type: EVENT }), true],
      ["a member twice: the last counts", hex(`84 ${type}09 ${type}02 ${nsp} ${data}`), true],
      ["members with other keys than strings", hex(`86 07c0 c0c0 c3c0 ${type}02 ${nsp} ${data}`), true],
      ["members with bytes as keys", hex(`83 c404${type.slice(2)}02 ${nsp} ${data}`), true],
      ["a member with a list as its key", hex(`84 9107c0 ${type}02 ${nsp} ${data}`), true, false],
      ["a type in a longer form", hex(`83 ${type}cf0000000000000002 ${nsp} ${data}`), true],
      ["a type as a floating number", hex(`83 ${type}cb4000000000000000 ${nsp} ${data}`), true],
      ["a type with a fraction", encode({ ...event, type: 2.5 }), false],
      ["a type as a string", encode({ ...event, type: "2" }), false],
      ["a type below 0", encode({ ...event, type: -1 }), false],
      ["the type of events with bytes in Socket.IO 2", encode({ ...event, type: 5 }), false, true],
      ["a type above 6", encode({ ...event, type: 7 }), false],
      ["no type", encode({ nsp: "/", data: ["e"] }), false],
      ["no namespace", encode({ type: EVENT, data: ["e"] }), false],
      ["null as the namespace", encode({ ...event, nsp: null }), false],
      ["bytes as the namespace", encode({ ...event, nsp: Buffer.from("/") }), false],
      ["no data", encode({ type: EVENT, nsp: "/" }), false],
      ["undefined data", encode({ ...event, data: undefined }), false],
      ["null as the data", encode({ ...event, data: null }), false],
      ["an object as the data", encode({ ...event, data: { 0: "e", length: 1 } }), false],
      ["a string as the data", encode({ ...event, data: "e" }), false],
      ["bytes as the data", encode({ ...event, data: Buffer.from("e") }), false],
      ["an extension as the data", hex(`83 ${type}02 ${nsp} a464617461 d40765`), true],
      ["an event without a name", encode({ ...event, data: [] }), true, false],
      ["null as the name", encode({ ...event, data: [null] }), true, false],
      ["a list as the name", encode({ ...event, data: [["e"]] }), true, false],
      ["a number as the name", encode({ ...event, data: [7] }), true],
      ...["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"].map((name) =>
        [`the reserved name ${name}`, encode({ ...event, data: [name] }), true, false]),
      ["the id 0", encode({ ...event, id: 0 }), true],
      ["an id as a floating number", hex(`84 ${type}02 ${nsp} ${data} a26964 cb4014000000000000`), true],
      ["the largest exact id", encode({ ...event, id: 2 ** 53 - 1 }), true],
      ["a larger id", encode({ ...event, id: 2 ** 53 }), true, false],
      ["an id below 0", encode({ ...event, id: -1 }), true, false],
      ["an id with a fraction", encode({ ...event, id: 1.5 }), false],
      ["null as the id", encode({ ...event, id: null }), false],
      ["a string as the id", encode({ ...event, id: "1" }), false],
      ["an acknowledgement", encode({ type: ACK, nsp: "/", id: 1, data: [] }), true],
      ["an acknowledgement without data", encode({ type: ACK, nsp: "/", id: 1 }), false],
      ["an acknowledgement without an id", encode({ type: ACK, nsp: "/", data: [] }), true],
      ["leaving", encode({ type: DISCONNECT, nsp: "/custom" }), true],
      ["leaving with undefined data", encode({ type: DISCONNECT, nsp: "/custom", data: undefined }), true],
      ["leaving with data", encode({ type: DISCONNECT, nsp: "/custom", data: null }), false],
      ["connecting", encode({ type: CONNECT, nsp: "/nowhere", data: { a: Buffer.from("b") } }), true],
      ["connecting without a slash", encode({ type: CONNECT, nsp: "nowhere" }), true],
      ["connecting to an empty name", encode({ type: CONNECT, nsp: "" }), true],
      ["connecting with undefined data", encode({ type: CONNECT, nsp: "/nowhere", data: undefined }), true],
      ["connecting with null", encode({ type: CONNECT, nsp: "/nowhere", data: null }), false],
      ["connecting with a list", encode({ type: CONNECT, nsp: "/nowhere", data: [] }), false],
      ["connecting with a date", encode({ type: CONNECT, nsp: "/nowhere", data: new Date() }), false],
      ["connecting with bytes", encode({ type: CONNECT, nsp: "/nowhere", data: Buffer.from("b") }), false],
      ["a refusal", encode({ type: CONNECT_ERROR, nsp: "/", data: "no" }), true, false, false],
      ["a refusal without data", encode({ type: CONNECT_ERROR, nsp: "/" }), false],
      ["a list instead of a map", encode([EVENT, "/", ["e"]]), false],
      ["null", encode(null), false],
      ["nothing", Buffer.alloc(0), false],
      ["a text", "2", false],
      ["leaving as Socket.IO 2 writes it", "4" + JSON.stringify({ type: DISCONNECT, nsp: "/custom" }), false, true],
      ["an event in JSON", "4" + JSON.stringify(event), false],
      ["a byte too many", Buffer.concat([encode(event), Buffer.from([0])]), false],
      ["a byte too few", encode(event).subarray(0, -1), false],
      ["the byte that is never used", hex(`83 ${type}02 ${nsp} a464617461 92a165c1`), false],
      ["a size beyond the message", hex(`83 ${type}02 ${nsp} a464617461 ddffffffffa165`), false],
      ["bytes beyond the message", hex(`83 ${type}02 ${nsp} a464617461 92a165c6ffffffff`), false],
      ["ten buffers", encode({ ...event, data: ["e", ...Array(10).fill(Buffer.from("b"))] }), true],
      ["eleven buffers", encode({ ...event, data: ["e", ...Array(11).fill(Buffer.from("b"))] }), true, false],
      ["lists in 128 levels", hex(`83 ${type}02 ${nsp} a464617461 92a165 ${"91".repeat(126)}90`), true],
      ["lists in 129 levels", hex(`83 ${type}02 ${nsp} a464617461 92a165 ${"91".repeat(127)}90`), true, false],
    ];
    for (const [name, message, by_npm, here = by_npm, there = by_npm] of rows)
      test(name, async () => {
        assert.equal(read_by_npm(message) !== undefined, by_npm, "npm's parser");
        const session = await Session.open(port());
        session.peer.send(message);
        assert.equal(await session.stays_open(), reference ? there : here);
        session.close();
      });
  });

  const skip = reference && "the values are not those of JSON there";
  test("what JSON does not have arrives as JSON.stringify() writes it", { skip }, async () => {
    const bytes = Buffer.from([1, 2, 3]);
    const rows = [
      [undefined, null],
      [[undefined, 1], [null, 1]],
      [{ a: undefined, b: 1 }, { b: 1 }],
      [new Date(0), "1970-01-01T00:00:00.000Z"],
      [{ at: new Date("2024-02-29T12:34:56.789Z") }, { at: "2024-02-29T12:34:56.789Z" }],
      [NaN, null],
      [Infinity, null],
      [-Infinity, null],
      [-0, 0],
      [2 ** 53, 2 ** 53],
      [2 ** 63, 2 ** 63],
      [-(2 ** 63), -(2 ** 63)],
      [1.5e300, read_by_npm(encode({ type: ACK, nsp: "/", data: [1.5e300] })).data[0]], // notepack.io keeps 64 bits
      [new Uint8Array(bytes), bytes],
      [new Uint8Array(bytes).buffer, bytes],
      [Buffer.alloc(0), Buffer.alloc(0)],
      ["\ud83d\ude00", "\ud83d\ude00"],
      ["a\ud800".padEnd(40), "a\ufffd".padEnd(40)],
    ];
    const session = await Session.open(port());
    for (const [sent, arrives] of rows) {
      session.ask(1, [sent]);
      const { data } = await session.next();
      assert.deepEqual(data, [arrives]);
      assert.equal(Object.is(data[0], -0), false);
    }
    session.close();
  });

  test("an object that looks like a placeholder stays what it is", { skip }, async () => {
    const session = await Session.open(port());
    const look_alike = { _placeholder: true, num: 0 };
    session.ask(1, [look_alike, { in: [look_alike] }]);
    assert.deepEqual((await session.next()).data, [look_alike, { in: [look_alike] }]);
    // Together with bytes the server does not send it: nothing comes, and nothing else of it.
    session.ask(2, [look_alike, Buffer.from("mine")]);
    session.ask(3, ["after"]);
    const next = await session.next();
    assert.deepEqual([next.id, next.data], [3, ["after"]]);
    session.close();
  });

  test("100,000 generated values arrive as npm's parser reads them, and come back as it writes them", { skip, timeout: 120_000 }, async (context) => {
    const seed = Number(process.env.MSGPACK_SEED ?? 20240229);
    context.diagnostic(`seed ${seed}; MSGPACK_SEED chooses another one`);
    const [packets, values_of_packet, at_once] = [1000, 100, 20];
    const make = generator(seed);
    const session = await Session.open(port());
    let compared = 0;
    for (let first = 0; first < packets; first += at_once) {
      const expected = [];
      for (let i = first; i < first + at_once; i++) {
        const { encoded, values } = make(i, values_of_packet);
        expected.push(values);
        session.peer.send(encoded);
      }
      for (let i = first; i < first + at_once; i++) {
        const message = await session.peer.next(`packet ${i} of seed ${seed}`);
        const packet = read_by_npm(message);
        const where = `packet ${i} of seed ${seed}`;
        assert.equal(packet.id, i, where);
        for (const [at, value] of expected[i - first].entries()) assert.deepStrictEqual(packet.data[at], value, `value ${at} of ${where}`);
        assert.equal(packet.data.length, values_of_packet, where);
        const written = encode(expected[i - first]);
        assert.ok(message.subarray(-written.length).equals(written), `the bytes of ${where}`);
        compared += values_of_packet;
      }
    }
    assert.equal(compared, 100_000);
    session.close();
  });

  test("the bundle for browsers that the server hands out talks to it", { timeout: 60_000 }, async () => {
    const response = await request(port(), "GET", "/socket.io/socket.io.msgpack.min.js");
    assert.equal(response.status, 200);
    const { setTimeout, clearTimeout, setInterval, clearInterval, ArrayBuffer, Uint8Array, DataView, console, URL } = globalThis;
    const page = { WebSocket, setTimeout, clearTimeout, setInterval, clearInterval, ArrayBuffer, Uint8Array, DataView, console, URL };
    page.self = page.window = page;
    vm.runInNewContext(response.text, page);
    const socket = page.io(conformance.program.url, { transports: ["websocket"], reconnection: false, auth: { who: "page" } });
    try {
      const [auth] = await within(deadline, "the event auth", new Promise((resolve) => socket.on("auth", (...values) => resolve(values))));
      assert.equal(auth.who, "page");
      const bytes = new Uint8Array([1, 2, 3]).buffer;
      const answer = new Promise((resolve) => socket.emit("message-with-ack", "é", { bytes }, 1.5, (...values) => resolve(values)));
      const [text, nested, number] = await within(deadline, "the answer", answer);
      assert.equal(text, "é");
      assert.deepEqual(new Uint8Array(nested.bytes), new Uint8Array(bytes));
      assert.equal(number, 1.5);
    } finally {
      socket.disconnect();
    }
  });
});

// --- Generated values

// Numbers from 0 to 1, the same ones for a seed (mulberry32).
function random_numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// A value as JSON has it, apart from bytes.
function as_json(value) {
  if (value === undefined) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value + 0 : null;
  if (value === null || typeof value !== "object" || Buffer.isBuffer(value)) return value;
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  if (value instanceof Date) return value.toJSON();
  if (Array.isArray(value)) return value.map(as_json);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, as_json(member)]));
}

// Returns a function that makes an event, its bytes and the values that have to arrive. Half of the events
// notepack.io has written; the others have each form that it reads, also those that it does not write.
function generator(seed) {
  const random = random_numbers(seed);
  const below = (limit) => Math.floor(random() * limit);
  const one_of = (list) => list[below(list.length)];
  const sized = (size, at) => Buffer.from(Array.from({ length: size }, (_, i) => (at + i) & 255));
  let has_buffers = false;
  let buffers_left = 0;
  let keys = 0;

  function text(longest) {
    const alphabet = ["a", "b", "0", " ", '"', "\\", "/", "\n", "\u0000", "\u007f", "é", "ж", "€", "\u2028", "\uffff", "😀"];
    return Array.from({ length: below(4) ? below(12) : below(longest) }, () => one_of(alphabet)).join("");
  }
  const key = () => `k${++keys}${text(20)}`;
  function number() {
    switch (below(6)) {
      case 0: return below(300) - 150;
      case 1: return Math.floor((random() - 0.5) * 2 ** below(54));
      case 2: return one_of([0, -0, NaN, Infinity, -Infinity, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53, -(2 ** 53), 2 ** 63, 5e-324, Number.MAX_VALUE]);
      case 3: return (random() - 0.5) * 10 ** (below(40) - 20);
      case 4: return (below(2) ? 1 : -1) * 2 ** (below(60) + random());
      default: return below(1e6) / 100;
    }
  }
  function list_size(depth) {
    return depth > 3 ? 0 : one_of([0, 1, 2, 3, 3, 5, 15, 16, 17].slice(0, depth === 0 ? 9 : 5));
  }
  function value(depth) {
    switch (below(12)) {
      case 0: return null;
      case 1: return undefined;
      case 2: return below(2) === 1;
      case 3: return new Date(below(2) ? Math.floor((random() - 0.5) * 1.728e16) : below(2e12));
      case 4:
        if (!has_buffers) return { _placeholder: true, num: below(3) };
        if (buffers_left === 0) return false;
        buffers_left--;
        return one_of([Buffer.from, (bytes) => new Uint8Array(bytes).buffer])(sized(below(120), below(256)));
      case 5: return Array.from({ length: list_size(depth) }, () => value(depth + 1));
      case 6: return Object.fromEntries(Array.from({ length: list_size(depth) }, () => [key(), value(depth + 1)]));
      case 7: case 8: return text(120);
      default: return number();
    }
  }

  // The same in any form: an array of bytes.
  const big_endian = (bytes, write, number) => {
    const buffer = Buffer.alloc(bytes);
    buffer[write](number);
    return [...buffer];
  };
  const with_size = (size, [form_8, form_16, form_32]) =>
    one_of([
      ...(size < 0x100 && form_8 ? [() => [form_8, size]] : []),
      ...(size < 0x10000 ? [() => [form_16, ...big_endian(2, "writeUInt16BE", size)]] : []),
      () => [form_32, ...big_endian(4, "writeUInt32BE", size)],
    ])();
  function number_form() {
    switch (below(11)) {
      case 0: return [below(128)];
      case 1: return [0xe0 + below(32)];
      case 2: return [0xcc, below(256)];
      case 3: return [0xcd, below(256), below(256)];
      case 4: return [0xd0, below(256)];
      case 5: return [0xd1, below(256), below(256)];
      case 6: return [one_of([0xce, 0xd2]), ...sized(4, below(256))];
      case 7: return [0xcf, ...big_endian(8, "writeBigUInt64BE", BigInt(below(2 ** 53)))];
      case 8: return [0xd3, ...big_endian(8, "writeBigInt64BE", BigInt(below(2 ** 53) - 2 ** 52))];
      case 9: return [0xca, ...big_endian(4, "writeFloatBE", number())];
      default: return [0xcb, ...big_endian(8, "writeDoubleBE", whole_within_64_bits(number()))];
    }
  }
  // Larger whole numbers notepack.io reads, but does not write.
  const whole_within_64_bits = (number) => (Number.isInteger(number) && Math.abs(number) >= 2 ** 63 ? 0.5 : number);
  function text_form() {
    const bytes = below(8) ? Buffer.from(text(120)) : sized(below(40), below(256)); // mostly UTF-8
    const head = bytes.length < 32 && below(2) ? [0xa0 + bytes.length] : with_size(bytes.length, [0xd9, 0xda, 0xdb]);
    return [...head, ...bytes];
  }
  function bytes_form() {
    if (buffers_left === 0) return [0xc2];
    buffers_left--;
    if (below(3) === 0) {
      const size = below(5);
      return [0xd4 + size, one_of([-1, 5, 127, -128]) & 255, ...sized(2 ** size, below(256))];
    }
    const bytes = sized(below(120), below(256));
    if (below(2)) return [...with_size(bytes.length, [0xc4, 0xc5, 0xc6]), ...bytes];
    return [...with_size(bytes.length, [0xc7, 0xc8, 0xc9]), one_of([0, 0, 7, -1]) & 255, ...bytes];
  }
  const key_form = () => {
    const bytes = Buffer.from(key());
    return [...with_size(bytes.length, one_of([[0xd9, 0xda, 0xdb], [0xc4, 0xc5, 0xc6]])), ...bytes];
  };
  function form(depth) {
    switch (below(12)) {
      case 0: return [0xc0];
      case 1: return [0xd4, 0, below(256)];
      case 2: return [0xc2 + below(2)];
      case 3: return [0xd7, 0, ...big_endian(8, "writeBigInt64BE", BigInt(Math.floor((random() - 0.5) * 1.8e16)))];
      case 4: return bytes_form();
      case 5: case 6: {
        const size = list_size(depth);
        const is_list = below(2) === 1;
        const head = size < 16 && below(2) ? [(is_list ? 0x90 : 0x80) + size] : with_size(size, is_list ? [0, 0xdc, 0xdd] : [0, 0xde, 0xdf]);
        return head.concat(...Array.from({ length: size }, () => (is_list ? form(depth + 1) : [...key_form(), ...form(depth + 1)])));
      }
      case 7: case 8: return text_form();
      default: return number_form();
    }
  }

  return (id, count) => {
    has_buffers = below(2) === 1;
    buffers_left = has_buffers ? 10 : 0;
    const name = "message-with-ack";
    let encoded;
    if (below(2)) {
      encoded = encode({ type: EVENT, data: [name, ...Array.from({ length: count }, () => value(0))], id, nsp: "/" });
    } else {
      const forms = Array.from({ length: count }, () => form(0));
      const head = encode({ type: EVENT, id, nsp: "/", data: [] }).subarray(0, -1);
      encoded = Buffer.concat([head, Buffer.from([0xdc, 0, count + 1]), encode(name), Buffer.from(forms.flat())]);
    }
    return { encoded, values: read_by_npm(encoded).data.slice(1).map(as_json) };
  };
}
