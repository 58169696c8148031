#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <variant>

#include <socketio/detail/unique_function.hpp>
#include <socketio/engineio/http_exchange.hpp>
#include <socketio/engineio/passage.hpp>
#include <socketio/http_handler.hpp>
#include <socketio/http_server_options.hpp>

#include "http_request_parser.hpp"
#include "net/carrier.hpp"

namespace socketio::detail {

/// What the host decides about a request whose head has arrived. By default the request goes on.
struct admission {
  std::optional<http_response> response;  ///< answers it at once
  /// Has fields to add to its response; if null, there are none.
  std::shared_ptr<passage> passing;
  /// Whether the request waits until the host decides.
  bool waits = false;
};

/// Receives what the host decides later, on the shard: a response, or nothing if the request goes
/// on. The host does not call it once the passage has no request any more.
using admission_receiver = unique_function<void(std::optional<http_response>)>;

/// How to receive a request's body.
struct body_reception {
  std::unique_ptr<body_sink> sink;  ///< receives the body; if null, the request contains it
  /// Closes the connection; keep it while the body arrives.
  std::shared_ptr<const std::function<void()>> cut_off;
};

/// The interface of the host for an http_connection.
class http_host {
 public:
  [[nodiscard]] virtual const http_server_options& options() const = 0;
  /// The shard that has to serve a request.
  /// @param first whether it is the connection's first request
  [[nodiscard]] virtual engineio::shard& shard_for(const http_request& request,
                                                   const carrier& connection, bool first) = 0;
  /// The largest body that a request may have.
  [[nodiscard]] virtual std::uint64_t max_body_size(const http_request& request) = 0;
  /// Called when a request's head has arrived, to decide whether it goes on. The request does not
  /// move while it waits.
  [[nodiscard]] virtual admission admit(engineio::shard& current, http_request& request,
                                        admission_receiver receive) = 0;
  /// Called then, if the request goes on.
  /// @param complete whether no body follows
  /// @param cut_off closes the connection while the body arrives
  /// @return a response to refuse the request without its body
  [[nodiscard]] virtual std::variant<body_reception, http_response> begin_body(
      engineio::shard& current, const http_request& request, bool complete,
      std::function<void()> cut_off) = 0;
  /// Called when the body of a request whose head has arrived cannot be received.
  /// @param why for the application, in the reference server's words
  virtual void body_failed(engineio::shard& current, const http_request& request,
                           std::string_view why) = 0;
  /// Serves a request.
  /// @param sink null if the request contains the body
  virtual void serve(engineio::shard& current, std::unique_ptr<body_sink> sink,
                     std::unique_ptr<engineio::http_exchange> exchange) = 0;
  /// Opens the WebSocket that follows an accepted upgrade, and makes it the connection's protocol.
  /// @param connection null if it has ended: then the WebSocket has, too
  [[nodiscard]] virtual std::shared_ptr<engineio::websocket_connection> open_websocket(
      carrier* connection, const engineio::websocket_settings& settings) = 0;
  /// Adds the fields that every response to the request needs.
  /// @param by_host whether the host itself answers, instead of the request's handler
  virtual void add_headers(const http_request& request, http_fields& headers, bool by_host) = 0;

 protected:
  ~http_host() = default;
};

/// HTTP/1.1 on a connection: one request after the other, in order.
class http_connection final : public connection_protocol,
                              public std::enable_shared_from_this<http_connection> {
 public:
  http_connection(http_host& host, carrier& connection);

  /// Waits for the first request. Call it when the connection has started.
  void begin();

 private:
  class exchange;

  /// How far the current request is.
  enum class stage : std::uint8_t {
    between,    ///< no byte of it has arrived
    head,       ///< the head arrives
    admission,  ///< the host has the head, and decides whether the request goes on
    body,       ///< the body arrives
    response    ///< it is complete; the host makes the response, or its body leaves
  };

  void receive(std::span<char>& data) override;
  bool input_ended() override;
  void ended(std::string_view error) override;
  void timed_out() override;
  void written() override;
  void shut_down() override;
  void abandoned() override;

  // Each returns false if the request continues elsewhere, or not at all.
  bool head_received();
  bool ask_for_admission();
  bool open_body();
  bool body_received();
  // Takes the request from the parser.
  [[nodiscard]] http_request take_request();
  void request_received();
  // What the host decides later.
  void admitted(std::optional<http_response> response);
  // Answers a request without waiting for its body.
  void answer(http_response response);
  void await_more();
  // Reports to the host that the request will not be complete.
  void body_failed(std::string_view why);
  void respond(const http_request& request, http_response response, bool by_host = false);
  // Adds the fields that the request's passage has for its response.
  void add_passing_fields(http_response& response);
  void refuse(unsigned status);
  void refuse(http_response response);
  void send(http_response response, bool head);
  void send_body();
  void response_sent();
  // Writes what waits, then closes; forgets a request that is not complete.
  void finish();
  // Forgets the request that arrives, or waits to be admitted.
  void forget_request();
  std::shared_ptr<engineio::websocket_connection> upgrade(
      http_response response, const engineio::websocket_settings& settings);

  http_host& host_;
  carrier* connection_;                        // null after the end, or after an upgrade
  std::optional<http_request_parser> parser_;  // in the stages head, admission and body
  std::shared_ptr<passage> passing_;           // of the current request; null if it has no fields
  body_reception body_;                        // while its body arrives
  std::uint64_t body_progress_ = 0;            // bytes of the body since the deadline was set
  // The deadline to set if the data read does not complete the request.
  std::optional<std::chrono::milliseconds> due_deadline_;
  std::unique_ptr<body_source> source_;  // while sending it
  std::uint64_t source_left_ = 0;        // bytes of the source still to read
  std::function<void()> on_abort_;       // while waiting for a response
  stage stage_ = stage::between;
  bool first_request_ = true;   // the host has not yet chosen a shard for the connection
  bool held_back_ = false;      // left data, because the client does not read the responses
  bool shutting_down_ = false;  // the server closes: the current response is the last
  // Of the request that waits for its response.
  bool keep_alive_ = true;     // it allows another one after it
  bool head_request_ = false;  // its method is HEAD
  unsigned version_ = 11;
};

}  // namespace socketio::detail
