#pragma once

#include <filesystem>

#include <socketio/detail/language.hpp>

namespace socketio {

/// TLS of a listener: version 1.2 or newer, without renegotiation or compression.
struct tls_options {
  std::filesystem::path certificate_chain;  ///< PEM: the server's certificate first
  std::filesystem::path private_key;        ///< PEM
  /// PEM: the authorities that clients' certificates have to come from. If set, the listener asks
  /// each client for a certificate.
  std::filesystem::path client_authorities;
  /// Whether the TLS handshake fails for a client without such a certificate. If not, the listener
  /// serves it, too; http_request::client_subject tells those apart that have one.
  bool require_client_certificate = true;

  tls_options() = default;
  tls_options(std::filesystem::path chain, std::filesystem::path key)
      : certificate_chain(std::move(chain)), private_key(std::move(key)) {}
};

}  // namespace socketio
