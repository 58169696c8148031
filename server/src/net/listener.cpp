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
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace socketio::detail {
namespace {

using namespace std::chrono_literals;

constexpr int backlog = 4096;
// How many connections one turn accepts, so that new clients do not keep connected ones waiting.
constexpr int accepts_a_turn = 32;
// How long to wait before accepting again when the process is out of descriptors or memory.
constexpr auto retry_delay = 100ms;

// The address without the port; empty for a Unix domain socket.
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

// Removes a socket file on which no server listens any more, since it would block the address.
void remove_stale(const std::filesystem::path& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  const unique_descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const bool refused =
      ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 &&
      errno == ECONNREFUSED;
  if (refused) ::unlink(path.c_str());
}

}  // namespace

struct listener::address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  std::filesystem::path unix_socket;
  std::string host;  // as the options name it

  static address of_path(const std::filesystem::path& path) {
    address result;
    auto& local = reinterpret_cast<sockaddr_un&>(result.storage);
    if (path.native().size() >= sizeof(local.sun_path)) {
      throw std::invalid_argument("cannot listen on the Unix domain socket " + path.string() +
                                  ": its path has more than " +
                                  std::to_string(sizeof(local.sun_path) - 1) + " bytes");
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

  // All addresses of a host.
  static std::vector<address> resolve(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found); error != 0) {
      throw std::runtime_error("cannot listen on " + host + ": " +
                               (error == EAI_SYSTEM ? std::strerror(errno)  // NOLINT(*-mt-unsafe)
                                                    : ::gai_strerror(error)));
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
    std::vector<address> addresses;
    for (; found != nullptr; found = found->ai_next) {
      if (found->ai_family != AF_INET && found->ai_family != AF_INET6) continue;
      auto& added = addresses.emplace_back();
      std::memcpy(&added.storage, found->ai_addr, found->ai_addrlen);
      added.size = found->ai_addrlen;
      added.host = host;
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

  [[nodiscard]] std::uint16_t port() const {
    if (storage.ss_family == AF_INET6) {
      return ntohs(reinterpret_cast<const sockaddr_in6&>(storage).sin6_port);
    }
    if (storage.ss_family == AF_INET) {
      return ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
    }
    return 0;
  }

  [[nodiscard]] std::string text() const {
    if (!unix_socket.empty()) return "the Unix domain socket " + unix_socket.string();
    const auto number = std::to_string(port());
    if (host.empty()) return "port " + number;
    const auto numeric = text_of(storage);
    auto text = (storage.ss_family == AF_INET6 ? "[" + numeric + "]:" : numeric + ":") + number;
    if (host != numeric) text += " (" + host + ")";
    return text;
  }

  [[noreturn]] void fail() const {
    const auto error = errno;
    throw boost::system::system_error(error, boost::system::system_category(),
                                      "cannot listen on " + text());
  }
};

std::vector<std::shared_ptr<listener>> listener::open(const boost::asio::any_io_executor& executor,
                                                      const listen_options& options) {
  if (!options.unix_socket.empty() && (!options.host.empty() || options.port != 0)) {
    throw std::invalid_argument(
        "a listener has either a Unix domain socket or a host and a port, not both: " +
        options.unix_socket.string());
  }
  std::shared_ptr<const tls_context> tls;
  if (options.tls) tls = std::make_shared<const tls_context>(*options.tls);
  const auto make = [&](const address& where, bool dual_stack) {
    return std::shared_ptr<listener>(new listener(executor, where, dual_stack, tls));
  };
  // Of a family that this machine does not have.
  const auto is_unavailable = [](const boost::system::system_error& error) {
    return error.code().value() == EAFNOSUPPORT || error.code().value() == EADDRNOTAVAIL;
  };
  if (!options.unix_socket.empty()) return {make(address::of_path(options.unix_socket), false)};
  if (options.host.empty()) {
    try {
      return {make(address::any(AF_INET6, options.port), true)};
    } catch (const boost::system::system_error& error) {
      if (!is_unavailable(error)) throw;
      return {make(address::any(AF_INET, options.port), false)};
    }
  }
  std::vector<std::shared_ptr<listener>> opened;
  std::exception_ptr unavailable;
  auto port = options.port;
  for (auto& where : address::resolve(options.host, options.port)) {
    where.set_port(port);
    try {
      opened.push_back(make(where, false));
    } catch (const boost::system::system_error& error) {
      if (!is_unavailable(error)) throw;
      // No reason to stop as long as the host has another address.
      if (!unavailable) unavailable = std::current_exception();
      continue;
    }
    port = opened.front()->port();
  }
  if (opened.empty() && unavailable) std::rethrow_exception(unavailable);
  if (opened.empty()) {
    throw std::runtime_error("cannot listen on " + options.host + ": it has no IP address");
  }
  return opened;
}

listener::listener(const boost::asio::any_io_executor& executor, const address& where,
                   bool dual_stack, std::shared_ptr<const tls_context> tls)
    : descriptor_(executor),
      retry_(executor),
      family_(where.storage.ss_family),
      tls_(std::move(tls)) {
  unique_descriptor socket(::socket(family_, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const auto require = [&](int result) {
    if (result < 0) where.fail();
  };
  const auto set = [&](int level, int option, int value) {
    require(::setsockopt(socket.get(), level, option, &value, sizeof(value)));
  };
  require(socket.get());
  if (family_ != AF_UNIX) set(SOL_SOCKET, SO_REUSEADDR, 1);
  if (family_ == AF_INET6) set(IPPROTO_IPV6, IPV6_V6ONLY, dual_stack ? 0 : 1);
  require(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&where.storage), where.size));
  unix_socket_ = where.unix_socket;
  try {
    require(::listen(socket.get(), backlog));
    address local;
    local.size = sizeof(local.storage);
    require(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&local.storage), &local.size));
    port_ = local.port();
    descriptor_.assign(socket.get());
  } catch (...) {
    remove_unix_socket();
    throw;
  }
  static_cast<void>(socket.release());  // the descriptor owns it now
}

listener::~listener() {
  close();
}

void listener::start(accept_handler handler, failure_handler report) {
  handler_ = std::move(handler);
  report_ = std::move(report);
  wait();
}

void listener::close() {
  boost::system::error_code ignored;
  descriptor_.close(ignored);
  retry_.cancel();
  remove_unix_socket();
}

void listener::remove_unix_socket() {
  if (!unix_socket_.empty()) ::unlink(std::exchange(unix_socket_, {}).c_str());
}

void listener::wait() {
  auto handler = [self = shared_from_this()](const boost::system::error_code& error) {
    // Any other error is one of the wait, which serve() begins again.
    if (error != boost::asio::error::operation_aborted) self->serve();
  };
  descriptor_.async_wait(
      boost::asio::posix::stream_descriptor::wait_read,
      boost::asio::bind_allocator(wait_memory_.get_allocator(), std::move(handler)));
}

void listener::serve() {
  bool accepted = false;
  if (!descriptor_.is_open()) return;
  try {
    accepted = accept();
  } catch (...) {
    report_(std::current_exception());
  }
  if (!descriptor_.is_open()) return;
  if (accepted) {
    wait();
  } else {
    back_off();
  }
}

bool listener::accept() {
  for (int accepts = 0; accepts < accepts_a_turn && descriptor_.is_open(); ++accepts) {
    sockaddr_storage peer{};
    socklen_t size = sizeof(peer);
    const int socket = ::accept4(descriptor_.native_handle(), reinterpret_cast<sockaddr*>(&peer),
                                 &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return false;
      // Out of descriptors or memory: wait, because the connection stays in the backlog and
      // accept4() would fail in a busy loop. Any other error concerns one connection only: go on
      // with the next.
      continue;
    }
    accepted_socket accepted;
    accepted.descriptor = unique_descriptor(socket);
    const int on = 1;
    if (family_ != AF_UNIX) ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    accepted.remote_address = text_of(peer);
    accepted.tls = tls_;
    handler_(std::move(accepted));
  }
  return true;
}

void listener::back_off() {
  retry_.expires_after(retry_delay);
  auto handler = [self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->serve();
  };
  retry_.async_wait(boost::asio::bind_allocator(retry_memory_.get_allocator(), std::move(handler)));
}

}  // namespace socketio::detail
