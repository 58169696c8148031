#pragma once

#include <string>

#include <socketio/detail/language.hpp>

namespace socketio::websocket {

/// A whole message.
struct message {
  std::string data;  ///< UTF-8 if it is not binary
  bool binary = false;

  message() = default;
  message(std::string content, bool is_binary) : data(std::move(content)), binary(is_binary) {}
};

}  // namespace socketio::websocket
