#include "tls_stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace socketio::detail {
namespace {

// Largest number of bytes that a read takes from the socket: several records.
constexpr std::size_t max_received = 2 * tls_stream::record_size;

// A peer that takes no output may still update its keys, which TLS has to answer. With more than
// this unsent, stop reading from the peer.
constexpr std::size_t max_unsent = 4 * tls_stream::record_size;

// Returns the bytes of the buffers for the next record, after the first `done` ones: part of one
// buffer if that fills a record, else several buffers joined. Each record costs a system call and
// its own overhead.
std::span<const char> next_record(std::span<const iovec> buffers, std::size_t done,
                                  std::span<char> record) {
  std::size_t size = 0;
  for (const auto& buffer : buffers) {
    const auto skipped = std::min(done, buffer.iov_len);
    done -= skipped;
    const auto rest =
        std::span(static_cast<const char*>(buffer.iov_base), buffer.iov_len).subspan(skipped);
    if (size == 0 && rest.size() >= record.size()) return rest.first(record.size());
    const auto part = rest.first(std::min(rest.size(), record.size() - size));
    std::copy(part.begin(), part.end(), record.data() + size);
    size += part.size();
  }
  return record.first(size);
}

// OpenSSL would mistake errors that other code has left in its queue for those of this connection.
// Clearing the queue is expensive, peeking is not.
void clear_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

}  // namespace

tls_stream::tls_stream(const tls_context& context, int descriptor)
    : socket_(descriptor), ssl_(context.accept(socket_)) {}

io_status tls_stream::read(std::span<char> buffer, std::size_t& bytes) {
  bytes = 0;
  more_received_ = false;
  if (has_pending()) return ended_with_;
  auto status = socket_.send_unsent();
  if (status == io_status::failed || handshake_waits() || socket_.unsent() > max_unsent) {
    return status;
  }

  std::array<char, max_received> records;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  // All these bytes fit into the buffer, with the record whose first part OpenSSL already has.
  const auto most = std::min(records.size(), buffer.size() - record_size);
  status = socket_.receive(std::span(records).first(most));
  if (status == io_status::done) {
    more_received_ = socket_.received() == most;
    status = decrypt(buffer, bytes);
  }
  if (bytes > 0) {
    if (status == io_status::end || status == io_status::failed) ended_with_ = status;
    return io_status::done;
  }
  return status == io_status::want_read && handshake_waits() ? io_status::want_write : status;
}

io_status tls_stream::decrypt(std::span<char> buffer, std::size_t& bytes) {
  clear_errors();
  auto status = io_status::done;
  do {
    std::size_t part = 0;
    status =
        result_of(SSL_read_ex(ssl_.get(), buffer.data() + bytes, buffer.size() - bytes, &part));
    bytes += part;
  } while (status == io_status::done &&
           (socket_.received() > 0 || SSL_has_pending(ssl_.get()) == 1));
  socket_.discard_received();
  return status;
}

io_status tls_stream::write(std::span<const iovec> buffers, std::size_t& bytes) {
  bytes = 0;
  auto status = socket_.send_unsent();
  if (status != io_status::done) return status;
  bytes = std::exchange(unsent_, 0);

  std::size_t size = 0;
  for (const auto& buffer : buffers) size += buffer.iov_len;
  std::array<char, record_size> gathered;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  clear_errors();
  while (status == io_status::done && bytes < size) {
    const auto record = next_record(buffers, bytes, gathered);
    socket_.set_more_to_send(bytes + record.size() < size);
    std::size_t part = 0;
    status = result_of(SSL_write_ex(ssl_.get(), record.data(), record.size(), &part));
    if (status == io_status::done && socket_.unsent() > 0) {
      unsent_ = part;
      status = io_status::want_write;
    } else {
      bytes += part;
    }
  }
  socket_.set_more_to_send(false);
  return status;
}

void tls_stream::shutdown() {
  if (SSL_is_init_finished(ssl_.get()) != 1) return;
  clear_errors();
  SSL_shutdown(ssl_.get());
}

std::optional<std::string> tls_stream::client_subject() const {
  const auto* certificate = SSL_get0_peer_certificate(ssl_.get());
  // The result is also that all is well if there is no certificate.
  if (certificate == nullptr || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return std::nullopt;
  const std::unique_ptr<BIO, int (*)(BIO*)> text(BIO_new(BIO_s_mem()), BIO_free);
  // Escapes what has a meaning in a name, and control characters; other text stays in UTF-8.
  constexpr auto format = static_cast<unsigned long>(XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  if (!text || X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, format) < 0) {
    clear_errors();
    return std::nullopt;
  }
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(text.get(), &bytes);
  return std::string(bytes, static_cast<std::size_t>(size));
}

io_status tls_stream::result_of(int ssl_result) const {
  if (ssl_result == 1) return io_status::done;
  switch (SSL_get_error(ssl_.get(), ssl_result)) {
    case SSL_ERROR_WANT_READ:
      return io_status::want_read;
    case SSL_ERROR_WANT_WRITE:
      return io_status::want_write;
    case SSL_ERROR_ZERO_RETURN:
      return io_status::end;
    default:
      return io_status::failed;
  }
}

}  // namespace socketio::detail
