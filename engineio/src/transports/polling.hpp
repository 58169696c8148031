#pragma once

#include <memory>
#include <string_view>

#include <socketio/engineio/server.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/engineio/transport.hpp>

namespace socketio::engineio {

/// Makes the transport of a client that polls (Engine.IO protocol, "HTTP long-polling").
/// @param exchange the first poll, which opens the session
/// @param opened the session's id; valid as long as the transport
[[nodiscard]] std::unique_ptr<transport> make_polling(const server& owner, shard& home,
                                                      std::unique_ptr<http_exchange> exchange,
                                                      std::string_view opened);

}  // namespace socketio::engineio
