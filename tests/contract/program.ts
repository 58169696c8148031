// A program of the official client with the types that the server has written from its contract. It
// compiles as it stands: each line below @ts-expect-error is one that must not compile.
import { io, type Socket } from "socket.io-client";
import type { ClientToServerEvents, Color, Point, ServerToClientEvents, Shape } from "./events.js";

export type ContractSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expect_type<Expected>() {
  return <Actual>(_value: Actual, _same: Equal<Actual, Expected>): void => {};
}

// Uses the server in all ways that the contract has, and returns what has come.
export async function run(url: string): Promise<Record<string, unknown>> {
  const socket: ContractSocket = io(url, { forceNew: true, reconnection: false });
  try {
    return await use(socket);
  } finally {
    socket.disconnect();
  }
}

async function use(socket: ContractSocket): Promise<Record<string, unknown>> {
  const came: Record<string, unknown> = {};

  const said = new Promise<string>((resolve) => socket.once("chat message", (text) => resolve(text)));
  socket.emit("chat message", "hello");
  came.said = await said;

  const sum = await socket.emitWithAck("sum", 1, 2);
  expect_type<number>()(sum, true);
  came.sum = sum;
  came.sum_in_time = await new Promise((resolve) =>
    socket.timeout(10_000).emit("sum", 2, 2, (error, answer) => {
      expect_type<number>()(answer, true);
      resolve(error ?? answer);
    }),
  );
  came.divided = await new Promise((resolve) =>
    socket.emit("divide", 7, 2, (quotient, rest) => {
      expect_type<number>()(quotient, true);
      resolve([quotient, rest]);
    }),
  );

  const filled: Color = "red";
  const drawn: Shape = { name: "line", points: [{ x: 1, y: 2 }, { x: 3, y: 4 }], filled, parts: [{ name: "dot", points: [], parts: [] }] };
  const shape = new Promise<unknown[]>((resolve) =>
    socket.once("shape", (value, numbers, pair) => {
      expect_type<Shape>()(value, true);
      expect_type<number[]>()(numbers, true);
      expect_type<[string, number]>()(pair, true);
      resolve([value, numbers, pair]);
    }),
  );
  const center: Point = await socket.emitWithAck("draw", drawn);
  came.drawn = center;
  came.shape = await shape;

  const image = new Promise<number[]>((resolve) =>
    socket.once("image", (bytes) => {
      expect_type<ArrayBuffer | Uint8Array>()(bytes, true);
      resolve([...new Uint8Array(bytes)]);
    }),
  );
  came.size = await socket.emitWithAck("image", new Uint8Array([1, 2, 3]));
  came.size_of_buffer = await socket.emitWithAck("image", new Uint8Array([4]).buffer);
  came.image = await image;

  const welcome = new Promise<unknown[]>((resolve) =>
    socket.once("welcome", (name, number, title) => {
      expect_type<string | null>()(title, true);
      resolve([name, number, title]);
    }),
  );
  socket.once("name?", (formal, answer) => {
    expect_type<boolean>()(formal, true);
    answer("Ada");
  });
  const message = new Promise<unknown[]>((resolve) => socket.once("message", (...values) => resolve(values)));
  socket.emit("join", "Ada");
  came.welcome = await welcome;
  came.message = await message;

  came.counts = await socket.emitWithAck("count", ["a", "b", "a"]);
  await new Promise<void>((resolve) => socket.emit("done", resolve));

  const anything = new Promise<unknown>((resolve) =>
    socket.once("anything", (value) => {
      expect_type<unknown>()(value, true);
      resolve(value);
    }),
  );
  socket.emit("anything", { deep: [1, null, "text"] });
  came.anything = await anything;
  return came;
}

// Never called.
export async function misuse(socket: ContractSocket): Promise<void> {
  // @ts-expect-error no event of this name
  socket.emit("chat massage", "text");
  // @ts-expect-error an event of the server
  socket.emit("welcome", "Ada", 1, null);
  // @ts-expect-error a number for a text
  socket.emit("chat message", 1);
  // @ts-expect-error a value too few
  socket.emit("chat message");
  // @ts-expect-error a value too many
  socket.emit("chat message", "text", 1);
  // @ts-expect-error a text for a number
  socket.emit("sum", 1, "2", () => {});
  // @ts-expect-error no function for the answer
  socket.emit("sum", 1, 2);
  // @ts-expect-error the answer is a number
  socket.emit("sum", 1, 2, (answer: string) => answer);
  // @ts-expect-error the answer is a number
  const answer: string = await socket.emitWithAck("sum", 1, 2);
  // @ts-expect-error not one of the colors
  socket.emit("paint", "blue");
  // @ts-expect-error a field is missing
  socket.emit("draw", { name: "line", points: [{ x: 1 }], parts: [] }, () => {});
  // @ts-expect-error a text for bytes
  socket.emit("image", "bytes", () => {});
  // @ts-expect-error no event of this name
  socket.on("chat massage", () => {});
  // @ts-expect-error an event of the client
  socket.on("sum", () => {});
  // @ts-expect-error a number for a text
  socket.on("chat message", (text: number) => text);
  // @ts-expect-error the answer is a text
  socket.on("name?", (formal, reply) => reply(1));
  void answer;
}
