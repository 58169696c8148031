#pragma once

#include <filesystem>

#include <socketio/detail/language.hpp>

namespace socketio {

/// TLS of a listener: version 1.2 or newer, without renegotiation or compression.
struct tls_options {
  std::filesystem::path certificate_chain;  ///< PEM: the server's certificate first
  std::filesystem::path private_key;        ///< PEM

  tls_options() = default;
  tls_options(std::filesystem::path chain, std::filesystem::path key)
      : certificate_chain(std::move(chain)), private_key(std::move(key)) {}
};

}  // namespace socketio
