// The example of a packet codec of one's own, with the official client: CBOR.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { Emitter } from "@socket.io/component-emitter";
import * as cbor from "cborg";
import { Manager } from "socket.io-client";
import { make_parser } from "../../examples/cbor/parser.mjs";
import { shared, within } from "./program.mjs";
import { deadline, Peer } from "./wire.mjs";

describe("CBOR", () => {
  const example = shared(before, after, "cbor", []);

  for (const transport of ["websocket", "polling"])
    test(`carries values and bytes over ${transport}`, { timeout: 60_000 }, async () => {
      const manager = new Manager(example.program.url, { transports: [transport], reconnection: false, parser: make_parser(cbor, Emitter) });
      const socket = manager.socket("/", { auth: { token: "t" } });
      try {
        const values = [1, -2.5, "é", null, true, { list: [1, { bytes: new Uint8Array([1, 2]) }] }, new Uint8Array([3, 4, 5])];
        assert.deepEqual(await within(deadline, "the echo", new Promise((resolve) => socket.emit("echo", ...values, (...answers) => resolve(answers)))), values);
        const image = new Promise((resolve) => socket.on("image", resolve));
        socket.emit("image", Buffer.alloc(100_000, "x"));
        assert.deepEqual(await within(deadline, "the image", image), new Uint8Array(100_000).fill(120));
        const refused = new Promise((resolve) => manager.socket("/nowhere").on("connect_error", resolve));
        assert.equal((await within(deadline, "the refusal", refused)).message, "Invalid namespace");
      } finally {
        socket.disconnect();
        manager.engine.close();
      }
    });

  test("closes the connection for what is no packet", async () => {
    const encode = (value) => cbor.encode(value);
    const event = { type: 2, nsp: "/", data: ["e"] };
    for (const message of [
      "2", Buffer.alloc(0), Buffer.from("ff", "hex"), encode([1]), encode({ ...event, type: 7 }), encode({ ...event, type: "2" }),
      encode({ ...event, nsp: null }), encode({ ...event, id: -1 }), encode({ ...event, data: {} }), encode({ ...event, data: ["disconnect"] }),
      encode({ ...event, data: ["e", { _placeholder: true, num: 0 }, Buffer.from("mine")] }), encode(event).subarray(0, -1),
      Buffer.alloc(900_000, 0x81), Buffer.from("9bffffffffffffffff", "hex"), Buffer.from("5bffffffffffffffff00", "hex"),
    ]) {
      const peer = await Peer.open(example.program.port, "/socket.io/?EIO=4&transport=websocket");
      await peer.next("the handshake");
      peer.send(encode({ type: 0, nsp: "/" }));
      await peer.next("the answer to CONNECT");
      peer.send(message);
      await peer.close_frame();
    }
  });
});
