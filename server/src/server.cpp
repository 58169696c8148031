#include <atomic>
#include <iostream>

#include <socketio/engineio/completion.hpp>
#include <socketio/engineio/server.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/server.hpp>
#include <socketio/websocket.hpp>

#include "client_files.hpp"
#include "http/check_path.hpp"

namespace socketio {
namespace {

// With a final slash, as clients send it.
std::string path_of(const server_options& options) {
  detail::check_path("path", options.path);
  return options.path.ends_with('/') ? options.path : options.path + "/";
}

}  // namespace

server::floors::floors(const server_options& options, std::unique_ptr<http_server> own)
    : floors(options, *own) {
  own_http = std::move(own);
}

server::floors::floors(const server_options& options, http_server& host)
    // Each floor takes its own part of the options.
    : http(host),
      engine(std::make_unique<engineio::server>(options, http.shards())),
      // NOLINTNEXTLINE(cppcoreguidelines-slicing)
      sockets(*engine, options) {
  const auto path = path_of(options);
  sockets.on_error([this](const handler_error& error) { http.report(error); });
  if (options.serve_client) {
    client_missing = !detail::serve_client_files(http, path, options.client_folder);
    if (options.cors) http.cors(path + "*", *options.cors);
  }
  // At last: a host that others own keeps nothing of a server that cannot be made.
  http.attach(*engine, path);
}

// The shards take nothing more, so that whoever waits is answered here and now.
server::floors::~floors() {
  for (const auto& shard : http.shards()) shard->stop();
}

server::server(const server_options& options)
    : server(std::make_unique<floors>(options, std::make_unique<http_server>(options))) {}

server::server(const boost::asio::any_io_executor& executor, const server_options& options)
    : server(std::make_unique<floors>(options, std::make_unique<http_server>(executor, options))) {}

server::server(boost::asio::io_context& context, const server_options& options)
    : server(std::make_unique<floors>(options, std::make_unique<http_server>(context, options))) {}

server::server(const context_list& contexts, const server_options& options)
    : server(std::make_unique<floors>(options, std::make_unique<http_server>(contexts, options))) {}

server::server(http_server& host, const server_options& options)
    : server(std::make_unique<floors>(options, host)) {}

server::server(std::unique_ptr<floors> parts)
    : io_namespace(parts->sockets.of("/")), parts_(std::move(parts)) {}

server::~server() = default;

websocket::endpoint server::websocket(std::string_view pattern, websocket::route route) {
  return parts_->http.websocket(pattern, std::move(route));
}

std::uint16_t server::listen(std::uint16_t port) {
  listen_options options;
  options.port = port;
  return listen(options);
}

std::uint16_t server::listen(const listen_options& options) {
  const auto port = parts_->http.listen(options, [this] {
    if (!parts_->own_http) parts_->engine->reopen();
    parts_->sockets.reopen();
  });
  if (parts_->client_missing.exchange(false)) {
    std::clog << "socketio: " << detail::missing_client_files() << '\n';
  }
  return port;
}

void server::close() {
  start_close({});
}

void server::start_close(close_completion handler) {
  // Whatever becomes of the sockets, the host has to close: nothing else ends run().
  const auto& shard = parts_->http.shards().front();
  shard->guard("close", [this] { parts_->sockets.close(); });
  if (parts_->own_http) return parts_->http.start_close(std::move(handler));
  if (!handler) return parts_->engine->close();
  const auto done = std::make_shared<engineio::completion<>>(std::move(handler), shard);
  parts_->engine->close([done] { (*done)({}); });
}

void server::close_on_signal() {
  parts_->http.on_signal([this] { close(); });
}

void server::post_task(detail::task function) {
  parts_->http.shards().front()->post(std::move(function));
}

}  // namespace socketio
