#include "faults.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

namespace faults {
namespace {

struct planned {
  std::string name;
  int error = 0;
  std::size_t number = 0;
};

std::mutex mutex;
std::map<std::string, std::size_t, std::less<>> counted;  // under the mutex
planned next;                                             // under the mutex
bool has_happened = false;                                // under the mutex
std::set<int> wakers;                                     // under the mutex
// Until the first plan: the wrapped functions may be called before all this is set up.
std::atomic<bool> is_paused{true};
thread_local bool is_exempt = false;

// Counts a call, and returns the planned failure if this is the planned call.
std::optional<int> failure_of(std::string_view name) {
  if (is_exempt || is_paused) return std::nullopt;
  const std::scoped_lock lock(mutex);
  auto found = counted.find(name);
  if (found == counted.end()) found = counted.emplace(name, 0).first;
  if (++found->second != next.number || next.name != name) return std::nullopt;
  has_happened = true;
  return next.error;
}

// A call that sets errno.
template <class Call>
auto run(std::string_view name, Call call) -> decltype(call()) {
  if (const auto error = failure_of(name)) {
    errno = *error;
    return -1;
  }
  return call();
}

// The same for a call that moves bytes; `call` receives the largest number of bytes to move.
template <class Call>
ssize_t transfer(std::string_view name, std::size_t size, Call call) {
  const auto error = failure_of(name);
  if (!error) return call(size);
  if (*error == short_transfer) return call(std::min<std::size_t>(size, 1));
  errno = *error;
  return -1;
}

// Asio does not check whether a new epoll instance accepts the descriptors that wake it.
int remember_waker(int descriptor) {
  const std::scoped_lock lock(mutex);
  if (descriptor >= 0) wakers.insert(descriptor);
  return descriptor;
}

bool is_waker(int descriptor) {
  const std::scoped_lock lock(mutex);
  return wakers.contains(descriptor);
}

void forget_waker(int descriptor) {
  const std::scoped_lock lock(mutex);
  wakers.erase(descriptor);
}

bool is_regular_file(int descriptor) {
  const exempt ours;
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

const std::vector<function>& wrapped_functions() {
  static const std::vector<function> functions = {
      {"accept4",
       {EMFILE, ENFILE, ENOMEM, ENOBUFS, ECONNABORTED, EINTR, EAGAIN, EPROTO, EPERM, ENETDOWN}},
      {"access", {ENOENT, ENOMEM}},
      {"bind", {EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOMEM}},
      // The descriptor is closed all the same.
      {"close", {EINTR, EIO}},
      {"connect", {ECONNREFUSED, EAGAIN, ETIMEDOUT}},
      {"epoll_create1", {EMFILE, ENFILE, ENOMEM}},
      // Adding a descriptor takes memory; to change or remove one does not fail.
      {"epoll_ctl", {ENOMEM, ENOSPC}},
      {"epoll_wait", {EINTR}},
      {"eventfd", {EMFILE, ENFILE, ENOMEM}},
      {"fdatasync", {EIO, ENOSPC}},
      {"flock", {EWOULDBLOCK, ENOLCK}},
      {"fstat", {EIO, ENOMEM}},
      {"getaddrinfo", {EAI_AGAIN, EAI_MEMORY, EAI_NONAME, EAI_FAIL}},
      {"getsockname", {ENOBUFS}},
      {"linkat", {EEXIST, ENOSPC, EIO, ENOENT}},
      {"listen", {EADDRINUSE}},
      {"lstat", {EACCES, ENOMEM}},
      {"open", {EMFILE, ENFILE, ENOMEM, EACCES, EIO, EINTR, EOPNOTSUPP}},
      {"openat", {EMFILE, ENFILE, ENOMEM, EACCES, EIO, EINTR}},
      {"pipe", {EMFILE, ENFILE}},
      {"pread", {EIO, EINTR, short_transfer}},
      {"pthread_create", {EAGAIN}},
      {"RAND_bytes", {0}},
      {"recv", {EINTR, EAGAIN, ECONNRESET, ETIMEDOUT, ENOMEM, short_transfer}},
      {"rename", {EIO, ENOSPC}},
      {"send", {EINTR, EAGAIN, EPIPE, ECONNRESET, ENOBUFS, ENOMEM, ETIMEDOUT, short_transfer}},
      {"sendmsg", {EINTR, EAGAIN, EPIPE, ECONNRESET, ENOBUFS, ENOMEM, ETIMEDOUT, short_transfer}},
      {"setsockopt", {ENOMEM, ENOPROTOOPT}},
      {"shutdown", {ENOTCONN}},
      {"socket", {EMFILE, ENFILE, ENOMEM, ENOBUFS, EACCES, EAFNOSUPPORT}},
      {"timerfd_create", {EMFILE, ENFILE, ENOMEM}},
      {"unlink", {EACCES, ENOENT}},
      // To files only: what Asio writes to its own descriptors has room.
      {"write", {EINTR, EIO, ENOSPC, short_transfer}},
  };
  return functions;
}

void plan(std::string_view name, int error, std::size_t number) {
  is_paused = false;
  const std::scoped_lock lock(mutex);
  counted.clear();
  has_happened = false;
  next = {std::string(name), error, number};
}

void reset() {
  plan({}, 0, 0);
}

std::map<std::string, std::size_t, std::less<>> counts() {
  const std::scoped_lock lock(mutex);
  return counted;
}

bool happened() {
  const std::scoped_lock lock(mutex);
  return has_happened;
}

exempt::exempt(bool chosen) : before_(std::exchange(is_exempt, chosen)) {}

exempt::~exempt() {
  is_exempt = before_;
}

pause::pause() {
  is_paused = true;
}

pause::~pause() {
  is_paused = false;
}

}  // namespace faults

// What the linker calls instead of each function. NOLINTBEGIN(*-reserved-identifier,*-vararg)
extern "C" {

int __real_accept4(int, sockaddr*, socklen_t*, int);
int __wrap_accept4(int socket, sockaddr* peer, socklen_t* size, int flags) {
  return faults::run("accept4", [&] { return __real_accept4(socket, peer, size, flags); });
}

int __real_access(const char*, int);
int __wrap_access(const char* path, int mode) {
  return faults::run("access", [&] { return __real_access(path, mode); });
}

int __real_bind(int, const sockaddr*, socklen_t);
int __wrap_bind(int socket, const sockaddr* address, socklen_t size) {
  return faults::run("bind", [&] { return __real_bind(socket, address, size); });
}

int __real_close(int);
int __wrap_close(int descriptor) {
  const auto error = faults::failure_of("close");
  faults::forget_waker(descriptor);
  const int result = __real_close(descriptor);
  if (!error) return result;
  errno = *error;
  return -1;
}

int __real_connect(int, const sockaddr*, socklen_t);
int __wrap_connect(int socket, const sockaddr* address, socklen_t size) {
  return faults::run("connect", [&] { return __real_connect(socket, address, size); });
}

int __real_epoll_create1(int);
int __wrap_epoll_create1(int flags) {
  return faults::run("epoll_create1", [&] { return __real_epoll_create1(flags); });
}

int __real_epoll_ctl(int, int, int, epoll_event*);
int __wrap_epoll_ctl(int epoll, int operation, int descriptor, epoll_event* event) {
  const auto call = [&] { return __real_epoll_ctl(epoll, operation, descriptor, event); };
  const bool may_fail = operation == EPOLL_CTL_ADD && !faults::is_waker(descriptor);
  return may_fail ? faults::run("epoll_ctl", call) : call();
}

int __real_epoll_wait(int, epoll_event*, int, int);
int __wrap_epoll_wait(int epoll, epoll_event* events, int size, int timeout) {
  return faults::run("epoll_wait", [&] { return __real_epoll_wait(epoll, events, size, timeout); });
}

int __real_eventfd(unsigned, int);
int __wrap_eventfd(unsigned value, int flags) {
  return faults::remember_waker(
      faults::run("eventfd", [&] { return __real_eventfd(value, flags); }));
}

int __real_fstat(int, struct stat*);
int __wrap_fstat(int descriptor, struct stat* status) {
  return faults::run("fstat", [&] { return __real_fstat(descriptor, status); });
}

int __real_getaddrinfo(const char*, const char*, const addrinfo*, addrinfo**);
int __wrap_getaddrinfo(const char* host, const char* service, const addrinfo* hints,
                       addrinfo** found) {
  if (const auto error = faults::failure_of("getaddrinfo")) return *error;
  return __real_getaddrinfo(host, service, hints, found);
}

int __real_getsockname(int, sockaddr*, socklen_t*);
int __wrap_getsockname(int socket, sockaddr* address, socklen_t* size) {
  return faults::run("getsockname", [&] { return __real_getsockname(socket, address, size); });
}

int __real_linkat(int, const char*, int, const char*, int);
int __wrap_linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  return faults::run("linkat",
                     [&] { return __real_linkat(from_folder, from, to_folder, to, flags); });
}

int __real_listen(int, int);
int __wrap_listen(int socket, int backlog) {
  return faults::run("listen", [&] { return __real_listen(socket, backlog); });
}

int __real_lstat(const char*, struct stat*);
int __wrap_lstat(const char* path, struct stat* status) {
  return faults::run("lstat", [&] { return __real_lstat(path, status); });
}

int __real_open(const char*, int, ...);
int __wrap_open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  return faults::run("open", [&] { return __real_open(path, flags, mode); });
}

int __real_openat(int, const char*, int, ...);
int __wrap_openat(int folder, const char* path, int flags, ...) {
  // None of the server's creates a file.
  return faults::run("openat", [&] { return __real_openat(folder, path, flags); });
}

int __real_pipe(int*);
int __wrap_pipe(int* descriptors) {
  const int result = faults::run("pipe", [&] { return __real_pipe(descriptors); });
  if (result == 0) faults::remember_waker(descriptors[0]);
  return result;
}

ssize_t __real_pread(int, void*, std::size_t, off_t);
ssize_t __wrap_pread(int descriptor, void* buffer, std::size_t size, off_t position) {
  return faults::transfer("pread", size, [&](std::size_t most) {
    return __real_pread(descriptor, buffer, most, position);
  });
}

int __real_pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                          void* (*start)(void*), void* argument) {
  if (const auto error = faults::failure_of("pthread_create")) return *error;
  return __real_pthread_create(thread, attributes, start, argument);
}

int __real_RAND_bytes(unsigned char*, int);
int __wrap_RAND_bytes(unsigned char* bytes, int size) {
  if (const auto result = faults::failure_of("RAND_bytes")) return *result;
  return __real_RAND_bytes(bytes, size);
}

ssize_t __real_recv(int, void*, std::size_t, int);
ssize_t __wrap_recv(int socket, void* buffer, std::size_t size, int flags) {
  return faults::transfer(
      "recv", size, [&](std::size_t most) { return __real_recv(socket, buffer, most, flags); });
}

int __real_rename(const char*, const char*);
int __wrap_rename(const char* from, const char* to) {
  return faults::run("rename", [&] { return __real_rename(from, to); });
}

ssize_t __real_send(int, const void*, std::size_t, int);
ssize_t __wrap_send(int socket, const void* bytes, std::size_t size, int flags) {
  return faults::transfer(
      "send", size, [&](std::size_t most) { return __real_send(socket, bytes, most, flags); });
}

ssize_t __real_sendmsg(int, const msghdr*, int);
ssize_t __wrap_sendmsg(int socket, const msghdr* message, int flags) {
  auto shortened = *message;
  iovec first = message->msg_iov[0];
  return faults::transfer("sendmsg", 2, [&](std::size_t most) {
    if (most == 1) {
      first.iov_len = std::min<std::size_t>(first.iov_len, 1);
      shortened.msg_iov = &first;
      shortened.msg_iovlen = 1;
    }
    return __real_sendmsg(socket, &shortened, flags);
  });
}

int __real_setsockopt(int, int, int, const void*, socklen_t);
int __wrap_setsockopt(int socket, int level, int option, const void* value, socklen_t size) {
  return faults::run("setsockopt",
                     [&] { return __real_setsockopt(socket, level, option, value, size); });
}

int __real_shutdown(int, int);
int __wrap_shutdown(int socket, int how) {
  return faults::run("shutdown", [&] { return __real_shutdown(socket, how); });
}

int __real_socket(int, int, int);
int __wrap_socket(int family, int type, int protocol) {
  return faults::run("socket", [&] { return __real_socket(family, type, protocol); });
}

int __real_timerfd_create(int, int);
int __wrap_timerfd_create(int clock, int flags) {
  return faults::remember_waker(
      faults::run("timerfd_create", [&] { return __real_timerfd_create(clock, flags); }));
}

int __real_fdatasync(int);
int __wrap_fdatasync(int descriptor) {
  return faults::run("fdatasync", [&] { return __real_fdatasync(descriptor); });
}
int __real_flock(int, int);
int __wrap_flock(int descriptor, int operation) {
  return faults::run("flock", [&] { return __real_flock(descriptor, operation); });
}
int __real_unlink(const char*);
int __wrap_unlink(const char* path) {
  return faults::run("unlink", [&] { return __real_unlink(path); });
}

ssize_t __real_write(int, const void*, std::size_t);
ssize_t __wrap_write(int descriptor, const void* bytes, std::size_t size) {
  if (!faults::is_regular_file(descriptor)) return __real_write(descriptor, bytes, size);
  return faults::transfer("write", size,
                          [&](std::size_t most) { return __real_write(descriptor, bytes, most); });
}

}  // extern "C"
// NOLINTEND(*-reserved-identifier,*-vararg)
