#pragma once

#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/protocol/http.hpp>
#include <socketio/protocol/websocket_frame.hpp>
#include <socketio/protocol/websocket_parser.hpp>
#include <socketio/tls.hpp>

/// Small blocking clients for tests. A call that takes longer than `patience` throws.
namespace integration {

inline constexpr auto patience = std::chrono::seconds(10);

/// Where a server listens.
struct endpoint {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  std::filesystem::path unix_socket;  ///< instead of address and port, if not empty
  bool tls = false;
  int max_tls_version = 0;                           ///< OpenSSL's number; 0 for the newest
  std::shared_ptr<SSL_SESSION> tls_session;          ///< a session to resume, if the server agrees
  std::optional<socketio::tls_options> certificate;  ///< the client's own

  endpoint() = default;
  explicit endpoint(std::uint16_t number) : port(number) {}
};

/// A connection as a stream of bytes.
class stream {
 public:
  explicit stream(const endpoint& where);
  ~stream();
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;

  void send(std::string_view bytes);
  /// Over TLS: holds back what send() gets from now on, until send_held() sends it all at once.
  void hold();
  void send_held();
  /// Over TLS: asks the server to change its keys, and changes its own.
  void update_keys();
  /// Over TLS: announces the end of the data, but leaves the connection open.
  void send_close_notify();
  /// Ends the sending side; over TLS it says so first. What the server sends still comes.
  void end_sending();
  /// Closes the connection, over TLS without saying so.
  void close();
  /// Closes the connection with a reset: the server's side has failed.
  void reset();
  /// Over TLS: the session that a later connection may resume (call receive() first), and whether
  /// this connection resumed one.
  [[nodiscard]] std::shared_ptr<SSL_SESSION> tls_session() const;
  [[nodiscard]] bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  /// Waits for bytes and returns them; empty at the end of the connection.
  [[nodiscard]] std::string receive();
  /// Reads up to the end of the connection.
  [[nodiscard]] std::string receive_all();

 private:
  struct free_ssl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  void start_tls(const endpoint& where);
  void send_raw(std::string_view bytes);

  int descriptor_ = -1;
  std::unique_ptr<SSL_CTX, free_ssl> context_;
  std::unique_ptr<SSL, free_ssl> ssl_;
};

/// A connection that speaks HTTP.
class http_client {
 public:
  explicit http_client(const endpoint& where) : stream_(where) {}

  /// Sends bytes as they are.
  void send(std::string_view raw) { stream_.send(raw); }
  /// Reads the next response; set `head` for the response to a HEAD request.
  [[nodiscard]] socketio::http_response read(bool head = false);
  /// Sends a request and reads its response.
  socketio::http_response request(std::string_view method, std::string_view target,
                                  std::string_view body = {}, std::string_view fields = {});
  socketio::http_response get(std::string_view target) { return request("GET", target); }
  /// Reads up to the end of the connection.
  [[nodiscard]] std::string read_all();

  /// The text of a request.
  [[nodiscard]] static std::string format(std::string_view method, std::string_view target,
                                          std::string_view body = {}, std::string_view fields = {});

  // For the protocol after an upgrade.
  [[nodiscard]] stream& below() { return stream_; }
  [[nodiscard]] std::string take_rest() { return std::exchange(received_, {}); }

 private:
  bool receive_more();

  stream stream_;
  std::string received_;
};

/// A message of Engine.IO, or a frame.
struct message {
  std::string data;
  bool binary = false;
};

/// A transport of Engine.IO, for socket_client.
class transport {
 public:
  virtual ~transport() = default;
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;

  /// Sends an Engine.IO packet.
  virtual void send(std::string_view packet) = 0;
  virtual void send_binary(std::string_view bytes) = 0;
  /// Waits for the next packet; nothing at the end of the connection.
  [[nodiscard]] virtual std::optional<message> next() = 0;

 protected:
  transport() = default;
};

/// A WebSocket; also opens an Engine.IO session if the target asks for one.
class websocket_client final : public transport {
 public:
  explicit websocket_client(const endpoint& where,
                            std::string_view target = "/socket.io/?EIO=4&transport=websocket");

  void send(std::string_view packet) override;
  void send_binary(std::string_view bytes) override;
  [[nodiscard]] std::optional<message> next() override;

  /// Sends a close frame without a code.
  void close();
  /// The connection below.
  [[nodiscard]] stream& below() { return http_.below(); }
  /// The code of the close frame that ended the connection; abnormal if there was none.
  [[nodiscard]] socketio::websocket::close_code close_code() const { return close_code_; }

 private:
  void send_frame(socketio::websocket::opcode code, std::string_view payload);

  http_client http_;
  socketio::websocket::parser parser_;
  std::string received_;
  std::span<char> unread_;
  bool ended_ = false;
  socketio::websocket::close_code close_code_ = socketio::websocket::close_code::abnormal;
};

/// A session of HTTP long-polling, which polls and posts in turn on one connection.
class polling_client final : public transport {
 public:
  explicit polling_client(const endpoint& where);

  void send(std::string_view packet) override;
  void send_binary(std::string_view bytes) override;
  [[nodiscard]] std::optional<message> next() override;

  [[nodiscard]] const std::string& sid() const { return sid_; }
  /// The target of the session's requests.
  [[nodiscard]] std::string target() const {
    return "/socket.io/?EIO=4&transport=polling&sid=" + sid_;
  }
  /// Splits a payload into packets.
  [[nodiscard]] static std::vector<message> split(std::string_view payload);

 private:
  http_client http_;
  std::string sid_;
  std::deque<message> received_;
};

/// A client of Socket.IO. It answers heartbeats while it waits for packets.
class socket_client {
 public:
  explicit socket_client(const endpoint& where)
      : socket_client(std::make_unique<websocket_client>(where)) {}
  explicit socket_client(std::unique_ptr<transport> below);

  /// Connects to a namespace and returns the socket's id.
  std::string connect(std::string_view nsp = "/", std::string_view auth = {});
  /// Asks to connect to a namespace and returns the server's answer.
  std::string try_connect(std::string_view nsp, std::string_view auth = {});

  /// Sends a packet, for example `2["hello"]`.
  void send(std::string_view packet);
  void send_binary(std::string_view bytes);
  /// Sends an event, given as its JSON array, to the namespace `/`.
  void emit(std::string_view json) { send("2" + std::string(json)); }
  /// Sends an event with an ack id; returns the JSON array of the acknowledgement, which must be
  /// the next packet.
  std::string ask(std::string_view json);

  /// Waits for the next packet or attachment; nothing at the end of the connection.
  [[nodiscard]] std::optional<message> next_message();
  /// Waits for the next packet; `(end)` at the end, `(binary)` before an attachment's bytes.
  [[nodiscard]] std::string next();

  template <class Transport>
  [[nodiscard]] Transport& below() {
    return dynamic_cast<Transport&>(*transport_);
  }

 private:
  std::unique_ptr<transport> transport_;
  std::uint64_t next_id_ = 0;
};

}  // namespace integration
