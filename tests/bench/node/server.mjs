// The same server as socketio-bench-server (../server.cpp), with Socket.IO for Node.js and its `ws`,
// and with the same options: --port, --ping-interval, --max-payload, --tls-cert, --tls-key,
// --deflate.
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { parseArgs } from "node:util";
import { Server } from "socket.io";
import { WebSocketServer } from "ws";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "3000" },
    "ping-interval": { type: "string", default: "25000" },
    "max-payload": { type: "string", default: "1000000" },
    "tls-cert": { type: "string" },
    "tls-key": { type: "string" },
    deflate: { type: "boolean", default: false },
  },
});
const max_payload = Number(options["max-payload"]);
const tls = options["tls-cert"] !== undefined;
const host = tls
  ? https.createServer({ cert: readFileSync(options["tls-cert"]), key: readFileSync(options["tls-key"]) })
  : http.createServer();

const io = new Server(host, {
  serveClient: false,
  pingInterval: Number(options["ping-interval"]),
  maxHttpBufferSize: max_payload,
  // Compress each message on its own, as socketio-bench-server does.
  perMessageDeflate: options.deflate && { serverNoContextTakeover: true, clientNoContextTakeover: true },
  // Engine.IO must not close the connections of the route below.
  destroyUpgrade: false,
});
io.on("connection", (socket) => {
  socket.on("echo", (text, reply) => reply(text));
  socket.on("binary", (bytes, reply) => reply(bytes));
  socket.on("broadcast", (text) => io.emit("broadcast", text));
  socket.on("room", (room, text) => io.to(room).emit("room", text));
  socket.on("join", (rooms, reply) => {
    socket.join(rooms);
    reply();
  });
  socket.on("visit", (room, reply) => {
    socket.join(room);
    socket.leave(room);
    reply();
  });
});

const native = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: max_payload });
native.on("connection", (socket) => {
  socket.on("message", (message, binary) => socket.send(message, { binary }));
});
host.on("upgrade", (request, socket, head) => {
  if (request.url !== "/echo") return;
  native.handleUpgrade(request, socket, head, (connection) => native.emit("connection", connection));
});

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
host.listen({ port: Number(options.port), backlog: 4096 }, () => {
  console.log(`listening on ${tls ? "https" : "http"}://localhost:${host.address().port}`);
});
