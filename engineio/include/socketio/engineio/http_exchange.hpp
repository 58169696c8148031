#pragma once

#include <functional>
#include <memory>

#include <socketio/engineio/websocket_connection.hpp>
#include <socketio/protocol/http.hpp>
#include <socketio/protocol/websocket_parser.hpp>

namespace socketio::engineio {

/// A request that waits for its response. The engine's host implements it.
///
/// Use only on the shard that received the request. Destroying it without a response sends status
/// 500 and closes the connection.
class http_exchange {
 public:
  virtual ~http_exchange() = default;
  http_exchange(const http_exchange&) = delete;
  http_exchange& operator=(const http_exchange&) = delete;

  /// The request, with its whole body. Middlewares attach objects to it.
  [[nodiscard]] virtual http_request& request() = 0;

  /// Sends the response. Called at most once, and not together with upgrade().
  virtual void respond(http_response response) = 0;

  /// Sends a 101 response and turns the connection into a WebSocket.
  virtual std::shared_ptr<websocket_connection> upgrade(http_response response,
                                                        const websocket_settings& settings) = 0;

  /// Sets the function to call if the client disconnects before the response. It may destroy the
  /// exchange.
  virtual void on_abort(std::function<void()> aborted) = 0;

 protected:
  http_exchange() = default;
};

/// Adds fields to those of a response: those that it does not have, `Set-Cookie` and `Vary` in any
/// case.
void add_missing_fields(http_fields& headers, const http_fields& added);

/// Returns an exchange that adds fields to the response of another one, as add_missing_fields()
/// does.
[[nodiscard]] std::unique_ptr<http_exchange> add_fields(std::unique_ptr<http_exchange> exchange,
                                                        http_fields fields);

}  // namespace socketio::engineio
