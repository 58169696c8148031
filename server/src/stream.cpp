#include "stream.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace socketio {
namespace {

constexpr std::size_t tls_record_size = 16 * 1024;

}  // namespace

stream::stream(accepted_socket&& accepted)
    : socket_(std::move(accepted.descriptor)),
      ssl_(accepted.tls ? accepted.tls->accept(socket_.get()) : nullptr) {}

io_status stream::read(std::span<char> buffer, std::size_t& bytes) {
  bytes = 0;
  if (ssl_) {
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &bytes);
    return result == 1 ? io_status::done : result_of(result);
  }
  while (true) {
    const auto received = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (received > 0) {
      bytes = static_cast<std::size_t>(received);
      return io_status::done;
    }
    if (received == 0) return io_status::end;
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK ? io_status::want_read : io_status::failed;
  }
}

io_status stream::write(std::span<const iovec> buffers, std::size_t& bytes) {
  bytes = 0;
  if (ssl_) {
    // One record for many small buffers: each record costs a system call and its own overhead.
    std::array<char, tls_record_size> record;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    std::size_t size = 0;
    for (const auto& buffer : buffers) {
      const auto part = std::min(buffer.iov_len, record.size() - size);
      std::copy_n(static_cast<const char*>(buffer.iov_base), part, record.data() + size);
      size += part;
    }
    ERR_clear_error();
    const int result = SSL_write_ex(ssl_.get(), record.data(), size, &bytes);
    return result == 1 ? io_status::done : result_of(result);
  }
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(buffers.data());
  message.msg_iovlen = buffers.size();
  while (true) {
    const auto sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes = static_cast<std::size_t>(sent);
      return io_status::done;
    }
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK ? io_status::want_write : io_status::failed;
  }
}

io_status stream::result_of(int ssl_result) {
  switch (SSL_get_error(ssl_.get(), ssl_result)) {
    case SSL_ERROR_WANT_READ:
      return io_status::want_read;
    case SSL_ERROR_WANT_WRITE:
      return io_status::want_write;
    case SSL_ERROR_ZERO_RETURN:
      return io_status::end;
    default:
      return io_status::failed;
  }
}

void stream::shutdown_send() {
  if (ssl_ && SSL_is_init_finished(ssl_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  ::shutdown(socket_.get(), SHUT_WR);
}

void stream::close() {
  socket_ = {};
}

}  // namespace socketio
