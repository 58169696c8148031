// Measures what is the same in each run: the allocations, the system calls and the memory for which
// limits.mjs has bounds. report.mjs prints and checks them.
//
//   node counts.mjs PROGRAMS RESULTS
//
// PROGRAMS is the folder of the programs. RESULTS has certificate.pem and key.pem; counts.json goes
// there. strace counts the system calls, where it may trace.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { allocations, memory, system_calls } from "./limits.mjs";

const [programs, results] = process.argv.slice(2);
const program = (name) => join(programs, name);
const trace_file = join(results, "system_calls.txt");

const kinds = {
  receive: ["read", "readv", "recvfrom", "recvmsg", "recvmmsg"],
  send: ["write", "writev", "sendto", "sendmsg", "sendmmsg"],
  control: ["epoll_ctl"],
  wait: ["epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select", "pselect6"],
};
const kind_of = (call) => Object.keys(kinds).find((kind) => kinds[kind].includes(call)) ?? "other";

// Runs a server, under a tracer if one is given, and a load against it. Returns the load's report.
async function run({ load, tls, options: more = [] }, tracer = []) {
  const options = ["--port", "0", ...more];
  if (tls) options.push("--tls-cert", join(results, "certificate.pem"), "--tls-key", join(results, "key.pem"));
  // The shell prints the process id of the server, which is not the tracer's.
  const [command, ...rest] = [...tracer, "sh", "-c", 'echo "process $$"; exec "$@"', "sh",
    program("socketio-bench-server"), ...options];
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  let server;
  let url;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("process ")) server = Number(line.slice("process ".length));
    if (line.startsWith("listening on ")) url = line.slice("listening on ".length);
    if (url) break;
  }
  if (!url) throw new Error("the server does not listen");
  const file = join(results, "counted.json");
  try {
    execFileSync(program("socketio-bench"), ["--url", url, "--pid", String(server), ...load, "--json", file],
      { stdio: ["ignore", "ignore", "inherit"] });
  } finally {
    process.kill(server, "SIGTERM");
    await ended;
  }
  return JSON.parse(readFileSync(file, "utf8"));
}

function count_allocations() {
  const output = execFileSync(program("socketio-microbench"), ["--benchmark_min_time=0.002", "--benchmark_format=json"],
    { stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 24 });
  const found = Object.fromEntries(JSON.parse(output).benchmarks.map((run) => [run.name, run.allocations]));
  return Object.entries(allocations).map(([title, at_most]) => ({
    title,
    figures: { allocations: { value: found[title], at_most } },
  }));
}

function may_trace() {
  return spawnSync("strace", ["-f", "-c", "-o", trace_file, "true"], { stdio: "ignore" }).status === 0;
}

// The calls of a run by their kind, and its number of deliveries.
async function trace(scenario, load) {
  const report = await run({ ...scenario, load }, ["strace", "-f", "-c", "-U", "calls,name", "-o", trace_file]);
  const calls = { receive: 0, send: 0, control: 0, wait: 0, other: 0 };
  for (const line of readFileSync(trace_file, "utf8").split("\n")) {
    const [, count, name] = line.match(/^ *(\d+) +(\w+)$/) ?? [];
    if (name && name !== "total") calls[kind_of(name)] += Number(count);
  }
  return { calls, deliveries: report.deliveries };
}

// Compares a run with one of twice the messages: the difference is what messages take, without
// connecting and closing.
async function count_system_calls(scenario) {
  const twice = [...scenario.load];
  const number = twice.indexOf("--messages") + 1;
  twice[number] = String(2 * Number(twice[number]));
  const [less, more] = [await trace(scenario, scenario.load), await trace(scenario, twice)];
  const figures = Object.entries(more.calls).map(([kind, count]) => [kind, {
    value: (count - less.calls[kind]) / (more.deliveries - less.deliveries),
    at_most: scenario.at_most[kind] ?? 0,
    // Allows for one turn of the event loop more, or a buffer that has grown.
    tolerance: 0.02,
  }]);
  return { title: scenario.title, figures: Object.fromEntries(figures) };
}

const counts = {
  "Allocations for each message": count_allocations(),
  "System calls for each message": [],
  "Memory for each idle client, bytes": [],
};
if (may_trace()) {
  for (const scenario of system_calls) {
    counts["System calls for each message"].push(await count_system_calls(scenario));
  }
}
for (const scenario of memory) {
  const report = await run(scenario);
  counts["Memory for each idle client, bytes"].push({
    title: scenario.title,
    figures: { RSS: { value: report.memory_per_connection.rss, at_most: scenario.at_most } },
  });
}
writeFileSync(join(results, "counts.json"), `${JSON.stringify(counts, null, 2)}\n`);
