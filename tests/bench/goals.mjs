// Compares the measurements with the goals of limits.mjs.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { digits, figure, read_lines, time_per_delivery } from "./figures.mjs";
import { goals } from "./limits.mjs";

const figures = {
  time: time_per_delivery,
  memory: (run) => run.memory_per_connection.rss,
  p99: (run) => run.latency.p99,
  // The least busy thread, compared with the busiest one.
  evenness: ({ server: { threads } }) => (threads[0] > 0 ? threads.at(-1) / threads[0] : 0),
};

// Reads the processor time in µs that OpenSSL takes on its own; undefined if it was not measured.
export function read_encryption(folder) {
  if (!existsSync(join(folder, "encryption.tsv"))) return undefined;
  const points = { encrypt: [], decrypt: [], sign: [], exchange: [] };
  // Encryption and decryption have a short and a long record, in bytes per second; others operations.
  for (const [what, bytes, speed] of read_lines(folder, "encryption.tsv")) {
    points[what].push({ bytes: Number(bytes), time: (Number(bytes) / Number(speed)) * 1e6 });
  }
  const cost = ([short, long]) => {
    const byte = (long.time - short.time) / (long.bytes - short.bytes);
    return { record: short.time - byte * short.bytes, byte };
  };
  return {
    encrypt: cost(points.encrypt),
    decrypt: cost(points.decrypt),
    // The certificate's signature, and the two steps of the key exchange.
    handshake: points.sign[0].time + 2 * points.exchange[0].time,
  };
}

// The part of OpenSSL in a run's time for each delivery. Messages that are in flight together share
// a record. An event over polling takes two requests and two responses.
function encryption_of(run, encryption) {
  if (run.scenario === "connect") return encryption.handshake;
  const records = (run.scenario === "polling" ? 2 : 1) / run.in_flight;
  const time = ({ record, byte }, bytes) => records * record + bytes * byte;
  return (run.messages / run.deliveries) * time(encryption.decrypt, run.request_bytes) +
    time(encryption.encrypt, run.reply_bytes);
}

// Compares a scenario with TLS: µs without it, µs of encryption, µs with it, and the ratio;
// undefined if one of them was not run.
export function compare_tls(scenario, scenarios, encryption) {
  const plain = scenarios.find(({ name }) => `tls-${name}` === scenario.name);
  if (!plain || !encryption) return undefined;
  const result = {
    plain: figure(plain, "ours", figures.time).median,
    encryption: figure(scenario, "ours", (run) => encryption_of(run, encryption)).median,
    tls: figure(scenario, "ours", figures.time).median,
  };
  return { ...result, ratio: result.tls / (result.plain + result.encryption) };
}

function measure(goal, scenario, scenarios, encryption) {
  const pick = figures[goal.figure ?? "time"];
  const own = figure(scenario, "ours", pick).median;
  switch (goal.to) {
    case undefined:
      return own;
    case "floor":
      return own / figure(scenario, "floor", pick).median;
    case "node":
      return figure(scenario, "node", pick).median / own;
    case "encryption":
      return compare_tls(scenario, scenarios, encryption)?.ratio;
    default: {
      const other = scenarios.find(({ name }) => name === goal.to);
      return other && own / figure(other, "ours", pick).median;
    }
  }
}

function describe(goal, scenario, scenarios) {
  const bound = goal.at_most ?? goal.at_least;
  const title = goal.figure === "p99" ? `${scenario.title}: p99` : scenario.title;
  if (goal.figure === "evenness") return `${title}: the least busy thread has ≥ ${100 * bound} % of the busiest one's work`;
  switch (goal.to) {
    case undefined:
      return `${title}: ≤ ${digits(bound)} ${goal.figure === "memory" ? "bytes" : "µs"}`;
    case "floor":
      return `${title}: ≤ ${bound} × the floor`;
    case "node":
      return `${title}: ≥ ${bound} × less than Node.js`;
    case "encryption":
      return `${title}: ≤ ${bound} × (without TLS + encryption)`;
    default:
      return `${title}: ≤ ${bound} × that of “${scenarios.find(({ name }) => name === goal.to).title}”`;
  }
}

// Describes each goal whose scenarios were run: in words, its figure, and whether it is met.
export function judge_goals(scenarios, encryption) {
  return goals.flatMap((goal) => {
    const scenario = scenarios.find(({ name }) => name === goal.scenario);
    const value = scenario && measure(goal, scenario, scenarios, encryption);
    if (value === undefined) return [];
    return [{
      text: describe(goal, scenario, scenarios),
      value,
      unit: goal.to ? "×" : "",
      met: goal.at_most !== undefined ? value <= goal.at_most : value >= goal.at_least,
    }];
  });
}
