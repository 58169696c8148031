#pragma once

#include <memory>

#include <socketio/protocol/packet_codec.hpp>

namespace socketio {

/// The format of the npm package `socket.io-msgpack-parser` 3, for the option `parser`: each packet
/// is one binary message in MessagePack, with the bytes of binary values among the others. It also
/// understands what version 2 of the package sends, which is for clients of Socket.IO 2.
[[nodiscard]] std::shared_ptr<const packet_codec> msgpack_codec();

}  // namespace socketio
