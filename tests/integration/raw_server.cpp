#include "raw_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <socketio/protocol/websocket_handshake.hpp>

#include "client.hpp"

namespace integration {
namespace {

namespace websocket = socketio::websocket;

void check(bool succeeded, const char* what) {
  if (!succeeded) throw std::system_error(errno, std::generic_category(), what);
}

void limit_waiting(int descriptor) {
  const timeval time{std::chrono::seconds(patience).count(), 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

}  // namespace

// --- raw_connection

raw_connection::raw_connection(int descriptor, SSL_CTX* context) : descriptor_(descriptor) {
  limit_waiting(descriptor_);
  if (context == nullptr) return;
  ssl_.reset(SSL_new(context));
  SSL_set_fd(ssl_.get(), descriptor_);
  // The first read reports a client that refuses the certificate.
  SSL_accept(ssl_.get());
  ERR_clear_error();
}

raw_connection::~raw_connection() {
  close();
}

void raw_connection::receive_little() {
  constexpr int size = 16 * 1024;
  check(::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) == 0, "setsockopt");
}

void raw_connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t sent = 0;
    if (ssl_) {
      if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent) != 1) {
        throw std::runtime_error("TLS write");
      }
    } else {
      const auto result = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      check(result >= 0, "send");
      sent = static_cast<std::size_t>(result);
    }
    bytes.remove_prefix(sent);
  }
}

std::size_t raw_connection::send_until_stuck(std::string_view bytes) {
  const timeval short_time{0, 200'000};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &short_time, sizeof(short_time));
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto rest = bytes.substr(sent);
    const auto result = ::send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (result < 0 && errno == EAGAIN) break;
    check(result >= 0, "send");
    sent += static_cast<std::size_t>(result);
  }
  limit_waiting(descriptor_);
  return sent;
}

void raw_connection::send_frame(websocket::opcode code, std::string_view payload, bool fin,
                                bool compressed) {
  std::string frame;
  websocket::append_frame(frame, code, payload, fin, compressed);
  send(frame);
}

bool raw_connection::receive_more() {
  std::string buffer(std::size_t{64} * 1024, '\0');
  std::size_t size = 0;
  if (ssl_) {
    if (SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &size) != 1) size = 0;
    ERR_clear_error();
  } else {
    const auto result = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    check(result >= 0 || errno == ECONNRESET, "recv");
    if (result > 0) size = static_cast<std::size_t>(result);
  }
  received_.append(buffer, 0, size);
  return size != 0;
}

std::string raw_connection::take(std::size_t size) {
  while (received_.size() < size) {
    if (!receive_more()) throw std::runtime_error("the client has ended the connection");
  }
  auto taken = received_.substr(0, size);
  received_.erase(0, size);
  return taken;
}

std::string raw_connection::read_head() {
  constexpr std::string_view end = "\r\n\r\n";
  auto found = received_.find(end);
  while (found == std::string::npos) {
    if (!receive_more()) throw std::runtime_error("the client has ended the connection");
    found = received_.find(end);
  }
  return take(found + end.size());
}

std::string raw_connection::accept_handshake(std::string_view fields, std::string_view rest) {
  auto request = read_head();
  send(accepting_response(request, fields).append(rest));
  return request;
}

received_frame raw_connection::read_frame() {
  constexpr std::uint8_t bits_of_code = 0x0F;
  constexpr std::uint8_t bits_of_length = 0x7F;
  const auto header = take(2);
  const auto first = static_cast<std::uint8_t>(header[0]);
  const auto second = static_cast<std::uint8_t>(header[1]);
  if ((second & ~unsigned{bits_of_length}) == 0) throw std::runtime_error("frame not masked");
  std::uint64_t length = second & bits_of_length;
  if (length > 125) {
    const auto bytes = take(length == 126 ? 2 : 8);
    length = 0;
    for (const char byte : bytes) length = length << 8 | static_cast<std::uint8_t>(byte);
  }
  received_frame frame;
  frame.code = static_cast<websocket::opcode>(first & bits_of_code);
  frame.fin = (first & 0x80) != 0;
  frame.compressed = (first & 0x40) != 0;
  frame.key = take(4);
  frame.payload = take(length);
  for (std::size_t i = 0; i < frame.payload.size(); ++i) {
    frame.payload[i] = static_cast<char>(frame.payload[i] ^ frame.key[i % 4]);
  }
  return frame;
}

std::string raw_connection::read_close() {
  const auto frame = read_frame();
  if (frame.code != websocket::opcode::close) throw std::runtime_error("no close frame");
  if (frame.payload.empty()) return "none";
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(frame.payload.at(i)); };
  const auto reason = frame.payload.substr(2);
  return std::to_string(byte(0) * 256 + byte(1)) + (reason.empty() ? "" : " " + reason);
}

void raw_connection::read_to_end() {
  while (receive_more()) continue;
}

bool raw_connection::is_at_end() {
  return received_.empty() && !receive_more();
}

void raw_connection::close() {
  if (descriptor_ < 0) return;
  ::close(std::exchange(descriptor_, -1));
}

void raw_connection::reset() {
  const linger at_once{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  ::close(std::exchange(descriptor_, -1));
}

std::string raw_connection::server_name() const {
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name != nullptr ? name : "";
}

// --- raw_server

raw_server::raw_server() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  check(descriptor_ >= 0, "socket");
  limit_waiting(descriptor_);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  check(::bind(descriptor_, any, size) == 0, "bind");
  check(::listen(descriptor_, 8) == 0, "listen");
  check(::getsockname(descriptor_, any, &size) == 0, "getsockname");
  port_ = ntohs(address.sin_port);
}

raw_server::raw_server(const socketio::tls_options& tls) : raw_server() {
  context_.reset(SSL_CTX_new(TLS_server_method()));
  if (SSL_CTX_use_certificate_chain_file(context_.get(), tls.certificate_chain.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context_.get(), tls.private_key.c_str(), SSL_FILETYPE_PEM) != 1) {
    throw std::runtime_error("TLS context");
  }
}

raw_server::~raw_server() {
  ::close(descriptor_);
}

std::string raw_server::url(std::string_view target, std::string_view host) const {
  std::string text = context_ ? "wss://" : "ws://";
  return text.append(host).append(":").append(std::to_string(port_)).append(target);
}

std::unique_ptr<raw_connection> raw_server::accept() {
  const int accepted = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
  check(accepted >= 0, "accept");
  return std::make_unique<raw_connection>(accepted, context_.get());
}

// --- handshake

std::string accept_value_for(std::string_view request) {
  constexpr std::string_view name = "Sec-WebSocket-Key: ";
  const auto start = request.find(name);
  if (start == std::string_view::npos) throw std::runtime_error("no Sec-WebSocket-Key");
  const auto rest = request.substr(start + name.size());
  return websocket::accept_value(rest.substr(0, rest.find('\r')));
}

std::string accepting_response(std::string_view request, std::string_view fields) {
  return std::string("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n")
      .append("Connection: Upgrade\r\nSec-WebSocket-Accept: ")
      .append(accept_value_for(request))
      .append("\r\n")
      .append(fields)
      .append("\r\n");
}

}  // namespace integration
