#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <socketio/broadcast_operator.hpp>
#include <socketio/emit.hpp>
#include <socketio/socket.hpp>

namespace socketio {

/// Why a middleware refuses a client; reaches it as the `connect_error` event.
struct connect_error {
  std::string message;
  json data;  ///< anything; left out if null

  connect_error(std::string text) : message(std::move(text)) {}  // NOLINT(*-explicit-*)
  connect_error(const char* text) : message(text) {}             // NOLINT(*-explicit-*)
  connect_error(std::string text, json details)
      : message(std::move(text)), data(std::move(details)) {}
};

/// Goes on with the next middleware, or refuses the client. Copies stand for the same decision, of
/// which only the first counts. Any thread; a client waits as long as it is not called.
class next {
 public:
  explicit next(std::function<void(std::optional<connect_error>)> decide)
      : decide_(std::move(decide)) {}

  void operator()() const { decide_(std::nullopt); }
  void operator()(connect_error error) const { decide_(std::move(error)); }

 private:
  std::function<void(std::optional<connect_error>)> decide_;
};

/// Looks at a client before it is connected to a namespace.
using middleware = std::function<void(socket, next)>;

/// A namespace: the sockets connected to it, and what is to happen to them. As a broadcast_operator
/// it stands for all of them. A handle; any thread.
class io_namespace : public broadcast_operator {
 public:
  explicit io_namespace(std::shared_ptr<detail::namespace_state> state)
      : broadcast_operator(std::move(state), {}) {}

  /// The name, for example `/admin`.
  [[nodiscard]] const std::string& name() const;

  /// Adds a handler for new sockets.
  /// @param event `connection` or `connect`; std::invalid_argument for any other
  void on(std::string_view event, std::function<void(socket)> handler) const;
  /// Adds a middleware; they run in the order in which they were added.
  void use(middleware function) const;

  /// How many sockets are connected to this server's namespace.
  [[nodiscard]] std::size_t sockets_count() const;
  /// How many rooms there are in it on this server, the ones of single sockets included.
  [[nodiscard]] std::size_t rooms_count() const;
};

}  // namespace socketio
