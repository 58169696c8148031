#include "websocket_client_transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <utility>

namespace socketio::websocket::detail {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

client_transport::client_transport(const asio::any_io_executor& executor)
    : resolver_(executor), socket_(executor) {}

void client_transport::connect(const std::string& host, std::uint16_t port, completion done) {
  resolver_.async_resolve(
      host, std::to_string(port), tcp::resolver::numeric_service,
      [this, done = std::move(done)](error_code error, const tcp::resolver::results_type& found) {
        // Do not open the socket again if close() came just after the name was resolved.
        if (closed_) error = asio::error::operation_aborted;
        if (error) return done(error);
        asio::async_connect(socket_, found, [this, done](error_code failed, const tcp::endpoint&) {
          error_code ignored;
          if (!failed) socket_.set_option(tcp::no_delay(true), ignored);
          done(failed);
        });
      });
}

void client_transport::start_tls(const std::string& host, bool verify,
                                 const std::filesystem::path& authority, completion done) {
  error_code error;
  auto& context = context_.emplace(ssl::context::tls_client);
  if (SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION) != 1) {
    return done(asio::error::no_protocol_option);
  }
  if (verify && authority.empty()) context.set_default_verify_paths(error);
  if (verify && !authority.empty()) context.load_verify_file(authority.string(), error);
  if (error) return done(error);

  auto& stream = tls_.emplace(socket_, context);
  error_code no_address;
  asio::ip::make_address(host, no_address);
  // Server Name Indication is for names only (RFC 6066, section 3).
  if (no_address && SSL_set_tlsext_host_name(stream.native_handle(), host.c_str()) != 1) {
    return done(asio::error::invalid_argument);
  }
  stream.set_verify_mode(verify ? ssl::verify_peer : ssl::verify_none, error);
  if (verify) stream.set_verify_callback(ssl::host_name_verification(host), error);
  if (error) return done(error);
  stream.async_handshake(ssl::stream_base::client, std::move(done));
}

void client_transport::read_some(std::span<char> buffer, transfer_completion done) {
  const auto into = asio::buffer(buffer.data(), buffer.size());
  if (tls_) {
    tls_->async_read_some(into, std::move(done));
  } else {
    socket_.async_read_some(into, std::move(done));
  }
}

void client_transport::write_some(std::string_view bytes, transfer_completion done) {
  const auto from = asio::buffer(bytes);
  if (tls_) {
    tls_->async_write_some(from, std::move(done));
  } else {
    socket_.async_write_some(from, std::move(done));
  }
}

void client_transport::close() {
  closed_ = true;
  resolver_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace socketio::websocket::detail
