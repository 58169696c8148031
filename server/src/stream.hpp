#pragma once

#include <sys/uio.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "tls_context.hpp"

namespace socketio {

/// A descriptor that is closed with its owner.
class unique_descriptor {
 public:
  unique_descriptor() = default;
  explicit unique_descriptor(int descriptor) : descriptor_(descriptor) {}
  unique_descriptor(unique_descriptor&& other) noexcept : descriptor_(other.release()) {}
  unique_descriptor& operator=(unique_descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~unique_descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  [[nodiscard]] int get() const { return descriptor_; }
  [[nodiscard]] int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_ = -1;
};

/// An accepted socket that no shard has taken yet.
struct accepted_socket {
  unique_descriptor descriptor;  ///< non-blocking
  std::string remote_address;
  std::shared_ptr<const tls_context> tls;  ///< null for a plain listener
};

/// What a read or a write came to.
enum class io_status : std::uint8_t {
  done,        ///< some bytes were moved
  want_read,   ///< to be repeated when the socket is readable
  want_write,  ///< to be repeated when the socket is writable
  end,         ///< the peer has closed its side
  failed       ///< the connection is broken
};

/// A non-blocking byte stream, plain or TLS, that owns no buffer: reading and writing happen when
/// the socket is ready. The TLS handshake takes place within the first reads.
class stream {
 public:
  explicit stream(accepted_socket&& accepted);

  [[nodiscard]] bool is_tls() const { return ssl_ != nullptr; }
  [[nodiscard]] int descriptor() const { return socket_.get(); }

  /// Reads what is there, at most a buffer full.
  io_status read(std::span<char> buffer, std::size_t& bytes);
  /// Writes the buffers, or part of them.
  io_status write(std::span<const iovec> buffers, std::size_t& bytes);
  /// Whether decrypted bytes wait that the socket's readiness does not tell of.
  [[nodiscard]] bool has_pending() const { return ssl_ && SSL_has_pending(ssl_.get()) != 0; }

  /// Ends the sending side, after the bytes written.
  void shutdown_send();
  /// Closes the socket.
  void close();

 private:
  io_status result_of(int ssl_result);

  unique_descriptor socket_;
  tls_context::ssl_pointer ssl_;
};

}  // namespace socketio
