// Puts the figures of scripts/bench together: medians of the rounds, their spread, and ratios.
//
//   node report.mjs print RESULTS         prints the tables
//   node report.mjs write RESULTS FOLDER  puts them into FOLDER/performance.md, and draws
//                                         FOLDER/performance.svg
//   node report.mjs check RESULTS         only checks that all figures are there
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { draw_chart } from "./chart.mjs";

const [command, folder, output] = process.argv.slice(2);

function read_lines(name) {
  return readFileSync(join(folder, name), "utf8").trimEnd().split("\n").map((line) => line.split("\t"));
}

const environment = Object.fromEntries(read_lines("environment.tsv"));
const rounds = Number.parseInt(environment.rounds, 10);
const scenarios = read_lines("scenarios.tsv").map(([name, title, servers, parameters]) => {
  const runs = {};
  for (const server of servers.split(" ")) {
    runs[server] = Array.from({ length: rounds }, (_, i) =>
      JSON.parse(readFileSync(join(folder, `${name}.${server}.${i + 1}.json`), "utf8")));
  }
  return { name, title, parameters, runs };
});

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// A figure of one scenario and server over all rounds; nothing if the server was not measured.
function figure(scenario, server, pick) {
  if (!scenario.runs[server]) return undefined;
  const values = scenario.runs[server].map(pick);
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) };
}

const is_arrival = ({ runs }) => ["connect", "idle"].includes(Object.values(runs)[0][0].scenario);

function digits(value) {
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

// The median, and how far the rounds lie apart.
function cell(found) {
  if (!found) return "";
  if (found.low === found.high) return digits(found.median);
  return `${digits(found.median)} <small>(${digits(found.low)} to ${digits(found.high)})</small>`;
}

function ratio(over, under) {
  return over && under && under.median > 0 ? `${digits(over.median / under.median)} ×` : "";
}

function table(heads, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const rule = heads.map((_, i) => (i === 0 ? "---" : "---:"));
  return [line(heads), line(rule), ...rows.map(line)].join("\n");
}

function comparison(unit, chosen, pick) {
  const rows = chosen.map((scenario) => {
    const [floor, ours, node] = ["floor", "ours", "node"].map((server) => figure(scenario, server, pick));
    return [scenario.title, cell(floor), cell(ours), cell(node), ratio(ours, floor), ratio(node, ours)];
  });
  return table([unit, "floor", "this server", "Node.js", "this / floor", "Node.js / this"], rows);
}

const time_per_delivery = (run) => run.server.time_per_delivery;

function speed(chosen) {
  const rows = chosen.flatMap((scenario) => ["ours", "node"].filter((server) => scenario.runs[server]).map((server) => {
    const value = (pick) => digits(figure(scenario, server, pick).median);
    return [
      scenario.title,
      server === "ours" ? "this server" : "Node.js",
      value((run) => run.deliveries_per_second),
      value((run) => run.latency.p50),
      value((run) => run.latency.p99),
      value((run) => run.latency.p99_9),
      value((run) => run.latency.max),
    ];
  }));
  return table(["scenario", "server", "deliveries/s", "p50 µs", "p99 µs", "p99.9 µs", "max µs"], rows);
}

function tables() {
  const talks = scenarios.filter((scenario) => !is_arrival(scenario));
  const arrivals = scenarios.filter(is_arrival);
  const connects = arrivals.filter(({ runs }) => Object.values(runs)[0][0].scenario === "connect");
  const idle = arrivals.filter(({ runs }) => Object.values(runs)[0][0].scenario === "idle");
  const parts = [
    Object.entries(environment).map(([name, value]) => `- ${name}: ${value}`).join("\n"),
  ];
  if (talks.length > 0) {
    parts.push("### Processor time of the server for each delivered message, µs", comparison("scenario", talks, time_per_delivery));
  }
  if (connects.length > 0) {
    parts.push("### Processor time of the server for each client that connects, µs", comparison("scenario", connects, time_per_delivery));
  }
  if (idle.length > 0) {
    parts.push(
      "### Memory of the server for each idle client, bytes",
      comparison("RSS", idle, (run) => run.memory_per_connection.rss),
      comparison("PSS, and buffers of the sockets on both sides", idle,
        (run) => run.memory_per_connection.pss + run.memory_per_connection.kernel),
    );
  }
  if (talks.length > 0) parts.push("### Throughput and latency", speed(talks));
  return parts.join("\n\n");
}

function chart() {
  const rows = scenarios.map((scenario) => {
    const idle = scenario.parameters.includes("--scenario idle");
    const value = (server) => figure(scenario, server, idle ? (run) => run.memory_per_connection.rss / 1024 : time_per_delivery)?.median;
    return {
      title: scenario.title,
      unit: idle ? "KB" : "µs",
      floor: value("floor"),
      ours: value("ours"),
      node: value("node"),
    };
  });
  return draw_chart(rows, environment);
}

function check() {
  const problems = [];
  const positive = (run, where, ...path) => {
    const value = path.reduce((inner, name) => inner?.[name], run);
    if (typeof value !== "number" || !(value > 0)) problems.push(`${where}: ${path.join(".")} is ${value}`);
  };
  let count = 0;
  for (const scenario of scenarios) {
    for (const [server, runs] of Object.entries(scenario.runs)) {
      for (const run of runs) {
        const where = `${scenario.name}, ${server}`;
        count += 1;
        for (const name of ["messages", "deliveries", "messages_per_second", "deliveries_per_second", "seconds"]) {
          positive(run, where, name);
        }
        for (const name of ["p50", "p90", "p99", "p99_9", "max"]) positive(run, where, "latency", name);
        for (const name of ["utilisation", "time_per_delivery"]) positive(run, where, "server", name);
        for (const name of ["rss", "pss"]) positive(run, where, "memory", name);
        if (is_arrival(scenario)) {
          if (run.messages !== run.connections) problems.push(`${where}: ${run.messages} of ${run.connections} clients`);
          if (typeof run.memory_per_connection?.rss !== "number") problems.push(`${where}: no memory per client`);
        } else if (scenario.name !== "visit") {
          // What is delivered is compared byte by byte; here, that the floor moves as much.
          const other = scenario.runs.ours[0];
          if (run.request_bytes !== other.request_bytes || run.reply_bytes !== other.reply_bytes) {
            problems.push(`${where}: messages of another size`);
          }
        }
      }
    }
  }
  tables();
  chart();
  if (count === 0) problems.push("nothing has been run");
  if (problems.length > 0) {
    console.error(problems.join("\n"));
    process.exit(1);
  }
  console.log(`${count} runs of ${scenarios.length} scenarios: everything has been delivered`);
}

if (command === "check") {
  check();
} else {
  console.log(tables());
  if (command === "write") {
    const page = join(output, "performance.md");
    const [begin, end] = ["<!-- measured: begin -->", "<!-- measured: end -->"];
    const text = readFileSync(page, "utf8");
    if (!text.includes(begin) || !text.includes(end)) throw new Error(`${page} has no place for the tables`);
    const before = text.slice(0, text.indexOf(begin) + begin.length);
    writeFileSync(page, `${before}\n\n${tables()}\n\n${text.slice(text.indexOf(end))}`);
    writeFileSync(join(output, "performance.svg"), chart());
  }
}
