#pragma once

#include <openssl/ssl.h>

#include <memory>

#include <socketio/tls.hpp>

#include "socket_bio.hpp"

namespace socketio::detail {

/// The TLS settings that all connections of a listener share. Thread-safe.
class tls_context {
 public:
  struct free_ssl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  using ssl_pointer = std::unique_ptr<SSL, free_ssl>;

  /// @throws std::runtime_error if a file cannot be read, the key is encrypted, or key and
  /// certificate do not match; std::invalid_argument if the certificate or the key is not named
  explicit tls_context(const tls_options& options);

  /// Makes a TLS connection on a socket, which has to outlive it.
  [[nodiscard]] ssl_pointer accept(socket_bio& socket) const;

 private:
  struct free_context {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, free_context> context_;
};

}  // namespace socketio::detail
