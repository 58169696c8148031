#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <socketio/engineio/handler_memory.hpp>
#include <socketio/listen_options.hpp>

#include "stream.hpp"

namespace socketio::detail {

/// Accepts connections on one address, and passes them to a handler. Use it only on its shard.
class listener final : public std::enable_shared_from_this<listener> {
 public:
  using accept_handler = std::function<void(accepted_socket)>;
  using failure_handler = std::function<void(std::exception_ptr)>;

  /// Opens the listeners for the options. A host's name may have several addresses, which share one
  /// port.
  /// @throws boost::system::system_error that names the address; std::runtime_error for a name that
  /// cannot be resolved, and for TLS; std::invalid_argument for options that contradict each other
  static std::vector<std::shared_ptr<listener>> open(const boost::asio::any_io_executor& executor,
                                                     const listen_options& options);

  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  /// Starts to accept. Call it on the shard. Reports exceptions of accepting, and goes on.
  void start(accept_handler handler, failure_handler report);
  /// Stops listening. Call it on the shard, or when nothing runs.
  void close();

  /// The TCP port; 0 for a Unix domain socket.
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  struct address;

  listener(const boost::asio::any_io_executor& executor, const address& where, bool dual_stack,
           std::shared_ptr<const tls_context> tls);

  void wait();
  void serve();
  // Returns false if the system is out of descriptors or memory: try again later.
  [[nodiscard]] bool accept();
  void back_off();
  void remove_unix_socket();

  boost::asio::posix::stream_descriptor descriptor_;
  boost::asio::steady_timer retry_;
  engineio::handler_memory wait_memory_;
  engineio::handler_memory retry_memory_;
  int family_;
  std::uint16_t port_ = 0;
  std::filesystem::path unix_socket_;  // the socket file to remove at the end
  std::shared_ptr<const tls_context> tls_;
  accept_handler handler_;
  failure_handler report_;
};

}  // namespace socketio::detail
