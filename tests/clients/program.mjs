// Starts a test program, waits until it listens, and stops it with SIGTERM.
//
//   SOCKETIO_CONFORMANCE  path of the program socketio-conformance
//   SOCKETIO_FIXTURE      path of the program socketio-fixture (its contract: FIXTURE.md)
//   SOCKETIO_CBOR         path of the program example_cbor
//   REFERENCE=1           the programs use the reference server: expect its answers where they
//                         differ from this server's documented ones
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { once } from "node:events";

export const reference = process.env.REFERENCE === "1";

const paths = {
  conformance: process.env.SOCKETIO_CONFORMANCE,
  fixture: process.env.SOCKETIO_FIXTURE,
  cbor: process.env.SOCKETIO_CBOR,
};
// Generous: the machine may be busy with other tests.
const ready_deadline = 30_000;
const stop_deadline = 30_000;

// Rejects unless a promise settles in time, so that a test that hangs says what it waits for.
export function within(milliseconds, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${milliseconds} ms: ${what}`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Starts a program. `descriptors` limits its open files.
export async function launch(name, parameters = [], { descriptors } = {}) {
  const path = paths[name];
  if (!path) throw new Error(`SOCKETIO_${name.toUpperCase()} must name the program to test`);
  const port = parameters.includes("--port") ? [] : ["--port", "0"];
  const words = [path, ...parameters, ...port].map(String);
  const child = descriptors
    ? spawn("bash", ["-c", `ulimit -n ${descriptors}; exec "$@"`, "bash", ...words], { stdio: ["ignore", "pipe", "pipe"] })
    : spawn(words[0], words.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
  // The program must not outlive the tests, however they end.
  const end_with_tests = () => child.kill("SIGKILL");
  process.once("exit", end_with_tests);
  let output = "";
  let errors = "";
  const exited = once(child, "exit").then(([code, signal]) => ({ code, signal }));
  child.stderr.setEncoding("utf8").on("data", (text) => (errors = (errors + text).slice(-4096)));
  const listening = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output = (output + text).slice(-4096);
      const match = /^listening on (https?:\/\/localhost:(\d+))\s*$/m.exec(output);
      if (match) resolve({ url: match[1], port: Number(match[2]) });
    });
    exited.then(({ code, signal }) => reject(new Error(`${path} ended before it listened (${code ?? signal}): ${errors}`)), reject);
  });
  let where;
  try {
    where = await within(ready_deadline, `${path} listens`, listening);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  let running = true;
  exited.then(() => {
    running = false;
    process.off("exit", end_with_tests);
  });
  return {
    ...where,
    pid: child.pid,
    exited,
    get running() {
      return running;
    },
    // Asks the program to exit, and fails unless it does so in time with code 0.
    async stop() {
      if (running) child.kill("SIGTERM");
      let result;
      try {
        result = await within(stop_deadline, `${path} ends after SIGTERM`, exited);
      } catch (error) {
        child.kill("SIGKILL");
        throw error;
      }
      if (result.code !== 0) throw new Error(`${path} ended with ${result.code ?? result.signal}: ${errors}`);
    },
    async kill() {
      if (running) child.kill("SIGKILL");
      await exited;
    },
  };
}

// Starts a program, and stops it at the end of the test.
export async function start(context, name, parameters, limits) {
  const program = await launch(name, parameters, limits);
  context.after(() => program.stop());
  return program;
}

// Starts one program for all tests of a describe() block.
export function shared(before, after, name, parameters, limits) {
  const holder = {};
  before(async () => {
    holder.program = await launch(name, parameters, limits);
  });
  after(async () => {
    await holder.program?.stop();
  });
  return holder;
}

// Resident memory in bytes.
export function resident(pid) {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024;
}

// Processor time, user and system, in clock ticks of 10 ms.
export function processor_ticks(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
