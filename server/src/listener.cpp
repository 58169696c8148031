#include "listener.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace socketio {
namespace {

using namespace std::chrono_literals;

constexpr int backlog = 4096;
// Accepted in one turn, so that a herd of clients does not keep the ones that are there waiting.
constexpr int accepts_a_turn = 32;
// While the process is out of descriptors or memory, accepting would fail in a busy loop.
constexpr auto retry_delay = 100ms;

[[noreturn]] void throw_errno(const std::string& what) {
  throw boost::system::system_error(errno, boost::system::system_category(), what);
}

std::string text_of(const sockaddr_storage& peer) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (peer.ss_family == AF_INET) {
    const auto& address = reinterpret_cast<const sockaddr_in&>(peer);
    inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
  } else if (peer.ss_family == AF_INET6) {
    const auto& address = reinterpret_cast<const sockaddr_in6&>(peer);
    if (IN6_IS_ADDR_V4MAPPED(&address.sin6_addr)) {
      inet_ntop(AF_INET, &address.sin6_addr.s6_addr[12], text.data(), text.size());
    } else {
      inet_ntop(AF_INET6, &address.sin6_addr, text.data(), text.size());
    }
  }
  return text.data();
}

// A socket file that no server listens on any more would else keep the address taken.
void remove_stale(const std::filesystem::path& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return;
  const bool refused =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 &&
      errno == ECONNREFUSED;
  ::close(probe);
  if (refused) ::unlink(path.c_str());
}

}  // namespace

struct listener::address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  std::filesystem::path unix_socket;

  static address of_path(const std::filesystem::path& path) {
    address result;
    auto& local = reinterpret_cast<sockaddr_un&>(result.storage);
    if (path.native().size() >= sizeof(local.sun_path)) {
      throw std::invalid_argument("the path of a Unix domain socket is too long");
    }
    local.sun_family = AF_UNIX;
    std::memcpy(local.sun_path, path.c_str(), path.native().size() + 1);
    result.size = sizeof(sockaddr_un);
    result.unix_socket = path;
    remove_stale(path, local);
    return result;
  }

  static address any(int family, std::uint16_t port) {
    address result;
    result.storage.ss_family = static_cast<sa_family_t>(family);
    result.size = family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    result.set_port(port);
    return result;
  }

  // Every address of a host.
  static std::vector<address> resolve(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found); error != 0) {
      throw std::runtime_error("cannot resolve " + host + ": " + ::gai_strerror(error));
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
    std::vector<address> addresses;
    for (; found != nullptr; found = found->ai_next) {
      if (found->ai_family != AF_INET && found->ai_family != AF_INET6) continue;
      auto& added = addresses.emplace_back();
      std::memcpy(&added.storage, found->ai_addr, found->ai_addrlen);
      added.size = found->ai_addrlen;
      added.set_port(port);
    }
    return addresses;
  }

  void set_port(std::uint16_t port) {
    if (storage.ss_family == AF_INET6) {
      reinterpret_cast<sockaddr_in6&>(storage).sin6_port = htons(port);
    } else {
      reinterpret_cast<sockaddr_in&>(storage).sin_port = htons(port);
    }
  }
};

std::vector<std::shared_ptr<listener>> listener::open(const boost::asio::any_io_executor& executor,
                                                      const listen_options& options) {
  std::shared_ptr<const tls_context> tls;
  if (options.tls) tls = std::make_shared<const tls_context>(*options.tls);
  const auto make = [&](const address& where, bool dual_stack) {
    return std::shared_ptr<listener>(new listener(executor, where, dual_stack, tls));
  };
  if (!options.unix_socket.empty()) return {make(address::of_path(options.unix_socket), false)};
  if (options.host.empty()) {
    try {
      return {make(address::any(AF_INET6, options.port), true)};
    } catch (const boost::system::system_error& error) {
      // A machine without IPv6.
      if (error.code().value() != EAFNOSUPPORT && error.code().value() != EADDRNOTAVAIL) throw;
      return {make(address::any(AF_INET, options.port), false)};
    }
  }
  std::vector<std::shared_ptr<listener>> opened;
  auto port = options.port;
  for (auto& where : address::resolve(options.host, options.port)) {
    where.set_port(port);
    try {
      opened.push_back(make(where, false));
    } catch (const boost::system::system_error& error) {
      // One of the host's addresses may be of a family that this machine does not have.
      if (error.code().value() != EAFNOSUPPORT && error.code().value() != EADDRNOTAVAIL) throw;
      continue;
    }
    port = opened.front()->port();
  }
  if (opened.empty()) throw std::runtime_error("no address to listen on for " + options.host);
  return opened;
}

listener::listener(const boost::asio::any_io_executor& executor, const address& where,
                   bool dual_stack, std::shared_ptr<const tls_context> tls)
    : descriptor_(executor),
      retry_(executor),
      family_(where.storage.ss_family),
      tls_(std::move(tls)) {
  const int socket = ::socket(family_, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) throw_errno("socket");
  descriptor_.assign(socket);
  const int on = 1;
  const int only_v6 = dual_stack ? 0 : 1;
  if (family_ != AF_UNIX) ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (family_ == AF_INET6) {
    ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof(only_v6));
  }
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&where.storage), where.size) != 0) {
    throw_errno("cannot listen");
  }
  unix_socket_ = where.unix_socket;
  if (::listen(socket, backlog) != 0) throw_errno("cannot listen");
}

listener::~listener() {
  close();
}

std::uint16_t listener::port() const {
  sockaddr_storage local{};
  socklen_t size = sizeof(local);
  // The descriptor is only read: native_handle() is not const.
  const int socket =
      const_cast<boost::asio::posix::stream_descriptor&>(descriptor_).native_handle();
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&local), &size) != 0) return 0;
  if (local.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(local).sin6_port);
  }
  if (local.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in&>(local).sin_port);
  }
  return 0;
}

void listener::start(accept_handler handler) {
  handler_ = std::move(handler);
  wait();
}

void listener::close() {
  boost::system::error_code ignored;
  descriptor_.close(ignored);
  retry_.cancel();
  if (!unix_socket_.empty()) ::unlink(std::exchange(unix_socket_, {}).c_str());
}

void listener::wait() {
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [self = shared_from_this()](const boost::system::error_code& error) {
                           if (!error && self->descriptor_.is_open()) self->accept();
                         });
}

void listener::accept() {
  for (int accepts = 0; accepts < accepts_a_turn; ++accepts) {
    sockaddr_storage peer{};
    socklen_t size = sizeof(peer);
    const int socket = ::accept4(descriptor_.native_handle(), reinterpret_cast<sockaddr*>(&peer),
                                 &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      // A connection that broke before it was accepted is no reason to stop.
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        return back_off();
      }
      continue;
    }
    const int on = 1;
    if (family_ != AF_UNIX) ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    accepted_socket accepted;
    accepted.descriptor = unique_descriptor(socket);
    accepted.remote_address = text_of(peer);
    accepted.tls = tls_;
    handler_(std::move(accepted));
  }
  wait();
}

void listener::back_off() {
  retry_.expires_after(retry_delay);
  retry_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error && self->descriptor_.is_open()) self->accept();
  });
}

}  // namespace socketio
