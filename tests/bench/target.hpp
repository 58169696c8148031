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

  /// Begins to connect a non-blocking socket. Many of them have different addresses of the loopback
  /// interface, as one has too few ports. @throws std::system_error
  [[nodiscard]] descriptor connect() const;

  /// Whether there is no protocol: the server is the floor.
  [[nodiscard]] bool is_floor() const { return floor_; }
  /// What TLS connections are made from; null without TLS. The server's certificate is not checked.
  [[nodiscard]] SSL_CTX* tls() const { return tls_.get(); }
  /// Host and port as the `Host` field has them.
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
