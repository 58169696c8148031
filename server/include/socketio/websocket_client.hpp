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
  /// How long connecting may take, from the name's resolution to the end of the handshake.
  std::chrono::milliseconds connect_timeout{30'000};
  /// How long the server may take to answer a close frame.
  std::chrono::milliseconds close_timeout{5'000};
  /// For `wss`: a file with the certificates to trust (PEM), instead of the system's.
  std::filesystem::path certificate_authority;
  /// For `wss`: whether the server's certificate, and that it is for the URL's host, is checked.
  bool verify_certificate = true;

  client_options() = default;
};

/// A native WebSocket client (RFC 6455). A handle: copies stand for the same connection, which is
/// closed with the last one that is not waiting in an operation.
///
/// Everything runs on the executor given; all functions may be called on any thread. One read() at
/// a time.
class client {
 public:
  explicit client(const boost::asio::any_io_executor& executor, client_options options = {});

  /// Connects to a URL: `ws://host[:port]/path?query` or `wss://...`. Completes with
  /// `void(error_code)`. Errors: those of the network and of TLS, error::timed_out,
  /// error::handshake_refused (see response()), `invalid_argument` for a malformed URL. Only once.
  template <class Token>
  auto connect(std::string url, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        [self = *this](auto&& handler, std::string&& where) mutable {
          self.start_connect(std::move(where), std::forward<decltype(handler)>(handler));
        },
        token, std::move(url));
  }

  /// Reads the next message. Completes with `void(error_code, message)`. Errors:
  /// `boost::asio::error::eof` once the connection has ended with the closing handshake, else what
  /// has ended it. Pings are answered while the connection is open, whether or not somebody reads.
  template <class Token>
  auto read(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, message)>(
        [self = *this](auto&& handler) mutable {
          self.start_read(std::forward<decltype(handler)>(handler));
        },
        token);
  }

  /// Queues a text message (UTF-8) or a binary one.
  void send(std::string_view text);
  void send(std::span<const std::byte> bytes);
  /// Sends a ping, with at most 125 bytes.
  void ping(std::string_view payload = {});
  /// Begins the closing handshake; read() completes with what still comes, and then with eof.
  void close(close_code code = close_code::normal, std::string_view reason = {});

  /// The server's response to the handshake, once connect() has completed, without or with
  /// error::handshake_refused.
  [[nodiscard]] const http_response& response() const;
  /// The subprotocol that the server has chosen; empty if none.
  [[nodiscard]] std::string subprotocol() const;
  /// Whether messages are compressed.
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
