#include "stream.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace socketio::detail {

stream::stream(accepted_socket&& accepted)
    : socket_(std::move(accepted.descriptor)),
      tls_(accepted.tls ? std::make_unique<tls_stream>(*accepted.tls, socket_.get()) : nullptr) {}

io_status stream::read(std::span<char> buffer, std::size_t& bytes) {
  if (tls_) {
    const auto status = tls_->read(buffer, bytes);
    more_to_read_ = tls_->more_to_read();
    return status;
  }
  bytes = 0;
  while (true) {
    const auto received = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (received > 0) {
      bytes = static_cast<std::size_t>(received);
      more_to_read_ = bytes == buffer.size();
      return io_status::done;
    }
    if (received == 0) return io_status::end;
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK ? io_status::want_read : io_status::failed;
  }
}

io_status stream::write(std::span<const iovec> buffers, std::size_t& bytes) {
  if (tls_) return tls_->write(buffers, bytes);
  bytes = 0;
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(buffers.data());
  message.msg_iovlen = buffers.size();
  const auto& first = buffers.front();
  while (true) {
    // Most writes have just one piece, for which the kernel has a faster path.
    const auto sent = buffers.size() == 1
                          ? ::send(socket_.get(), first.iov_base, first.iov_len, MSG_NOSIGNAL)
                          : ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes = static_cast<std::size_t>(sent);
      return io_status::done;
    }
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK ? io_status::want_write : io_status::failed;
  }
}

void stream::shutdown_send(bool clean) {
  if (tls_ && clean) tls_->shutdown();
  ::shutdown(socket_.get(), SHUT_WR);
}

void stream::close() {
  socket_ = {};
}

}  // namespace socketio::detail
