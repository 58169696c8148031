#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <socketio/engineio/cors.hpp>
#include <socketio/engineio/http_middleware.hpp>
#include <socketio/engineio/middleware_list.hpp>
#include <socketio/engineio/server.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/http_server_options.hpp>
#include <socketio/websocket.hpp>

#include "http/http_connection.hpp"
#include "http/path_table.hpp"
#include "http/router.hpp"
#include "websocket/websocket_endpoint.hpp"

namespace socketio::detail {

/// Decides what serves a request, an engine, a route or a WebSocket endpoint, and on which shard;
/// answers those that nothing serves; and applies the CORS policies and the middlewares.
class dispatcher final : public http_host {
 public:
  /// @param shards the server's; the dispatcher reads them when requests come
  dispatcher(const http_server_options& options,
             const std::vector<std::shared_ptr<engineio::shard>>& shards)
      : options_(options), shards_(shards) {}
  dispatcher(const dispatcher&) = delete;
  dispatcher& operator=(const dispatcher&) = delete;

  // To be called before requests come. Each throws std::invalid_argument for a path or pattern that
  // no request has, or that is taken.

  /// @param max_body_size overrides the server's option
  void add_route(std::string_view method, std::string_view pattern, router::route added,
                 std::optional<std::uint64_t> max_body_size);
  std::shared_ptr<websocket::detail::endpoint_state> add_endpoint(std::string_view pattern,
                                                                  websocket::route settings);
  void add_policy(std::string_view pattern, cors_options options);
  void add_engine(std::string_view path, engineio::server& engine);
  void add_middleware(http_middleware added) { middlewares_.add(std::move(added)); }

  /// The shard whose turn it is to get a connection. On the first shard.
  [[nodiscard]] engineio::shard& take_turn();
  /// Closes the engines, and opens them again. Any thread.
  void close_engines();
  void reopen_engines();
  /// Releases the connections of all endpoints: the server is being destroyed.
  void abandon();

  // http_host
  [[nodiscard]] const http_server_options& options() const override { return options_; }
  [[nodiscard]] engineio::shard& shard_for(const http_request& request, const carrier& connection,
                                           bool first) override;
  [[nodiscard]] std::uint64_t max_body_size(const http_request& request) override;
  [[nodiscard]] admission admit(engineio::shard& current, http_request& request,
                                admission_receiver receive) override;
  [[nodiscard]] std::variant<body_reception, http_response> begin_body(
      engineio::shard& current, const http_request& request, bool complete,
      std::function<void()> cut_off) override;
  void body_failed(engineio::shard& current, const http_request& request,
                   std::string_view why) override;
  void serve(engineio::shard& current, std::unique_ptr<body_sink> sink,
             std::unique_ptr<engineio::http_exchange> exchange) override;
  [[nodiscard]] std::shared_ptr<engineio::websocket_connection> open_websocket(
      carrier* connection, const engineio::websocket_settings& settings) override;
  void add_headers(const http_request& request, http_fields& headers, bool by_host) override;

 private:
  // Null if no engine gets the request.
  [[nodiscard]] engineio::server* engine_for(const http_request& request) const;
  [[nodiscard]] const cors* policy_for(const http_request& request) const;
  // Throws if an engine gets all requests that would fit the pattern.
  void check_reachable(std::string_view pattern) const;
  // Decide later whether a request goes on: by the CORS policy for it, then by the middlewares.
  void choose_policy(engineio::shard& current, const cors& policy,
                     const std::shared_ptr<passage>& passing, admission_receiver receive);
  void run_middlewares(engineio::shard& current, const std::shared_ptr<passage>& passing,
                       admission_receiver receive);
  void serve_route(engineio::shard& current, std::unique_ptr<body_sink> sink,
                   std::unique_ptr<engineio::http_exchange> exchange);

  const http_server_options& options_;
  const std::vector<std::shared_ptr<engineio::shard>>& shards_;
  std::map<std::string, engineio::server*, std::less<>> engines_;
  std::vector<std::shared_ptr<websocket::detail::endpoint_state>> endpoints_;
  middleware_list middlewares_;
  router routes_;
  path_table<std::shared_ptr<websocket::detail::endpoint_state>> websockets_;
  path_table<std::unique_ptr<const cors>> policies_;
  std::size_t next_shard_ = 0;  // used on the first shard
};

}  // namespace socketio::detail
