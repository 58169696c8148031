#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <socketio/protocol/websocket_frame.hpp>
#include <socketio/tls.hpp>

/// A blocking server for tests of clients: the test decides about every byte that it sends. A call
/// that takes longer than `patience` throws.
namespace integration {

/// A frame as a client sent it, unmasked.
struct received_frame {
  socketio::websocket::opcode code{};
  std::string payload;
  bool fin = false;
  bool compressed = false;
  std::string key;  ///< the masking key
};

/// A connection from a client.
class raw_connection {
 public:
  /// Takes a descriptor; with a context it starts TLS.
  explicit raw_connection(int descriptor, SSL_CTX* context = nullptr);
  ~raw_connection();
  raw_connection(const raw_connection&) = delete;
  raw_connection& operator=(const raw_connection&) = delete;

  /// Makes the system's receive buffer small.
  void receive_little();
  void send(std::string_view bytes);
  /// Sends until the client takes no more; returns the number of bytes sent.
  std::size_t send_until_stuck(std::string_view bytes);
  /// Sends an unmasked frame.
  void send_frame(socketio::websocket::opcode code, std::string_view payload, bool fin = true,
                  bool compressed = false);
  /// Reads the head of a request, including the empty line.
  [[nodiscard]] std::string read_head();
  /// Reads the handshake and accepts it; returns the request. Adds `fields`, each with its line
  /// end, to the response, and sends `rest` right after it.
  std::string accept_handshake(std::string_view fields = {}, std::string_view rest = {});
  [[nodiscard]] received_frame read_frame();
  /// Reads a close frame and returns its code, a blank and its reason; `none` if it is empty.
  [[nodiscard]] std::string read_close();
  /// Reads and ignores everything up to the end.
  void read_to_end();
  /// Reads up to the end; returns whether nothing arrived.
  [[nodiscard]] bool is_at_end();
  /// Ends the connection; over TLS without a closure alert.
  void close();
  /// Ends the connection with a reset.
  void reset();
  /// The name that the client asked for in its TLS handshake.
  [[nodiscard]] std::string server_name() const;

 private:
  struct free_ssl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  bool receive_more();
  std::string take(std::size_t size);

  int descriptor_;
  std::unique_ptr<SSL, free_ssl> ssl_;
  std::string received_;
};

/// Listens on a free port of 127.0.0.1.
class raw_server {
 public:
  raw_server();
  explicit raw_server(const socketio::tls_options& tls);
  ~raw_server();
  raw_server(const raw_server&) = delete;
  raw_server& operator=(const raw_server&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// A URL of the server.
  [[nodiscard]] std::string url(std::string_view target = "/",
                                std::string_view host = "127.0.0.1") const;
  [[nodiscard]] std::unique_ptr<raw_connection> accept();

 private:
  struct free_context {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  int descriptor_ = -1;
  std::uint16_t port_ = 0;
  std::unique_ptr<SSL_CTX, free_context> context_;
};

/// The value of `Sec-WebSocket-Accept` for a request.
[[nodiscard]] std::string accept_value_for(std::string_view request);
/// The 101 response to a request.
[[nodiscard]] std::string accepting_response(std::string_view request,
                                             std::string_view fields = {});

}  // namespace integration
