#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include <socketio/engineio/http_exchange.hpp>
#include <socketio/http_server.hpp>

#include "connection.hpp"
#include "http_codec.hpp"

namespace socketio {

/// Where requests go: what an http_connection needs of the host.
class http_host {
 public:
  [[nodiscard]] virtual const http_server_options& options() const = 0;
  /// The shard that has to serve a request, if it matters.
  [[nodiscard]] virtual engineio::shard* shard_for(const http_request& request) = 0;
  /// Told that a request's body is going to be received.
  /// @return something to keep meanwhile; nothing if the request is to be refused with status 400
  [[nodiscard]] virtual std::optional<std::shared_ptr<void>> begin_body(
      engineio::shard& current, const http_request& request) = 0;
  /// The largest body that a request may have.
  [[nodiscard]] virtual std::uint64_t max_body_size(const http_request& request) = 0;
  /// Serves a request.
  virtual void serve(engineio::shard& current,
                     std::unique_ptr<engineio::http_exchange> exchange) = 0;

 protected:
  ~http_host() = default;
};

/// HTTP/1.1 on a connection: one request after the other, in order.
class http_connection final : public connection_protocol,
                              public std::enable_shared_from_this<http_connection> {
 public:
  http_connection(http_host& host, connection& carrier);

  /// Has to be called once the connection is started.
  void begin();

 private:
  class exchange;

  void receive(std::span<char>& data) override;
  void ended(std::string_view error) override;
  void timed_out() override;
  void written() override;
  void shut_down() override;

  bool head_received();
  void request_received();
  void respond(const http_response& response);
  void refuse(unsigned status);
  void response_sent();
  std::shared_ptr<engineio::websocket_connection> upgrade(const http_response& response,
                                                          const engineio::websocket_limits& limits);

  http_host& host_;
  connection* connection_;                     // null once it has ended or speaks WebSocket
  std::optional<http_request_parser> parser_;  // while a request is being received
  std::shared_ptr<void> body_;                 // while a body is being received
  std::function<void()> on_abort_;             // while a response is awaited
  bool head_checked_ = false;
  bool awaiting_response_ = false;
  bool held_back_ = false;  // data was left because the client does not read the responses
  bool keep_alive_ = true;
  bool head_request_ = false;
  bool shutting_down_ = false;
  unsigned version_ = 11;
};

}  // namespace socketio
