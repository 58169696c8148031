#pragma once

#include <sys/uio.h>
#include <unistd.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "io_status.hpp"
#include "tls_context.hpp"
#include "tls_stream.hpp"

namespace socketio::detail {

/// Owns a descriptor, and closes it.
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

/// An accepted socket on its way to a shard.
struct accepted_socket {
  unique_descriptor descriptor;  ///< non-blocking
  std::string remote_address;
  std::shared_ptr<const tls_context> tls;  ///< null for a plain listener
};

/// A non-blocking byte stream, plain or TLS, without a buffer: it reads and writes when the socket
/// is ready.
class stream {
 public:
  explicit stream(accepted_socket&& accepted);

  [[nodiscard]] bool is_tls() const { return tls_ != nullptr; }
  /// The subject of the peer's certificate, if it has a valid one.
  [[nodiscard]] std::optional<std::string> client_subject() const {
    return tls_ ? tls_->client_subject() : std::nullopt;
  }
  [[nodiscard]] int descriptor() const { return socket_.get(); }

  /// Reads available bytes, at most a buffer full. The buffer has to be larger than a TLS record.
  io_status read(std::span<char> buffer, std::size_t& bytes);
  /// Writes the buffers, or some of their bytes.
  io_status write(std::span<const iovec> buffers, std::size_t& bytes);
  /// Whether the last read may have left bytes. If not, the socket becomes readable again when more
  /// arrive.
  [[nodiscard]] bool more_to_read() const { return more_to_read_; }
  /// Whether there are bytes to read that the socket's readiness does not show.
  [[nodiscard]] bool has_pending() const { return tls_ && tls_->has_pending(); }

  /// Sends bytes of TLS itself, if some are left.
  io_status send_rest() { return tls_ ? tls_->send_rest() : io_status::done; }
  /// Closes the sending side, after the written bytes.
  /// @param clean whether TLS tells the peer that nothing is missing
  void shutdown_send(bool clean);
  /// Closes the socket.
  void close();

 private:
  unique_descriptor socket_;
  bool more_to_read_ = false;
  std::unique_ptr<tls_stream> tls_;  // null if it is plain
};

}  // namespace socketio::detail
