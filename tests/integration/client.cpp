#include "client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <socketio/protocol/base64.hpp>
#include <socketio/protocol/engineio_packet.hpp>
#include <socketio/protocol/json.hpp>

namespace integration {
namespace {

using socketio::http_response;
namespace websocket = socketio::websocket;

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

int connect_to(const endpoint& where) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  if (!where.unix_socket.empty()) {
    auto& address = reinterpret_cast<sockaddr_un&>(storage);
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, where.unix_socket.c_str(), sizeof(address.sun_path) - 1);
    size = sizeof(address);
  } else if (where.address.find(':') != std::string::npos) {
    auto& address = reinterpret_cast<sockaddr_in6&>(storage);
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(where.port);
    inet_pton(AF_INET6, where.address.c_str(), &address.sin6_addr);
    size = sizeof(address);
  } else {
    auto& address = reinterpret_cast<sockaddr_in&>(storage);
    address.sin_family = AF_INET;
    address.sin_port = htons(where.port);
    inet_pton(AF_INET, where.address.c_str(), &address.sin_addr);
    size = sizeof(address);
  }
  const int descriptor = ::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) throw_errno("socket");
  const timeval time{std::chrono::seconds(patience).count(), 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&storage), size) != 0) {
    const int error = errno;
    ::close(descriptor);
    errno = error;
    throw_errno("connect");
  }
  return descriptor;
}

std::string tls_error() {
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  ERR_clear_error();
  return reason != nullptr ? reason : "unknown";
}

template <class Number>
Number to_number(std::string_view digits, int base = 10) {
  Number number{};
  std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  return number;
}

}  // namespace

// --- stream

stream::stream(const endpoint& where) : descriptor_(connect_to(where)) {
  if (!where.tls) return;
  try {
    start_tls(where);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

stream::~stream() {
  close();
}

void stream::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void stream::reset() {
  const linger at_once{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  close();
}

void stream::end_sending() {
  if (ssl_) SSL_shutdown(ssl_.get());
  ::shutdown(descriptor_, SHUT_WR);
}

void stream::start_tls(const endpoint& where) {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  // Allow old versions here, so that the server has to refuse them.
  SSL_CTX_set_security_level(context_.get(), 0);
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
  SSL_CTX_set_max_cert_list(context_.get(), 16 * 1024 * 1024);
  SSL_CTX_set_max_proto_version(context_.get(), where.max_tls_version);
  if (const auto& own = where.certificate) {
    SSL_CTX_use_certificate_chain_file(context_.get(), own->certificate_chain.c_str());
    SSL_CTX_use_PrivateKey_file(context_.get(), own->private_key.c_str(), SSL_FILETYPE_PEM);
  }
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_fd(ssl_.get(), descriptor_);
  if (where.tls_session) SSL_set_session(ssl_.get(), where.tls_session.get());
  if (SSL_connect(ssl_.get()) != 1) throw std::runtime_error("TLS handshake: " + tls_error());
}

void stream::hold() {
  SSL_set0_wbio(ssl_.get(), BIO_new(BIO_s_mem()));
}

void stream::send_held() {
  const char* bytes = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(SSL_get_wbio(ssl_.get()), &bytes));
  const std::string held(bytes, size);
  auto* socket = SSL_get_rbio(ssl_.get());
  BIO_up_ref(socket);
  SSL_set0_wbio(ssl_.get(), socket);
  send_raw(held);
}

void stream::update_keys() {
  if (SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) != 1 ||
      SSL_do_handshake(ssl_.get()) != 1) {
    throw std::runtime_error("TLS key update: " + tls_error());
  }
}

void stream::send_close_notify() {
  SSL_shutdown(ssl_.get());
}

std::shared_ptr<SSL_SESSION> stream::tls_session() const {
  return {SSL_get1_session(ssl_.get()), SSL_SESSION_free};
}

void stream::send(std::string_view bytes) {
  if (ssl_) {
    std::size_t sent = 0;
    if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent) != 1) {
      throw std::runtime_error("TLS write: " + tls_error());
    }
    return;
  }
  send_raw(bytes);
}

void stream::send_raw(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) throw_errno("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string stream::receive() {
  std::string buffer(std::size_t{64} * 1024, '\0');
  if (ssl_) {
    std::size_t received = 0;
    const int result = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &received);
    if (result != 1 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ) {
      throw std::runtime_error("nothing was received in time");
    }
    ERR_clear_error();
    buffer.resize(result == 1 ? received : 0);
    return buffer;
  }
  const auto received = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (received < 0 && errno != ECONNRESET) throw_errno("recv");
  buffer.resize(received > 0 ? static_cast<std::size_t>(received) : 0);
  return buffer;
}

std::string stream::receive_all() {
  std::string all;
  for (auto part = receive(); !part.empty(); part = receive()) all += part;
  return all;
}

// --- http_client

bool http_client::receive_more() {
  const auto more = stream_.receive();
  received_ += more;
  return !more.empty();
}

http_response http_client::read(bool head) {
  const auto require_more = [this] {
    if (!receive_more()) throw std::runtime_error("the connection ended within a response");
  };
  std::size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) require_more();
  http_response response(to_number<unsigned>(std::string_view(received_).substr(9, 3)));
  std::string_view fields = std::string_view(received_).substr(0, end);
  for (auto line = fields.find("\r\n"); line != std::string_view::npos;
       line = fields.find("\r\n")) {
    fields.remove_prefix(line + 2);
    const auto field = fields.substr(0, fields.find("\r\n"));
    const auto colon = field.find(": ");
    response.headers.append(field.substr(0, colon), field.substr(colon + 2));
  }
  received_.erase(0, end + 4);
  if (head || response.status < 200) return response;
  const auto length = to_number<std::size_t>(response.headers["Content-Length"]);
  while (received_.size() < length) require_more();
  response.body = received_.substr(0, length);
  received_.erase(0, length);
  return response;
}

std::string http_client::format(std::string_view method, std::string_view target,
                                std::string_view body, std::string_view fields) {
  std::string text(method);
  text.append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n").append(fields);
  if (!body.empty() || method == "POST") {
    text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  }
  return text.append("\r\n").append(body);
}

http_response http_client::request(std::string_view method, std::string_view target,
                                   std::string_view body, std::string_view fields) {
  send(format(method, target, body, fields));
  return read(method == "HEAD");
}

std::string http_client::read_all() {
  return take_rest() + stream_.receive_all();
}

// --- websocket_client

websocket_client::websocket_client(const endpoint& where, std::string_view target)
    : http_(where), parser_([] {
        websocket::parser_options options;
        options.masked = false;
        options.max_message_size = std::uint64_t{64} << 20U;
        return options;
      }()) {
  const auto response = http_.request("GET", target, {},
                                      "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                                      "Sec-WebSocket-Version: 13\r\n"
                                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
  if (response.status != 101) {
    throw std::runtime_error("no upgrade: " + std::to_string(response.status));
  }
  received_ = http_.take_rest();
  unread_ = received_;
}

void websocket_client::send_frame(websocket::opcode code, std::string_view payload) {
  std::string frame;
  websocket::append_masked_frame(frame, code, payload, {0x12, 0x34, 0x56, 0x78});
  http_.below().send(frame);
}

void websocket_client::send(std::string_view packet) {
  send_frame(websocket::opcode::text, packet);
}

void websocket_client::send_binary(std::string_view bytes) {
  send_frame(websocket::opcode::binary, bytes);
}

void websocket_client::close() {
  send_frame(websocket::opcode::close, {});
}

std::optional<message> websocket_client::next() {
  while (!ended_) {
    switch (parser_.next(unread_)) {
      case websocket::parse_result::need_more:
        received_ = http_.below().receive();
        unread_ = received_;
        ended_ = received_.empty();
        break;
      case websocket::parse_result::message:
        return message{std::string(parser_.text()), parser_.binary()};
      case websocket::parse_result::ping:
      case websocket::parse_result::pong:
        break;
      case websocket::parse_result::close:
        ended_ = true;
        close_code_ = parser_.received_close_code();
        break;
      case websocket::parse_result::error:
        throw std::runtime_error(std::string(parser_.error_message()));
    }
  }
  return std::nullopt;
}

// --- polling_client

polling_client::polling_client(const endpoint& where) : http_(where) {
  const auto response = http_.get("/socket.io/?EIO=4&transport=polling");
  if (response.status != 200) {
    throw std::runtime_error("no handshake: " + std::to_string(response.status));
  }
  const auto packets = split(response.body);
  sid_ = socketio::json::parse(packets.front().data.substr(1)).at("sid").get<std::string>();
  received_.assign(packets.begin(), packets.end());
}

std::vector<message> polling_client::split(std::string_view payload) {
  std::vector<message> messages;
  while (true) {
    const auto end = payload.find(socketio::engineio::record_separator);
    const auto packet = payload.substr(0, end);
    if (packet.starts_with('b')) {
      messages.push_back({socketio::decode_base64(packet.substr(1)), true});
    } else {
      messages.push_back({std::string(packet), false});
    }
    if (end == std::string_view::npos) return messages;
    payload.remove_prefix(end + 1);
  }
}

void polling_client::send(std::string_view packet) {
  const auto response = http_.request("POST", target(), packet);
  if (response.body != "ok") {
    throw std::runtime_error("post: " + std::to_string(response.status));
  }
}

void polling_client::send_binary(std::string_view bytes) {
  std::string payload;
  socketio::engineio::append_binary_packet(payload, bytes);
  send(payload);
}

std::optional<message> polling_client::next() {
  if (received_.empty()) {
    const auto response = http_.get(target());
    if (response.status != 200) return std::nullopt;
    for (auto& packet : split(response.body)) received_.push_back(std::move(packet));
  }
  auto first = std::move(received_.front());
  received_.pop_front();
  if (!first.binary && first.data == "1") return std::nullopt;
  return first;
}

// --- socket_client

socket_client::socket_client(std::unique_ptr<transport> below) : transport_(std::move(below)) {
  const auto open = transport_->next();
  if (!open || !open->data.starts_with('0')) throw std::runtime_error("no open packet");
}

std::string socket_client::try_connect(std::string_view nsp, std::string_view auth) {
  std::string packet = "0";
  if (nsp != "/") packet.append(nsp).append(",");
  send(packet.append(auth));
  return next();
}

std::string socket_client::connect(std::string_view nsp, std::string_view auth) {
  const auto answer = try_connect(nsp, auth);
  if (!answer.starts_with('0')) throw std::runtime_error("not connected: " + answer);
  return socketio::json::parse(answer.substr(answer.find('{'))).at("sid").get<std::string>();
}

void socket_client::send(std::string_view packet) {
  transport_->send("4" + std::string(packet));
}

void socket_client::send_binary(std::string_view bytes) {
  transport_->send_binary(bytes);
}

std::string socket_client::ask(std::string_view json) {
  const auto id = std::to_string(next_id_++);
  send("2" + id + std::string(json));
  const auto answer = next();
  const auto expected = "3" + id;
  if (!answer.starts_with(expected)) throw std::runtime_error("no acknowledgement: " + answer);
  return answer.substr(expected.size());
}

std::optional<message> socket_client::next_message() {
  while (auto received = transport_->next()) {
    if (received->binary) return received;
    if (received->data == "2") {
      transport_->send("3");
    } else if (received->data.starts_with('4')) {
      received->data.erase(0, 1);
      return received;
    }
  }
  return std::nullopt;
}

std::string socket_client::next() {
  const auto received = next_message();
  if (!received) return "(end)";
  return received->binary ? "(binary)" + received->data : received->data;
}

}  // namespace integration
