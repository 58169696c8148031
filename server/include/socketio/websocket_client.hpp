#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/error.hpp>
#include <socketio/protocol/http.hpp>
#include <socketio/protocol/websocket_deflate.hpp>
#include <socketio/protocol/websocket_frame.hpp>
#include <socketio/websocket_message.hpp>

namespace socketio::websocket {

/// Options of a client.
struct client_options {
  /// Additional fields of the handshake request, such as `Origin` or `Authorization`.
  http_fields headers;
  /// The subprotocols to offer, the preferred one first.
  std::vector<std::string> subprotocols;
  /// Offers permessage-deflate.
  std::optional<deflate_options> deflate;
  /// Largest message to accept, in bytes.
  std::uint64_t max_message_size = 16'000'000;
  /// Largest number of unsent bytes; more end the connection.
  std::size_t max_send_queue = 64U << 20U;
  /// How long connecting may take, from resolving the name to the end of the handshake.
  std::chrono::milliseconds connect_timeout{30'000};
  /// How long the server may take for each step of closing: to read more of the messages before the
  /// close frame, to answer that, and to close the TCP connection.
  std::chrono::milliseconds close_timeout{5'000};
  /// For `wss`: a PEM file with the certificates to trust, instead of the system's.
  std::filesystem::path certificate_authority;
  /// For `wss`: whether to check the server's certificate, and that it is for the URL's host.
  bool verify_certificate = true;

  client_options() = default;
};

/// A handle of a native WebSocket client (RFC 6455). Copies share the connection. The last copy's
/// destructor closes it, unless an operation is pending: the queued messages and a close frame with
/// code 1000 still leave, while the executor runs.
///
/// Everything runs on the given executor, whose context has to outlive the handles; so do
/// completion handlers without an executor of their own. Call functions on any thread.
class client {
 public:
  /// @throws std::invalid_argument for header fields that are malformed or belong to the handshake,
  /// for subprotocols that are not tokens or repeated, for a missing certificate_authority, and for
  /// limits, times and deflate options out of range
  explicit client(const boost::asio::any_io_executor& executor, client_options options = {});

  /// Connects to a URL: `ws://host[:port]/path?query` or `wss://...`. Completes with
  /// `void(error_code)`. Errors: those of the network and of TLS, error::timed_out,
  /// error::handshake_refused (see response()), `invalid_argument` for a malformed URL,
  /// `operation_aborted` after close() or a cancellation, `already_started` for a second call.
  template <class Token>
  auto connect(std::string url, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        [self = *this](auto&& handler, std::string&& where) mutable {
          self.start_connect(std::move(where), std::forward<decltype(handler)>(handler));
        },
        token, std::move(url));
  }

  /// Reads the next message. Completes with `void(error_code, message)`; with `in_progress` if
  /// another read() is pending. Cancelling it (`operation_aborted`) loses no message.
  ///
  /// Unread messages wait. While they take more than 1 MB the client receives nothing, and answers
  /// no pings.
  ///
  /// Errors: `boost::asio::error::eof` after the closing handshake, else the cause of the end: an
  /// error of the network, `connection_reset` also for an end without a close frame,
  /// `protocol_error` for invalid frames or text, `message_size` for a message above
  /// max_message_size, `no_buffer_space` for a queue above max_send_queue, and error::timed_out if
  /// the server did not answer a close frame in time.
  template <class Token>
  auto read(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, message)>(
        [self = *this](auto&& handler) mutable {
          self.start_read(std::forward<decltype(handler)>(handler));
        },
        token);
  }

  /// Queues a text message (UTF-8) or a binary one. Messages wait until the connection is open;
  /// after close() or the connection's end they are dropped.
  void send(std::string_view text);
  void send(std::span<const std::byte> bytes);
  /// The approximate number of unsent bytes.
  [[nodiscard]] std::size_t buffered() const;
  /// Sends a ping; cuts the payload to 125 bytes. Does nothing before the connection is open.
  void ping(std::string_view payload = {});
  /// Starts the closing handshake after the queued messages; read() still returns the messages that
  /// arrive, and then eof. Sends no code for one that close frames must not contain. Before the
  /// connection is open it aborts connect() instead.
  void close(close_code code = close_code::normal, std::string_view reason = {});

  /// The server's response to the handshake, after connect() has completed without an error or with
  /// error::handshake_refused; then with the first 8 KB of the body. The status is 0 without a
  /// valid response.
  [[nodiscard]] const http_response& response() const;
  /// The subprotocol that the server chose, after connect() has completed; empty if there is none.
  [[nodiscard]] std::string subprotocol() const;
  /// Whether the connection compresses messages, after connect() has completed.
  [[nodiscard]] bool deflates() const;
  /// Code and reason of the server's close frame, after read() has completed with an error;
  /// close_code::abnormal without a close frame.
  [[nodiscard]] close_code received_close_code() const;
  [[nodiscard]] std::string received_close_reason() const;

 private:
  class state;

  void start_connect(std::string url,
                     boost::asio::any_completion_handler<void(error_code)> handler);
  void start_read(boost::asio::any_completion_handler<void(error_code, message)> handler);

  std::shared_ptr<state> state_;
};

}  // namespace socketio::websocket
