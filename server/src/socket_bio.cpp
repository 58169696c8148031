#include "socket_bio.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>

namespace socketio {
namespace {

// The descriptor is kept in the place of a pointer.
int descriptor_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

// What a system call's result means to OpenSSL.
int finish(BIO* bio, ssize_t result, std::size_t* moved, int retry) {
  BIO_clear_retry_flags(bio);
  if (result > 0) {
    *moved = static_cast<std::size_t>(result);
    return 1;
  }
  *moved = 0;
  if (result == 0) {
    BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
    BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
  }
  return 0;
}

int write_socket(BIO* bio, const char* bytes, std::size_t size, std::size_t* written) {
  ssize_t result = 0;
  do {
    result = ::send(descriptor_of(bio), bytes, size, MSG_NOSIGNAL);
  } while (result < 0 && errno == EINTR);
  return finish(bio, result, written, BIO_FLAGS_WRITE);
}

int read_socket(BIO* bio, char* bytes, std::size_t size, std::size_t* read) {
  ssize_t result = 0;
  do {
    result = ::recv(descriptor_of(bio), bytes, size, 0);
  } while (result < 0 && errno == EINTR);
  return finish(bio, result, read, BIO_FLAGS_READ);
}

long control_socket(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

struct free_method {
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

std::unique_ptr<BIO_METHOD, free_method> make_method() {
  std::unique_ptr<BIO_METHOD, free_method> method(
      BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE"));
  if (!method || BIO_meth_set_write_ex(method.get(), write_socket) != 1 ||
      BIO_meth_set_read_ex(method.get(), read_socket) != 1 ||
      BIO_meth_set_ctrl(method.get(), control_socket) != 1) {
    throw std::bad_alloc();
  }
  return method;
}

}  // namespace

BIO* make_socket_bio(int descriptor) {
  static const auto method = make_method();
  auto* bio = BIO_new(method.get());
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace socketio
