// Raw clients: bytes over node:net, HTTP responses, WebSocket frames, Engine.IO sessions.
import net from "node:net";
import { once } from "node:events";
import { WebSocket } from "ws";
import { within } from "./program.mjs";

export const deadline = 20_000;
export const record_separator = "\x1e";

// A queue between an event source and a test that awaits one item after the other.
export class Queue {
  #items = [];
  #waiting = [];
  #end;
  push(item) {
    if (this.#waiting.length) this.#waiting.shift().resolve(item);
    else this.#items.push(item);
  }
  end(error) {
    this.#end ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#end);
  }
  get size() {
    return this.#items.length;
  }
  next(what = "the next item", milliseconds = deadline) {
    if (this.#items.length) return Promise.resolve(this.#items.shift());
    if (this.#end) return Promise.reject(this.#end);
    const item = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    return within(milliseconds, what, item);
  }
}

// A TCP connection on which the test writes and reads every byte.
export class Connection {
  received = Buffer.alloc(0);
  ended = false;
  #wake = [];

  static async open(port, host = "127.0.0.1") {
    const connection = new Connection();
    connection.socket = net.connect({ port, host, noDelay: true });
    connection.socket.on("data", (data) => {
      connection.received = Buffer.concat([connection.received, data]);
      connection.#notify();
    });
    const finish = () => {
      connection.ended = true;
      connection.#notify();
    };
    connection.socket.on("end", finish).on("close", finish);
    connection.socket.on("error", finish);
    await within(deadline, "the TCP connection", once(connection.socket, "connect"));
    return connection;
  }
  #notify() {
    for (const wake of this.#wake.splice(0)) wake();
  }
  write(bytes) {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }
  // Writes, and waits until the system has taken the bytes.
  flush(bytes) {
    return within(deadline, "the write", new Promise((resolve) => this.socket.write(bytes, resolve)));
  }
  // Waits until `ready` returns something other than undefined, or the connection has ended.
  async until(what, ready) {
    const loop = async () => {
      for (;;) {
        const result = ready();
        if (result !== undefined) return result;
        if (this.ended) return undefined;
        await new Promise((resolve) => this.#wake.push(resolve));
      }
    };
    return within(deadline, what, loop());
  }
  // Waits for the next HTTP response; undefined if the connection ends instead.
  response(method = "GET") {
    return this.until(`the response to ${method}`, () => {
      const parsed = parse_response(this.received, method, this.ended);
      if (!parsed) return undefined;
      this.received = this.received.subarray(parsed.length);
      return parsed;
    });
  }
  // Waits for the server's next WebSocket frame, {fin, opcode, payload}; undefined at the end.
  frame() {
    return this.until("a WebSocket frame", () => {
      const parsed = parse_frame(this.received);
      if (!parsed) return undefined;
      this.received = this.received.subarray(parsed.length);
      return parsed;
    });
  }
  async closed(what = "the server closes the connection") {
    await this.until(what, () => undefined);
  }
  destroy() {
    this.socket.destroy();
  }
}

function parse_response(bytes, method, ended) {
  const head_end = bytes.indexOf("\r\n\r\n");
  if (head_end < 0) return undefined;
  const lines = bytes.subarray(0, head_end).toString("latin1").split("\r\n");
  const status_line = /^HTTP\/1\.[01] (\d{3})/.exec(lines[0]);
  if (!status_line) throw new Error(`not an HTTP response: ${lines[0]}`);
  const status = Number(status_line[1]);
  const headers = {};
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  const start = head_end + 4;
  const make = (body, length) => ({ status, headers, body, text: body.toString("utf8"), length });
  if (status < 200 || status === 204 || status === 304 || method === "HEAD") return make(Buffer.alloc(0), start);
  if (/chunked/i.test(headers["transfer-encoding"] ?? "")) {
    const parts = [];
    for (let at = start; ; ) {
      const line_end = bytes.indexOf("\r\n", at);
      if (line_end < 0) return undefined;
      const size = parseInt(bytes.subarray(at, line_end).toString("latin1"), 16);
      const next = line_end + 2 + size + 2;
      if (bytes.length < next) return undefined;
      parts.push(bytes.subarray(line_end + 2, line_end + 2 + size));
      at = next;
      if (size === 0) return make(Buffer.concat(parts), at);
    }
  }
  if (headers["content-length"] !== undefined) {
    const end = start + Number(headers["content-length"]);
    return bytes.length < end ? undefined : make(Buffer.from(bytes.subarray(start, end)), end);
  }
  return ended ? make(Buffer.from(bytes.subarray(start)), bytes.length) : undefined;
}

function parse_frame(bytes) {
  if (bytes.length < 2) return undefined;
  let size = bytes[1] & 0x7f;
  let start = 2;
  if (size === 126) {
    if (bytes.length < 4) return undefined;
    size = bytes.readUInt16BE(2);
    start = 4;
  } else if (size === 127) {
    if (bytes.length < 10) return undefined;
    size = Number(bytes.readBigUInt64BE(2));
    start = 10;
  }
  if (bytes.length < start + size) return undefined;
  return {
    fin: (bytes[0] & 0x80) !== 0,
    opcode: bytes[0] & 0x0f,
    masked: (bytes[1] & 0x80) !== 0,
    payload: Buffer.from(bytes.subarray(start, start + size)),
    length: start + size,
  };
}

// Encodes a frame of a client; with options also one that no client may send.
export function frame(opcode, payload = "", { fin = true, reserved = 0, mask = true } = {}) {
  const data = Buffer.from(payload);
  const key = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);
  const head = [(fin ? 0x80 : 0) | (reserved << 4) | opcode];
  const flag = mask ? 0x80 : 0;
  if (data.length < 126) head.push(flag | data.length);
  else if (data.length < 65536) head.push(flag | 126, data.length >> 8, data.length & 255);
  else {
    const size = Buffer.alloc(8);
    size.writeBigUInt64BE(BigInt(data.length));
    head.push(flag | 127, ...size);
  }
  if (!mask) return Buffer.concat([Buffer.from(head), data]);
  const body = Buffer.from(data);
  for (let i = 0; i < body.length; i++) body[i] ^= key[i & 3];
  return Buffer.concat([Buffer.from(head), key, body]);
}

export const websocket_headers = {
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};

export function format_request(method, path, headers = {}, body) {
  const all = { Host: "localhost", ...headers };
  if (body !== undefined && !("Content-Length" in all) && !("Transfer-Encoding" in all))
    all["Content-Length"] = Buffer.byteLength(body);
  const head = Object.entries(all).filter(([, value]) => value !== undefined);
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`, "latin1"),
    Buffer.from(body ?? ""),
  ]);
}

// Sends a request on a new connection, and returns the response.
export async function request(port, method, path, { headers, body, host } = {}) {
  const connection = await Connection.open(port, host);
  try {
    connection.write(format_request(method, path, headers, body));
    const response = await connection.response(method);
    if (!response) throw new Error(`no response to ${method} ${path}`);
    return response;
  } finally {
    connection.destroy();
  }
}

// Opens a raw WebSocket connection, and reads the 101 response; frames follow.
export async function raw_websocket(port, path, { headers, head } = {}) {
  const connection = await Connection.open(port);
  const bytes = format_request("GET", path, { ...websocket_headers, ...headers });
  connection.write(head ? Buffer.concat([bytes, head]) : bytes);
  const response = await connection.response();
  if (response?.status !== 101) {
    connection.destroy();
    throw new Error(`no WebSocket at ${path}: ${response?.status} ${response?.text}`);
  }
  connection.handshake = response;
  return connection;
}

// A WebSocket of package ws with a queue of messages. Text arrives as string, binary as Buffer.
export class Peer {
  messages = new Queue();
  static async open(port, path, { headers, protocols = [] } = {}) {
    const peer = new Peer();
    peer.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { headers, perMessageDeflate: false });
    peer.socket.on("message", (data, binary) => peer.messages.push(binary ? data : data.toString("utf8")));
    peer.closed = new Promise((resolve) => {
      peer.socket.on("close", (code, reason) => {
        peer.messages.end(new Error(`closed ${code}`));
        resolve({ code, reason: reason.toString() });
      });
    });
    peer.socket.on("error", () => {});
    const refused = new Promise((resolve) => {
      peer.socket.on("unexpected-response", (request, response) => {
        const chunks = [];
        const done = () => {
          request.destroy();
          resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() });
        };
        response.on("data", (chunk) => chunks.push(chunk)).on("end", done).on("error", done);
      });
    });
    const opened = new Promise((resolve) => peer.socket.on("open", resolve));
    peer.refusal = await within(deadline, `the WebSocket ${path}`, Promise.race([opened, refused, peer.closed.then((close) => ({ close }))]));
    return peer;
  }
  send(data) {
    this.socket.send(data);
  }
  next(what) {
    return this.messages.next(what);
  }
  // Waits until the server closes: {code, reason}; code 1005 is a close frame without a code.
  async close_frame() {
    return within(deadline, "the server closes the WebSocket", this.closed);
  }
  terminate() {
    this.socket.terminate();
  }
}

// An Engine.IO session over polling.
export class PollingSession {
  static async open(port, path, { headers } = {}) {
    const session = new PollingSession();
    session.port = port;
    session.base = `${path}?EIO=4&transport=polling`;
    session.response = await request(port, "GET", session.base, { headers });
    if (session.response.status !== 200) throw new Error(`no session: ${session.response.status} ${session.response.text}`);
    session.handshake = JSON.parse(session.response.text.slice(1).split(record_separator)[0]);
    session.sid = session.handshake.sid;
    session.url = `${session.base}&sid=${session.sid}`;
    return session;
  }
  poll() {
    return request(this.port, "GET", this.url);
  }
  post(body, headers) {
    return request(this.port, "POST", this.url, { body, headers: { "Content-Type": "text/plain;charset=UTF-8", ...headers } });
  }
  // Sends a poll on a new connection, and returns that without waiting for the response.
  async pending_poll() {
    const connection = await Connection.open(this.port);
    await connection.flush(format_request("GET", this.url));
    return connection;
  }
}
