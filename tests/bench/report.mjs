// Makes the tables of scripts/bench: medians of the rounds, their spread, and ratios.
//
//   node report.mjs print RESULTS         prints the tables
//   node report.mjs write RESULTS FOLDER  writes them to FOLDER/performance.md, and draws
//                                         FOLDER/performance.svg
//   node report.mjs check RESULTS         checks that no figure is missing, and that those of
//                                         counts.mjs are within their bounds
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { draw_chart } from "./chart.mjs";
import { digits, figure, read_lines, read_scenarios, time_per_delivery } from "./figures.mjs";
import { compare_tls, judge_goals, read_encryption } from "./goals.mjs";
import { goals } from "./limits.mjs";

const [command, folder, output] = process.argv.slice(2);

const environment = Object.fromEntries(read_lines(folder, "environment.tsv"));
const scenarios = read_scenarios(folder, Number.parseInt(environment.rounds, 10));
const encryption = read_encryption(folder);
// Missing if only some scenarios were run.
const counts_file = join(folder, "counts.json");
const counts = existsSync(counts_file) ? JSON.parse(readFileSync(counts_file, "utf8")) : {};

const kind_of = ({ runs }) => Object.values(runs)[0][0].scenario;
const is_connect = (scenario) => kind_of(scenario) === "connect";
const is_idle = (scenario) => kind_of(scenario) === "idle";
const is_arrival = (scenario) => is_connect(scenario) || is_idle(scenario);

// The median, and the spread of the rounds.
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

// Compares TLS with what encryption alone costs.
function tls_table() {
  const rows = scenarios.filter(({ name }) => name.startsWith("tls-")).flatMap((scenario) => {
    const found = is_idle(scenario) ? undefined : compare_tls(scenario, scenarios, encryption);
    if (!found) return [];
    return [[
      scenario.title,
      digits(found.plain),
      digits(found.encryption),
      digits(found.plain + found.encryption),
      digits(found.tls),
      `${digits(found.ratio)} ×`,
    ]];
  });
  return rows.length > 0 && table(["scenario", "without TLS", "encryption", "together", "with TLS", "with TLS / together"], rows);
}

function goal_table() {
  const rows = judge_goals(scenarios, encryption).map(({ text, value, unit, met }) =>
    [text, `${digits(value)} ${unit}`.trimEnd(), met ? "yes" : "**no**"]);
  return rows.length > 0 && table(["goal", "measured", "met"], rows);
}

const exceeds = ({ value, at_most, tolerance = 0 }) => !(value <= at_most + tolerance);

// The server's allocations, system calls and memory.
function count_tables() {
  return Object.entries(counts).map(([title, rows]) => {
    if (rows.length === 0) return `### ${title}\n\nNot measured: strace may not trace here.`;
    const names = Object.keys(rows[0].figures);
    return `### ${title}\n\n${table(["", ...names], rows.map((row) => [row.title, ...names.map((name) => {
      const found = row.figures[name];
      const value = Number(Math.max(found.value, 0).toFixed(2)).toLocaleString("en");
      return exceeds(found) ? `**${value}**, at most ${found.at_most}` : value;
    })]))}`;
  });
}

function tables() {
  const talks = scenarios.filter((scenario) => !is_arrival(scenario));
  const connects = scenarios.filter(is_connect);
  const idle = scenarios.filter(is_idle);
  const parts = [
    Object.entries(environment).map(([name, value]) => `- ${name}: ${value}`).join("\n"),
  ];
  const judged = goal_table();
  if (judged) parts.push("### Goals", judged);
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
  const secured = tls_table();
  if (secured) parts.push("### Processor time with TLS, next to that without it and of `openssl speed`, µs", secured);
  parts.push(...count_tables());
  if (talks.length > 0) parts.push("### Throughput and latency", speed(talks));
  return parts.join("\n\n");
}

function chart() {
  const rows = scenarios.map((scenario) => {
    const idle = is_idle(scenario);
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
        positive(run, where, "server", "threads", "length");
        for (const name of ["rss", "pss"]) positive(run, where, "memory", name);
        if (is_arrival(scenario)) {
          if (run.messages !== run.connections) problems.push(`${where}: ${run.messages} of ${run.connections} clients`);
          if (typeof run.memory_per_connection?.rss !== "number") problems.push(`${where}: no memory per client`);
        } else if (scenario.name !== "visit") {
          // The clients compare deliveries byte by byte; check that all servers move as many bytes.
          const other = scenario.runs.ours[0];
          if (run.request_bytes !== other.request_bytes || run.reply_bytes !== other.reply_bytes) {
            problems.push(`${where}: messages of another size`);
          }
        }
      }
    }
  }
  if (judge_goals(scenarios, encryption).filter(({ value }) => !Number.isNaN(value)).length !== goals.length) {
    problems.push("a goal of limits.mjs has no figure");
  }
  for (const [subject, rows] of Object.entries(counts)) {
    for (const row of rows) {
      for (const [name, found] of Object.entries(row.figures)) {
        if (exceeds(found)) problems.push(`${subject}, ${row.title}: ${name} is ${found.value}, at most ${found.at_most}`);
      }
    }
  }
  tables();
  chart();
  if (count === 0) problems.push("nothing has been run");
  console.log(`${count_tables().join("\n\n")}\n`);
  if (problems.length > 0) {
    console.error(problems.join("\n"));
    process.exit(1);
  }
  console.log(`${count} runs of ${scenarios.length} scenarios: everything has been delivered`);
  for (const [subject, rows] of Object.entries(counts)) {
    if (rows.length === 0) console.error(`\n!!! NOT CHECKED: ${subject}. strace may not trace here.`);
  }
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
