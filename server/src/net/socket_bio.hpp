#pragma once

#include <openssl/bio.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "io_status.hpp"

namespace socketio::detail {

/// The non-blocking socket of a TLS connection, for OpenSSL. OpenSSL's own BIO would raise SIGPIPE,
/// and end the process, when the peer is gone; it makes two system calls to read a record; and with
/// it OpenSSL cannot send anything, not even the answer to a key update, until the peer has taken
/// the current record.
class socket_bio {
 public:
  /// Borrows the descriptor.
  explicit socket_bio(int descriptor) : descriptor_(descriptor) {}
  socket_bio(const socket_bio&) = delete;
  socket_bio& operator=(const socket_bio&) = delete;

  /// Makes OpenSSL's handle, which this object has to outlive.
  /// @throws std::bad_alloc
  [[nodiscard]] BIO* make_handle();

  /// Receives the bytes that OpenSSL reads next. The buffer has to live until OpenSSL has read
  /// them, or they are discarded.
  io_status receive(std::span<char> buffer);
  /// How many of these bytes OpenSSL has not read yet.
  [[nodiscard]] std::size_t received() const { return received_.size(); }
  void discard_received() { received_ = {}; }

  /// The number of bytes that OpenSSL wrote and the peer has not taken yet.
  [[nodiscard]] std::size_t unsent() const { return unsent_.size(); }
  /// Sends these bytes, or some of them.
  io_status send_unsent();
  /// Whether more follows soon, so that the system may wait for it.
  void set_more_to_send(bool more) { more_to_send_ = more; }

 private:
  static int write(BIO* bio, const char* bytes, std::size_t size, std::size_t* written) noexcept;
  static int read(BIO* bio, char* bytes, std::size_t size, std::size_t* read) noexcept;
  static long control(BIO* bio, int command, long number, void* pointer) noexcept;
  static BIO_METHOD* make_method();

  io_status send(std::string_view bytes, std::size_t& sent);

  int descriptor_;
  bool more_to_send_ = false;
  std::span<const char> received_;
  std::string unsent_;
};

}  // namespace socketio::detail
