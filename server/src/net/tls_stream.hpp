#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "io_status.hpp"
#include "socket_bio.hpp"
#include "tls_context.hpp"

namespace socketio::detail {

/// The server's side of a TLS connection on a non-blocking socket. A read takes the socket's bytes
/// with one system call and decrypts all records in them, so that none stays behind, which the
/// socket's readiness would not show. The handshake happens within the first reads.
class tls_stream {
 public:
  /// Largest plaintext of a record (RFC 8446, section 5.1).
  static constexpr std::size_t record_size = std::size_t{16} * 1024;

  /// Borrows the descriptor.
  /// @throws std::runtime_error, std::bad_alloc
  tls_stream(const tls_context& context, int descriptor);

  /// Reads available bytes into a buffer larger than a record; see more_to_read().
  io_status read(std::span<char> buffer, std::size_t& bytes);
  /// Writes the buffers, or some of their bytes. The next call has to start with the others.
  io_status write(std::span<const iovec> buffers, std::size_t& bytes);
  /// Sends the bytes of written records that the peer has not taken yet.
  io_status send_rest() { return socket_.send_unsent(); }
  /// Tells the peer that nothing follows, once the handshake is complete.
  void shutdown();

  /// The subject of the client's certificate (RFC 4514), if it has a valid one.
  [[nodiscard]] std::optional<std::string> client_subject() const;

  /// Whether the last read may have left bytes.
  [[nodiscard]] bool more_to_read() const { return more_received_ || has_pending(); }
  /// Whether the next read has a result even if the socket is not readable.
  [[nodiscard]] bool has_pending() const { return ended_with_ != io_status::done; }

 private:
  // Whether the handshake waits until the peer takes a part of it.
  [[nodiscard]] bool handshake_waits() const { return unsent_ == 0 && socket_.unsent() > 0; }
  // Decrypts all received records.
  io_status decrypt(std::span<char> buffer, std::size_t& bytes);
  io_status result_of(int ssl_result) const;

  socket_bio socket_;
  tls_context::ssl_pointer ssl_;
  std::size_t unsent_ = 0;                  // plaintext of a record that the peer has not taken
  io_status ended_with_ = io_status::done;  // the end after the data, for the next read
  bool more_received_ = false;              // the last read took as much as it can
};

}  // namespace socketio::detail
