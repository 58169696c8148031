#pragma once

#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace socketio {

class socket;

/// What an error handler is told: application code has thrown, or an event does not fit its
/// handler. Neither disconnects anyone. Valid during the call.
struct handler_error {
  /// What was thrown; an argument_mismatch for an event that does not fit.
  std::exception_ptr exception;
  /// What was called: `event`, `middleware`, `acknowledgement`, `headers`, `route`...
  std::string_view where;
  /// The name of the event, if there is one.
  std::string_view event = {};
  /// The socket concerned, if there is one.
  const socketio::socket* socket = nullptr;
  /// For an argument_mismatch: what the handler's parameter takes, and what the client has sent.
  std::string_view expected = {};
  std::string_view given = {};

  /// The exception's text.
  [[nodiscard]] std::string message() const;
};

/// An event or an acknowledgement that does not fit the parameters of its handler.
struct argument_mismatch : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// Is told about errors, on the thread where they happen; with several threads it may be called by
/// some of them at once.
using error_handler = std::function<void(const handler_error&)>;

}  // namespace socketio
