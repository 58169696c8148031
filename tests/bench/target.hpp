#pragma once

#include <netinet/in.h>
#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "descriptor.hpp"

namespace bench {

/// The server under test: `http`, `https` or `tcp` (the floor), `://`, an IPv4 address or
/// `localhost`, `:` and a port. `ws` and `wss` mean the same as `http` and `https`.
class target {
 public:
  /// @throws std::invalid_argument for anything else
  explicit target(const std::string& url);

  /// Starts to connect a non-blocking socket. Uses several addresses of the loopback interface,
  /// because one has too few ports for all connections. @throws std::system_error
  [[nodiscard]] descriptor connect() const;

  /// Whether the server is the floor, which has no protocol.
  [[nodiscard]] bool is_floor() const { return floor_; }
  /// The context of TLS connections, which do not check the server's certificate; null without TLS.
  [[nodiscard]] SSL_CTX* tls() const { return tls_.get(); }
  /// Host and port, as in the `Host` field.
  [[nodiscard]] const std::string& authority() const { return authority_; }

 private:
  struct free_context {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  sockaddr_in address_{};
  std::string authority_;
  bool floor_ = false;
  std::unique_ptr<SSL_CTX, free_context> tls_;
  mutable std::size_t connected_ = 0;
};

}  // namespace bench
