// Clients of several generations come, join rooms and namespaces, lose their connections and recover, and go;
// then the server holds what it held before. SOAK_SECONDS makes it longer, SOAK_CLIENTS more.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import * as client_4 from "socket.io-client";
import client_2 from "socket.io-client-2";
import { launch, within } from "./program.mjs";

const seconds = Number(process.env.SOAK_SECONDS ?? 6);
const clients = Number(process.env.SOAK_CLIENTS ?? 20);
const patience = 60_000;
const away = 1_000; // ms for which the server waits for a client
const transports = [["polling"], ["websocket"], ["polling", "websocket"]];

const pick = (list) => list[Math.floor(Math.random() * list.length)];
const number = (below) => Math.floor(Math.random() * below);
const event = (emitter, name) => within(patience, name, new Promise((resolve) => emitter.once(name, (...values) => resolve(values))));
const ask = (socket, ...values) =>
  within(patience, `the answer to ${values[0]}`, new Promise((resolve) => socket.emit(...values, resolve)));

async function connected(manager, name) {
  const socket = manager.socket(name);
  if (!socket.connected) await event(socket.connect(), "connect");
  return socket;
}

// Loses the connection, without a word or with one, and waits until the client is back.
async function lose_connection(manager, socket) {
  const back = event(socket, "connect");
  if (number(2) === 0) {
    manager.engine.close();
  } else {
    // The server has to notice it by itself.
    manager.engine.transport.onClose();
  }
  await back;
}

// What a user does from its coming to its going. Returns how often it recovered.
async function visit(url) {
  const { Manager } = pick([client_4, client_4, client_4, client_2]);
  const manager = new Manager(url, { transports: pick(transports), autoConnect: false, reconnectionDelay: 10, reconnectionDelayMax: 50 });
  let recovered = 0;
  try {
    const socket = await connected(manager, "/");
    const child = await connected(manager, `/child-${number(50)}`);
    for (let i = 0; i < 5; ++i) {
      const room = `room-${number(100)}`;
      await ask(socket, "join", [room, `own-${number(1_000_000)}`]);
      await ask(child, "join", room);
      socket.emit("in-room", room, "news", i, Buffer.alloc(number(200)));
      if (number(3) === 0) await ask(socket, "leave", room);
      if (number(4) === 0) {
        await lose_connection(manager, socket);
        if (socket.recovered) ++recovered;
      }
    }
    if (number(2) === 0) child.disconnect();
  } finally {
    manager.reconnection(false);
    if (number(3) === 0) {
      manager.engine.transport.onClose();
    } else {
      manager._close ? manager._close() : manager.close();
    }
  }
  return recovered;
}

// Visits for so many seconds, by so many clients at once.
async function visits(url, duration) {
  const end = Date.now() + duration * 1000;
  const client = async () => {
    let recovered = 0;
    while (Date.now() < end) recovered += await visit(url);
    return recovered;
  };
  const all = await Promise.all(Array.from({ length: clients }, client));
  return all.reduce((sum, each) => sum + each, 0);
}

// What the server holds when all clients have gone: a polling client that does not fetch the packet that closes
// its session leaves the session for 30 s, as in the reference.
async function rest(observer) {
  const still = ({ sessions, sockets, rooms, children, keptEvents, keptSockets }) =>
    sessions === 1 && sockets + rooms + children + keptEvents + keptSockets === 0;
  const deadline = Date.now() + patience;
  for (;;) {
    const counts = await ask(observer, "counts");
    if ((still(counts) && counts.connections === 1) || Date.now() > deadline) return counts;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

// The heap is counted whole only with one arena.
process.env.MALLOC_ARENA_MAX = "1";

describe("a soak", { concurrency: true }, () => {
  for (const threads of [1, 3]) {
    test(`ends with what it began with, with ${threads} thread(s)`, { timeout: (seconds + 1) * 2000 + 3 * patience }, async (context) => {
      const program = await launch("fixture", [
        "--threads", threads, "--eio3", "--recovery", "--max-disconnection-duration", away, "--ping-interval", 500, "--ping-timeout", 500,
      ]);
      const manager = new client_4.Manager(program.url, { transports: ["websocket"] });
      try {
        const observer = await connected(manager, "/observer");
        // First what is made once and kept.
        await visits(program.url, Math.max(2, seconds / 10));
        const before = await rest(observer);
        const recovered = await visits(program.url, seconds);
        const after = await rest(observer);
        context.diagnostic(JSON.stringify({ before, after }));
        assert.ok(recovered > 0, "no client recovered");
        const { heapBytes, recovered: _, ...counts } = after;
        assert.deepEqual(counts, {
          connections: 1, sessions: 1, queueBytes: 0, sockets: 0, rooms: 0, children: 0, keptEvents: 0, keptSockets: 0,
          descriptors: before.descriptors,
        });
        assert.ok(heapBytes < before.heapBytes + 256 * 1024, `the heap grew from ${before.heapBytes} to ${heapBytes} bytes`);
      } finally {
        manager._close();
        await program.stop();
      }
    });
  }
});
