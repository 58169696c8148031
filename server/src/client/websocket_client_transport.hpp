#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <socketio/error.hpp>

namespace socketio::websocket::detail {

/// A client's connection, plain or TLS. One read and one write may be pending at a time, and the
/// transport has to live until they complete, so their handlers keep its owner. All calls and
/// completions happen on the given executor, which has to be a strand.
class client_transport {
 public:
  using completion = std::function<void(error_code)>;
  using transfer_completion = std::function<void(error_code, std::size_t)>;

  explicit client_transport(const boost::asio::any_io_executor& executor);

  /// Resolves the name and connects to the first of its addresses that answers.
  void connect(const std::string& host, std::uint16_t port, completion done);
  /// Starts TLS 1.2 or newer.
  /// @param verify whether to check the certificate, and that it is for the host
  /// @param authority a PEM file with the certificates to trust; if empty, the system's
  void start_tls(const std::string& host, bool verify, const std::filesystem::path& authority,
                 completion done);

  void read_some(std::span<char> buffer, transfer_completion done);
  void write_some(std::string_view bytes, transfer_completion done);

  /// Closes the connection, even while connecting, and aborts pending operations.
  void close();

 private:
  using tcp = boost::asio::ip::tcp;

  tcp::resolver resolver_;
  tcp::socket socket_;
  // The stream refers to its context and to the socket.
  std::optional<boost::asio::ssl::context> context_;
  std::optional<boost::asio::ssl::stream<tcp::socket&>> tls_;
  bool closed_ = false;
};

}  // namespace socketio::websocket::detail
