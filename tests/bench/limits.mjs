// All bounds and goals of the benchmarks.

// Bounds of what is the same in each run on any machine. counts.mjs measures it, and scripts/test
// fails above a bound. Each bound is a little above the measured value: tighten it when that falls.

// Calls of `new` for each message, or for each broadcast to any number of clients, in
// socketio-microbench. Every benchmark listed has to run.
export const allocations = {
  "event_with_text/1": 1,
  "event_with_text/16": 1,
  "event_relayed/16": 0,
  "event_with_json/16": 11,
  // The message that has arrived, the one that is sent, and the handler's text.
  "msgpack_event_with_text/16": 3,
  "msgpack_event_with_json/16": 12,
  "broadcast/100": 8,
  "broadcast/1000": 8,
  "decode_event/64": 0,
  "decode_event_in_namespace": 0,
  // One of them for the block in which handlers may keep an attachment.
  "decode_binary_event/65536": 5,
  "append_header": 0,
  "parse_frames/64": 0,
  "append_frame/64": 0,
  "write_chat": 0,
};

// System calls of the server for each message, or for each delivery of a broadcast. Each time it
// wakes up, it calls epoll_wait (`wait`) twice and epoll_ctl (`control`) once for all connections
// that are ready. It must make no calls of other kinds. With n messages in flight, also over TLS,
// it receives n with one read and answers them with one write.
const sixteenth = 1 / 16;
export const system_calls = [
  {
    title: "Event with ack, 1 client",
    load: ["--scenario", "echo", "--connections", "1", "--messages", "1000"],
    at_most: { receive: 1, send: 1, control: 1, wait: 2 },
  },
  {
    title: "Event with ack, 100 clients, 16 in flight",
    load: ["--scenario", "echo", "--connections", "100", "--in-flight", "16", "--messages", "64"],
    at_most: { receive: sixteenth, send: sixteenth, control: 0.02, wait: 0.02 },
  },
  {
    title: "Native WebSocket echo, 1 client",
    load: ["--scenario", "websocket-echo", "--connections", "1", "--messages", "1000"],
    at_most: { receive: 1, send: 1, control: 1, wait: 2 },
  },
  {
    title: "Broadcast to 100 clients, for each delivery",
    load: ["--scenario", "broadcast", "--connections", "100", "--messages", "40"],
    at_most: { receive: 0.01, send: 1, control: 0.01, wait: 0.04 },
  },
  {
    // The sender's thread wakes up the other one with one call of epoll_ctl; under strace, which
    // slows them down, both may also contend for a lock.
    title: "The same on 2 threads",
    options: ["--threads", "2"],
    load: ["--scenario", "broadcast", "--connections", "100", "--messages", "40"],
    at_most: { receive: 0.01, send: 1, control: 0.02, wait: 0.06, other: 0.1 },
  },
  {
    // What a thread of the application emits together wakes the server up once. That thread itself
    // sleeps until the handler gives it something (`other`).
    title: "Broadcast to 100 clients on a thread of the application, 16 in flight, for each delivery",
    options: ["--broadcast-on", "foreign-thread"],
    load: ["--scenario", "broadcast", "--connections", "100", "--in-flight", "16", "--messages", "160"],
    at_most: { receive: 0.001, send: sixteenth, control: 0.002, wait: 0.004, other: 0.005 },
  },
  {
    // The message arrives with one request, the acknowledgement leaves with the response to another.
    title: "Event with ack over polling, 1 client",
    load: ["--scenario", "polling", "--connections", "1", "--messages", "1000"],
    at_most: { receive: 2, send: 2, control: 2, wait: 4 },
  },
  {
    title: "TLS: event with ack, 1 client",
    tls: true,
    load: ["--scenario", "echo", "--connections", "1", "--messages", "1000"],
    at_most: { receive: 1, send: 1, control: 1, wait: 2 },
  },
  {
    // Few clients, because the number of calls for a handshake varies.
    title: "TLS: event with ack, 10 clients, 16 in flight",
    tls: true,
    load: ["--scenario", "echo", "--connections", "10", "--in-flight", "16", "--messages", "640"],
    at_most: { receive: sixteenth, send: sixteenth, control: sixteenth, wait: 2 * sixteenth },
  },
];

// Resident memory of the server for each idle client in a room, in bytes.
export const memory = [
  {
    title: "Idle client",
    load: ["--scenario", "idle", "--connections", "1000", "--in-flight", "16", "--seconds", "0.1"],
    at_most: 2150,
  },
  {
    title: "TLS: idle client",
    tls: true,
    load: ["--scenario", "idle", "--connections", "1000", "--in-flight", "16", "--seconds", "0.1"],
    at_most: 16700,
  },
];

// Goals for what depends on the machine; missing one is no failure. The measured figure is the
// processor time for each delivery or client, unless `figure` names another. The goal compares it
// with that of `to`: another server (`floor`, `node`), another scenario, or `encryption` (the
// scenario without TLS plus OpenSSL's time for the bytes). Without `to` it is an absolute bound.
export const goals = [
  { scenario: "echo-16", to: "floor", at_most: 1.6 },
  { scenario: "echo-16", to: "node", at_least: 15 },
  { scenario: "echo-1", to: "floor", at_most: 1.3 },
  { scenario: "broadcast", to: "floor", at_most: 1.25 },
  { scenario: "broadcast", to: "node", at_least: 6 },
  { scenario: "broadcast-rate", to: "floor", at_most: 1.25 },
  { scenario: "rooms", to: "floor", at_most: 1.25 },
  { scenario: "rooms", to: "node", at_least: 6 },
  { scenario: "memberships", to: "floor", at_most: 1.25 },
  { scenario: "memberships", to: "node", at_least: 6 },
  { scenario: "websocket-16", to: "floor", at_most: 1.15 },
  { scenario: "polling", to: "node", at_least: 5 },
  { scenario: "tls-echo-1", to: "encryption", at_most: 1.3 },
  { scenario: "tls-echo-16", to: "encryption", at_most: 1.3 },
  { scenario: "tls-websocket-16", to: "encryption", at_most: 1.3 },
  { scenario: "tls-broadcast", to: "encryption", at_most: 1.3 },
  { scenario: "tls-polling", to: "encryption", at_most: 1.3 },
  { scenario: "tls-connect", to: "encryption", at_most: 1.3 },
  { scenario: "connect", at_most: 60 },
  { scenario: "connect", to: "node", at_least: 6 },
  { scenario: "idle", figure: "memory", at_most: 2048 },
  { scenario: "tls-idle", figure: "memory", at_most: 16384 },
  { scenario: "threads-2", to: "threads-1", at_most: 1.15 },
  { scenario: "threads-broadcast-2", to: "threads-broadcast-1", at_most: 1.15 },
  { scenario: "threads-broadcast-2", figure: "evenness", at_least: 0.8 },
  { scenario: "crowd", figure: "p99", to: "alone", at_most: 2 },
];
