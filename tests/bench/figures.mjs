// Reads the results of scripts/bench, and sums them up as medians of the rounds.
import { readFileSync } from "node:fs";
import { join } from "node:path";

// Reads the lines of a file, each split into cells.
export function read_lines(folder, name) {
  return readFileSync(join(folder, name), "utf8").trimEnd().split("\n").map((line) => line.split("\t"));
}

// Reads the scenarios, each with the reports of socketio-bench for each server and round.
export function read_scenarios(folder, rounds) {
  return read_lines(folder, "scenarios.tsv").map(([name, title, servers, parameters]) => {
    const runs = {};
    for (const server of servers.split(" ")) {
      runs[server] = Array.from({ length: rounds }, (_, i) =>
        JSON.parse(readFileSync(join(folder, `${name}.${server}.${i + 1}.json`), "utf8")));
    }
    return { name, title, parameters, runs };
  });
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// Sums up a figure of one scenario and server over all rounds; undefined if it was not measured.
export function figure(scenario, server, pick) {
  if (!scenario.runs[server]) return undefined;
  const values = scenario.runs[server].map(pick);
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) };
}

export const time_per_delivery = (run) => run.server.time_per_delivery;

export function digits(value) {
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
