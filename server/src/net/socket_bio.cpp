#include "socket_bio.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <new>

namespace socketio::detail {
namespace {

struct free_method {
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

}  // namespace

BIO* socket_bio::make_handle() {
  static const std::unique_ptr<BIO_METHOD, free_method> method(make_method());
  auto* bio = BIO_new(method.get());
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

BIO_METHOD* socket_bio::make_method() {
  std::unique_ptr<BIO_METHOD, free_method> method(
      BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket of a server"));
  if (!method || BIO_meth_set_write_ex(method.get(), write) != 1 ||
      BIO_meth_set_read_ex(method.get(), read) != 1 ||
      BIO_meth_set_ctrl(method.get(), control) != 1) {
    throw std::bad_alloc();
  }
  return method.release();
}

io_status socket_bio::receive(std::span<char> buffer) {
  while (true) {
    const auto size = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (size > 0) {
      received_ = buffer.first(static_cast<std::size_t>(size));
      return io_status::done;
    }
    if (size == 0) return io_status::end;
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK ? io_status::want_read : io_status::failed;
  }
}

io_status socket_bio::send_unsent() {
  if (unsent_.empty()) return io_status::done;
  std::size_t sent = 0;
  const auto status = send(unsent_, sent);
  unsent_.erase(0, sent);
  if (unsent_.empty()) unsent_ = {};
  return status;
}

// Sends all bytes, or as many as the peer takes.
io_status socket_bio::send(std::string_view bytes, std::size_t& sent) {
  const int flags = MSG_NOSIGNAL | (more_to_send_ ? MSG_MORE : 0);
  while (sent < bytes.size()) {
    const auto rest = bytes.substr(sent);
    const auto size = ::send(descriptor_, rest.data(), rest.size(), flags);
    if (size >= 0) {
      sent += static_cast<std::size_t>(size);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return io_status::want_write;
    } else if (errno != EINTR) {
      return io_status::failed;
    }
  }
  return io_status::done;
}

int socket_bio::write(BIO* bio, const char* bytes, std::size_t size,
                      std::size_t* written) noexcept {
  auto& socket = *static_cast<socket_bio*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  *written = 0;
  std::size_t sent = 0;
  if (socket.unsent_.empty() && socket.send({bytes, size}, sent) == io_status::failed) return 0;
  try {
    if (sent < size) socket.unsent_.append(bytes + sent, size - sent);
  } catch (const std::bad_alloc&) {
    return 0;
  }
  *written = size;
  return 1;
}

// Makes no system call.
int socket_bio::read(BIO* bio, char* bytes, std::size_t size, std::size_t* read) noexcept {
  auto& received = static_cast<socket_bio*>(BIO_get_data(bio))->received_;
  BIO_clear_retry_flags(bio);
  *read = std::min(size, received.size());
  if (*read == 0) {
    BIO_set_retry_read(bio);
    return 0;
  }
  std::copy_n(received.data(), *read, bytes);
  received = received.subspan(*read);
  return 1;
}

long socket_bio::control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) noexcept {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

}  // namespace socketio::detail
