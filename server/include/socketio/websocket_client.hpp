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
  /// Fields of the handshake request besides its own, such as `Origin` or `Authorization`.
  http_fields headers;
  /// The subprotocols to offer, the preferred one first.
  std::vector<std::string> subprotocols;
  /// Offers permessage-deflate.
  std::optional<deflate_options> deflate;
  /// Largest message that is accepted, in bytes.
  std::uint64_t max_message_size = 16'000'000;
  /// Bytes that may wait for the server to read them; more end the connection.
  std::size_t max_send_queue = 64U << 20U;
  /// How long connecting may take, from the name's resolution to the end of the handshake.
  std::chrono::milliseconds connect_timeout{30'000};
  /// How long the server may take for each step of closing: to read more of what was sent before
  /// the close frame, to answer that, and to end the TCP connection.
  std::chrono::milliseconds close_timeout{5'000};
  /// For `wss`: a file with the certificates to trust (PEM), instead of the system's.
  std::filesystem::path certificate_authority;
  /// For `wss`: whether the server's certificate, and that it is for the URL's host, is checked.
  bool verify_certificate = true;

  client_options() = default;
};

/// A native WebSocket client (RFC 6455). A handle: copies stand for the same connection. With the
/// last one that is not waiting in an operation the connection is closed: what has been sent still
/// leaves, and a close frame with code 1000, for which the executor has to go on running.
///
/// Everything runs on the executor given, whose context has to outlive the handles; completion
/// handlers run there, too, if they name no other. All functions may be called on any thread.
class client {
 public:
  /// @throws std::invalid_argument for header fields that are malformed or the handshake's own, for
  /// subprotocols that are no tokens or repeated, for a certificate_authority that is not there,
  /// and for limits, times and deflate options out of range
  explicit client(const boost::asio::any_io_executor& executor, client_options options = {});

  /// Connects to a URL: `ws://host[:port]/path?query` or `wss://...`. Completes with
  /// `void(error_code)`. Errors: those of the network and of TLS, error::timed_out,
  /// error::handshake_refused (see response()), `invalid_argument` for a malformed URL,
  /// `operation_aborted` after close() or a cancellation. Only once: `already_started` else.
  template <class Token>
  auto connect(std::string url, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        [self = *this](auto&& handler, std::string&& where) mutable {
          self.start_connect(std::move(where), std::forward<decltype(handler)>(handler));
        },
        token, std::move(url));
  }

  /// Reads the next message; one read() at a time, `in_progress` else. Completes with
  /// `void(error_code, message)`. Cancelling it (`operation_aborted`) loses no message.
  ///
  /// Messages that nobody has read yet wait. While they take more than 1 MB nothing is received,
  /// and pings are not answered either.
  ///
  /// Errors: `boost::asio::error::eof` once the connection has ended with the closing handshake,
  /// else what has ended it: the errors of the network, `connection_reset` also for an end without
  /// a close frame, `protocol_error` for invalid frames or text, `message_size` for a message above
  /// max_message_size, `no_buffer_space` for a queue above max_send_queue, and error::timed_out for
  /// a server that has not answered a close frame in time.
  template <class Token>
  auto read(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, message)>(
        [self = *this](auto&& handler) mutable {
          self.start_read(std::forward<decltype(handler)>(handler));
        },
        token);
  }

  /// Queues a text message (UTF-8) or a binary one. What is sent before the connection is open
  /// leaves once it is; what is sent after close() or the connection's end is dropped.
  void send(std::string_view text);
  void send(std::span<const std::byte> bytes);
  /// Bytes that wait to be sent, about.
  [[nodiscard]] std::size_t buffered() const;
  /// Sends a ping, with at most 125 bytes; what is longer is cut. Does nothing before the
  /// connection is open.
  void ping(std::string_view payload = {});
  /// Begins the closing handshake after what has been sent; read() completes with what still comes,
  /// and then with eof. A code that may not stand in a frame is sent as none. Before the connection
  /// is open, connect() fails instead.
  void close(close_code code = close_code::normal, std::string_view reason = {});

  /// The server's response to the handshake, once connect() has completed, without or with
  /// error::handshake_refused; with the first 8 KB of the body if it refuses. The status is 0 if
  /// there was none that is valid HTTP.
  [[nodiscard]] const http_response& response() const;
  /// The subprotocol that the server has chosen, once connect() has completed; empty if none.
  [[nodiscard]] std::string subprotocol() const;
  /// Whether messages are compressed, once connect() has completed.
  [[nodiscard]] bool deflates() const;
  /// The code and the reason of the server's close frame, after read() has completed with an error;
  /// close_code::abnormal if there was none.
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
