// The option `parser` of socket.io-client for a server that speaks CBOR, such as ../cbor.cpp:
//
//   import * as cbor from "cborg";
//   import { Emitter } from "@socket.io/component-emitter";
//   const socket = io(url, { parser: make_parser(cbor, Emitter) });
export function make_parser(cbor, Emitter) {
  class Encoder {
    // What is undefined stays out.
    encode({ type, nsp, id, data }) {
      return [cbor.encode({ type, nsp, ...(id !== undefined && { id }), ...(data !== undefined && { data }) })];
    }
  }

  class Decoder extends Emitter {
    add(message) {
      this.emit("decoded", cbor.decode(new Uint8Array(message)));
    }
    destroy() {}
  }

  return { Encoder, Decoder };
}
