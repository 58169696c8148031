#pragma once

#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <socketio/detail/language.hpp>

namespace socketio {

class socket;

/// The argument of an error handler: application code threw, or an event's arguments did not
/// convert to a handler's parameters. Neither disconnects anyone. Valid during the call.
struct handler_error {
  /// The exception; an argument_mismatch for arguments that do not convert.
  std::exception_ptr exception;
  /// Which code threw: `event`, `middleware`, `acknowledgement`, `headers`, `route`...
  std::string_view where;
  /// The name of the event, if there is one.
  std::string_view event = {};
  /// The socket, if there is one.
  const socketio::socket* socket = nullptr;
  /// For an argument_mismatch: the type of the handler's parameter, and what the client sent.
  std::string_view expected = {};
  std::string_view given = {};

  /// The exception's text.
  [[nodiscard]] std::string message() const;
};

/// An event's or acknowledgement's arguments do not convert to the handler's parameters.
struct argument_mismatch : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// Receives errors, on the thread where they happen. Several threads may call it at the same time.
using error_handler = std::function<void(const handler_error&)>;

}  // namespace socketio
