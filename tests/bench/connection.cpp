#include "connection.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <new>
#include <system_error>

namespace bench {

connection::connection(event_loop& loop, const target& server, user& owner)
    : loop_(loop), owner_(owner), socket_(server.connect()) {
  if (server.tls() != nullptr) {
    ssl_.reset(SSL_new(server.tls()));
    if (!ssl_ || SSL_set_fd(ssl_.get(), socket_.get()) != 1) throw std::bad_alloc();
    SSL_set_connect_state(ssl_.get());
  } else {
    secured_ = true;
  }
  loop_.add(socket_.get(), EPOLLIN | EPOLLOUT, *this);
}

connection::~connection() {
  if (socket_) loop_.remove(socket_.get(), *this);
}

void connection::on_events(std::uint32_t events) {
  if (!connected_ && !finish_connect()) return;
  if (!secured_ && !shake_hands()) return;
  if (!secured_) return;
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !receive()) return;
  write();
}

void connection::flush() {
  if (secured_ && connected_ && !watches_output_) write();
}

bool connection::finish_connect() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return end("connect: " + std::system_category().message(error));
  connected_ = true;
  return true;
}

bool connection::shake_hands() {
  const auto result = judge_tls(SSL_do_handshake(ssl_.get()));
  if (result < 0) return end("TLS handshake: " + error_);
  secured_ = result > 0;
  watch(secured_ || SSL_want_write(ssl_.get()));
  return true;
}

bool connection::receive() {
  const auto buffer = loop_.read_buffer();
  while (true) {
    const auto count = read_some(buffer);
    if (count < 0) return end(error_);
    if (count == 0) return true;
    owner_.on_data(buffer.first(static_cast<std::size_t>(count)));
    // epoll reports a plain socket's remaining bytes again, but not those that TLS has decrypted.
    if (!ssl_) return true;
  }
}

bool connection::write() {
  while (written_ < output_.size()) {
    const auto count = write_some(std::string_view(output_).substr(written_));
    if (count < 0) return end(error_);
    if (count == 0) {
      watch(true);
      return true;
    }
    written_ += static_cast<std::size_t>(count);
  }
  output_.clear();
  written_ = 0;
  watch(false);
  return true;
}

bool connection::end(std::string_view why) {
  loop_.remove(socket_.get(), *this);
  socket_.reset();
  owner_.on_end(why);
  return false;
}

void connection::watch(bool output) {
  if (watches_output_ == output) return;
  watches_output_ = output;
  loop_.change(socket_.get(), output ? EPOLLIN | EPOLLOUT : EPOLLIN, *this);
}

std::ptrdiff_t connection::read_some(std::span<char> buffer) {
  if (ssl_) {
    return judge_tls(SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size())));
  }
  const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (count > 0) return count;
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  error_ = count == 0 ? "the server has ended the connection"
                      : "recv: " + std::system_category().message(errno);
  return -1;
}

std::ptrdiff_t connection::write_some(std::string_view bytes) {
  if (ssl_) {
    const auto size = std::min<std::size_t>(bytes.size(), INT_MAX);
    return judge_tls(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(size)));
  }
  const auto count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count >= 0) return count;
  if (errno == EAGAIN || errno == EINTR) return 0;
  error_ = "send: " + std::system_category().message(errno);
  return -1;
}

std::ptrdiff_t connection::judge_tls(int result) {
  if (result > 0) return result;
  const auto error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return 0;
  const auto* reason = ERR_reason_error_string(ERR_get_error());
  ERR_clear_error();
  error_ = error == SSL_ERROR_ZERO_RETURN ? "the server has ended the connection"
           : reason != nullptr            ? reason
                                          : "the connection has ended without a notice of TLS";
  return -1;
}

}  // namespace bench
