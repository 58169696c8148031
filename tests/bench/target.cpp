#include "target.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace bench {

namespace {

// Connections from one address: the usual range has 28,000 ports, some of which may be in use.
constexpr std::size_t connections_per_address = 8000;
constexpr std::size_t addresses = 250;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::system_category(), what);
}

}  // namespace

target::target(const std::string& url) {
  const std::string_view text = url;
  const auto scheme_end = text.find("://");
  const auto colon = text.rfind(':');
  if (scheme_end == std::string_view::npos || colon <= scheme_end) {
    throw std::invalid_argument("--url: for example http://127.0.0.1:3000");
  }
  const auto scheme = text.substr(0, scheme_end);
  authority_ = text.substr(scheme_end + 3, text.find('/', scheme_end + 3) - scheme_end - 3);
  auto host = authority_.substr(0, authority_.rfind(':'));
  if (host == "localhost") host = "127.0.0.1";
  const auto port_text = std::string_view(authority_).substr(authority_.rfind(':') + 1);
  std::uint16_t port = 0;
  const auto* const end = port_text.data() + port_text.size();
  const auto [stopped, error] = std::from_chars(port_text.data(), end, port);
  address_.sin_family = AF_INET;
  address_.sin_port = htons(port);
  if (error != std::errc{} || stopped != end ||
      ::inet_pton(AF_INET, host.c_str(), &address_.sin_addr) != 1) {
    throw std::invalid_argument("--url: neither an IPv4 address nor localhost, or no port: " + url);
  }

  floor_ = scheme == "tcp";
  if (scheme == "https" || scheme == "wss") {
    tls_.reset(SSL_CTX_new(TLS_client_method()));
    if (!tls_) throw std::bad_alloc();
    SSL_CTX_set_mode(tls_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                     SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                     SSL_MODE_RELEASE_BUFFERS);
    // Every connection makes a full handshake, like those of different clients.
    SSL_CTX_set_session_cache_mode(tls_.get(), SSL_SESS_CACHE_OFF);
  } else if (!floor_ && scheme != "http" && scheme != "ws") {
    throw std::invalid_argument("--url: neither http, https, ws, wss nor tcp: " + url);
  }
}

descriptor target::connect() const {
  descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) fail("socket");
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (ntohl(address_.sin_addr.s_addr) == INADDR_LOOPBACK) {
    ::setsockopt(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    auto own = address_;
    own.sin_port = 0;
    own.sin_addr.s_addr =
        htonl(INADDR_LOOPBACK +
              static_cast<std::uint32_t>(connected_++ / connections_per_address % addresses));
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) {
      fail("bind");
    }
  }
  const auto* where = reinterpret_cast<const sockaddr*>(&address_);
  if (::connect(socket.get(), where, sizeof address_) != 0 && errno != EINPROGRESS) {
    fail("connect");
  }
  return socket;
}

}  // namespace bench
