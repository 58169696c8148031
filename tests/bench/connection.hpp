#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "event_loop.hpp"
#include "target.hpp"

namespace bench {

/// A non-blocking stream of bytes to the server, plain or TLS.
class connection final : event_loop::handler {
 public:
  /// Receives the connection's notifications, in which it may send and flush, but not destroy it.
  class user {
   public:
    /// Bytes have arrived. They are valid during the call, which may change them.
    virtual void on_data(std::span<char> bytes) = 0;
    /// The connection has failed, or the server has closed it. The last call.
    virtual void on_end(std::string_view why) = 0;

   protected:
    ~user() = default;
  };

  /// Starts to connect; bytes queued before wait until it has. @throws std::system_error
  connection(event_loop& loop, const target& server, user& owner);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Queues bytes for the next flush(). The connection flushes after on_data().
  void send(std::string_view bytes) { output_.append(bytes); }
  void flush();

 private:
  void on_events(std::uint32_t events) override;

  // Each returns false once the connection has ended.
  bool finish_connect();
  bool receive();
  bool write();
  bool shake_hands();
  bool end(std::string_view why);

  // Returns the number of bytes; 0 if it would block; -1 at the end or on an error, named by
  // error_.
  std::ptrdiff_t read_some(std::span<char> buffer);
  std::ptrdiff_t write_some(std::string_view bytes);
  std::ptrdiff_t judge_tls(int result);
  void watch(bool output);

  struct free_ssl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  event_loop& loop_;
  user& owner_;
  descriptor socket_;
  std::unique_ptr<SSL, free_ssl> ssl_;
  std::string output_;
  std::size_t written_ = 0;  // bytes of output_
  std::string error_;
  bool connected_ = false;
  bool secured_ = false;  // the TLS handshake is done
  bool watches_output_ = true;
};

}  // namespace bench
