// Connection state recovery with the official client: connections break at random while numbered events are
// broadcast, and each client sees each number once, in order. RECOVERY_CLIENTS and RECOVERY_EVENTS make it more.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Manager } from "socket.io-client";
import { launch, within } from "./program.mjs";

const clients = Number(process.env.RECOVERY_CLIENTS ?? 20);
const events = Number(process.env.RECOVERY_EVENTS ?? 600);
const patience = 180_000 + (clients * events) / 2;

// Random numbers that a failure can be repeated with.
function random_source(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

// A relay whose connections can be closed, reset, or silenced without being closed.
async function make_relay(port) {
  const pairs = new Set();
  const relay = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    const pair = { near, far };
    pairs.add(pair);
    for (const [one, other] of [[near, far], [far, near]]) {
      one.on("data", (bytes) => pair.silent || other.write(bytes));
      one.on("error", () => {});
      one.on("close", () => {
        if (!pair.silent) other.destroy();
        if (near.destroyed && far.destroyed) pairs.delete(pair);
      });
    }
  });
  await new Promise((resolve) => relay.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${relay.address().port}`,
    // Breaks all of its connections.
    end(how) {
      for (const pair of pairs) {
        if (how === "silence") {
          pair.silent = true;
        } else if (how === "reset") {
          pair.near.resetAndDestroy();
          pair.far.resetAndDestroy();
        } else {
          pair.near.destroy();
          pair.far.destroy();
        }
      }
    },
    close() {
      for (const { near, far } of pairs) {
        near.destroy();
        far.destroy();
      }
      relay.close();
    },
  };
}

// A client that notes the numbers that it sees.
function listen(url, transports) {
  const manager = new Manager(url, { transports, reconnectionDelay: 5, reconnectionDelayMax: 50 });
  const socket = manager.socket("/");
  const state = { manager, socket, numbers: [], connects: 0, lost: 0 };
  socket.on("connect", () => {
    if (state.connects++ > 0 && !socket.recovered) ++state.lost;
  });
  socket.on("broadcast", (number) => state.numbers.push(number));
  return state;
}

function until(what, done) {
  return within(patience, what, new Promise((resolve) => {
    const look = () => (done() ? resolve() : setTimeout(look, 5));
    look();
  }));
}

async function run(threads, restart) {
  const folder = mkdtempSync(join(tmpdir(), "socketio-recovery-"));
  const options = ["--suite", "socketio", "--threads", threads, "--recovery", "--storage", folder];
  options.push("--ping-interval", 300, "--ping-timeout", 200);
  if (!restart) options.splice(options.indexOf("--storage"), 2);
  let program = await launch("conformance", options);
  const { port } = program;
  const seed = Date.now() % 1_000_000;
  const random = random_source(seed);
  const relays = [];
  const states = [];
  const speaker = listen(`http://127.0.0.1:${port}`, ["websocket"]);
  try {
    for (let i = 0; i < clients; ++i) {
      relays.push(await make_relay(port));
      states.push(listen(relays[i].url, [["websocket"], ["polling"], ["polling", "websocket"]][i % 3]));
    }
    const everybody = [speaker, ...states];
    await until("all connect", () => everybody.every((state) => state.connects > 0));
    let sent = 0;
    let restarted = !restart;
    speaker.socket.on("connect", () => (sent = speaker.numbers.length));
    await until(`${events} events (seed ${seed})`, () => {
      for (let i = 0; i < 3; ++i) relays[random(clients)].end(["close", "reset", "silence"][random(3)]);
      while (speaker.socket.connected && sent < events && sent < speaker.numbers.length + 20) {
        speaker.socket.emit("broadcast", ++sent);
      }
      if (!restarted && speaker.numbers.length > events / 2) {
        restarted = true;
        program.kill().then(async () => {
          program = await launch("conformance", [...options, "--port", port]);
        });
      }
      return speaker.numbers.length === events;
    });
    await until(`the rest (seed ${seed})`, () => states.every((state) => state.numbers.length >= events));
    const expected = Array.from({ length: events }, (_, i) => i + 1);
    for (const state of everybody) {
      assert.equal(state.lost, 0, `a client got a new socket (seed ${seed})`);
      assert.deepEqual(state.numbers, expected, `seed ${seed}`);
    }
    assert.ok(states.some((state) => state.connects > 2), "hardly a connection broke");
  } finally {
    for (const state of [speaker, ...states]) state.manager._close();
    for (const relay of relays) relay.close();
    await program.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("connection state recovery", () => {
  for (const threads of [1, 3]) {
    test(`loses nothing with ${threads} thread(s)`, { timeout: 2 * patience }, () => run(threads, false));
    test(`loses nothing when the server is killed, with ${threads} thread(s)`, { timeout: 2 * patience }, () => run(threads, true));
  }
});
