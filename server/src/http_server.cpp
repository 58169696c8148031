#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <deque>
#include <map>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <socketio/detail/check_option.hpp>
#include <socketio/engineio/cors.hpp>
#include <socketio/engineio/identifier.hpp>
#include <socketio/engineio/server.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/form.hpp>
#include <socketio/http_server.hpp>
#include <socketio/protocol/websocket_handshake.hpp>
#include <socketio/static_files.hpp>

#include "error_log.hpp"
#include "http/check_path.hpp"
#include "http/http_connection.hpp"
#include "http/path_table.hpp"
#include "http/router.hpp"
#include "net/connection.hpp"
#include "net/listener.hpp"
#include "net/poller.hpp"
#include "websocket/websocket_endpoint.hpp"
#include "websocket/websocket_stream.hpp"

namespace socketio {
namespace {

namespace asio = boost::asio;

// Whether the path of a file has only one spelling, so that no other spelling of it bypasses a
// route or a CORS policy for the path.
bool is_plain(std::string_view path) {
  if (path.starts_with('/') || path.find("//") != std::string_view::npos) return false;
  for (auto escape = path.find('%'); escape != std::string_view::npos;
       escape = path.find('%', escape + 1)) {
    const auto decoded = percent_decode(path.substr(escape, 3));
    const bool needless =
        decoded.size() == 1 &&
        std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")
                .find(decoded.front()) != std::string_view::npos;
    if (needless) return false;
  }
  return true;
}

// Fetch standard, "CORS-preflight request".
bool is_preflight(const http_request& request) {
  return request.method == "OPTIONS" && request.headers.find("Origin") &&
         request.headers.find("Access-Control-Request-Method");
}

void check(const http_server_options& options) {
  detail::check_range("threads", options.threads, 1, engineio::max_shards);
  detail::check_positive("max_header_size", options.max_header_size);
  detail::check_positive("max_header_count", options.max_header_count);
  detail::check_time("header_timeout", options.header_timeout);
  detail::check_time("body_timeout", options.body_timeout);
  detail::check_time("write_timeout", options.write_timeout);
  detail::check_time("keep_alive_timeout", options.keep_alive_timeout);
  detail::check_time_or_zero("close_timeout", options.close_timeout);
}

}  // namespace

// --- http_server

struct http_server::state final : connection_registry, http_host {
  // The parts of the server that belong to one shard.
  struct partition {
    std::shared_ptr<engineio::shard> shard;
    std::shared_ptr<poller> sockets;
    std::deque<std::shared_ptr<connection>> connections;
    std::optional<asio::steady_timer> close_deadline;
    bool drained = false;

    // A copy, because the caller may end connections.
    [[nodiscard]] std::vector<std::shared_ptr<connection>> all() const {
      return {connections.begin(), connections.end()};
    }

    explicit partition(std::shared_ptr<engineio::shard> where)
        : shard(std::move(where)), sockets(std::make_shared<poller>(shard)) {}
  };

  explicit state(const http_server_options& settings) : server_options(settings) {
    check(server_options);
  }
  ~state();
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  // connection_registry
  void add(const std::shared_ptr<connection>& added) override;
  void remove(connection& removed) override;
  [[nodiscard]] poller& poller_of(const engineio::shard& home) override {
    return *parts[home.index()].sockets;
  }
  [[nodiscard]] output_queue::spare_pieces& spares_of(const engineio::shard& home) override {
    return *spares[home.index()];
  }
  void report(std::exception_ptr error, std::string_view where) override;

  // http_host
  [[nodiscard]] const http_server_options& options() const override { return server_options; }
  [[nodiscard]] engineio::shard& shard_for(const http_request& request, const connection& carrier,
                                           bool first) override;
  [[nodiscard]] std::uint64_t max_body_size(const http_request& request) override;
  [[nodiscard]] body_reception begin_body(engineio::shard& current, const http_request& request,
                                          bool complete, std::function<void()> cut_off) override;
  void body_failed(engineio::shard& current, const http_request& request,
                   std::string_view why) override;
  void serve(engineio::shard& current, std::unique_ptr<body_sink> sink,
             std::unique_ptr<engineio::http_exchange> exchange) override;
  [[nodiscard]] std::shared_ptr<engineio::websocket_connection> open_websocket(
      connection* carrier, const engineio::websocket_settings& settings) override;
  void add_headers(const http_request& request, http_fields& headers, bool by_host) override;

  void tell(const handler_error& error) noexcept;
  [[nodiscard]] const socketio::cors* policy_for(const http_request& request) const;
  void add_route(std::string_view method, std::string_view pattern, router::route added,
                 std::optional<std::uint64_t> max_body_size);
  // Throws if an engine gets all requests that would fit the pattern.
  void check_reachable(std::string_view pattern) const;
  void serve_route(engineio::shard& current, std::unique_ptr<engineio::http_exchange> exchange);
  void add_part(const std::shared_ptr<engineio::shard>& shard);
  // The next shard in turn; on the first one.
  engineio::shard& take_turn();
  void accepted(accepted_socket socket);
  void run_context(asio::io_context& context);
  void wait_for_signal();
  void close();
  void stop_contexts();
  void close_connections(partition& closing_part);
  void check_drained(partition& closing_part);

  http_server_options server_options;
  // First, to outlive even the connections in tasks that the contexts never ran.
  std::vector<std::unique_ptr<output_queue::spare_pieces>> spares;
  // The contexts outlive everything that refers to them.
  std::vector<std::unique_ptr<asio::io_context>> contexts;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> work;
  std::vector<std::shared_ptr<engineio::shard>> shards;
  std::vector<partition> parts;
  std::vector<std::shared_ptr<listener>> listeners;   // on the first shard
  std::unique_ptr<asio::signal_set> signals;          // on the first shard
  std::deque<std::function<void()>> signal_handlers;  // on the first shard
  std::map<std::string, engineio::server*, std::less<>> engines;
  std::vector<std::shared_ptr<websocket::endpoint_state>> endpoints;
  router routes;
  path_table<std::shared_ptr<websocket::endpoint_state>> websockets;
  path_table<std::unique_ptr<const socketio::cors>> policies;
  error_log log{STDERR_FILENO};
  error_handler on_error = [this](const handler_error& error) { log.write(error); };
  std::size_t next_shard = 0;  // used on the first shard
  std::atomic<std::size_t> parts_open{0};
  std::atomic<bool> closing{false};
};

http_server::state::~state() {
  for (const auto& listener : listeners) listener->close();
  signals.reset();
  for (const auto& shard : shards) shard->stop();
  for (const auto& endpoint : endpoints) endpoint->abandon();
  for (auto& part : parts) {
    part.sockets->stop();
    for (const auto& connection : part.connections) connection->abandon();
    part.connections.clear();
  }
}

void http_server::state::add_part(const std::shared_ptr<engineio::shard>& shard) {
  shard->on_exception([this](std::exception_ptr error, std::string_view where) {
    tell({std::move(error), where});
  });
  spares.push_back(std::make_unique<output_queue::spare_pieces>());
  parts.emplace_back(shard);
}

void http_server::state::add(const std::shared_ptr<connection>& added) {
  auto& part = parts[added->home().index()];
  part.connections.push_back(added);
  added->registry_place = part.connections.size() - 1;
  part.shard->counters().connections.add();
  if (closing) added->shut_down();
}

void http_server::state::remove(connection& removed) {
  auto& part = parts[removed.home().index()];
  if (const auto place = removed.registry_place; place != connection::unregistered) {
    part.shard->counters().connections.subtract();
    // The last connection takes the place.
    part.connections.back()->registry_place = place;
    removed.registry_place = connection::unregistered;
    std::swap(part.connections[place], part.connections.back());
    part.connections.pop_back();
  }
  if (closing) check_drained(part);
}

void http_server::state::report(std::exception_ptr error, std::string_view where) {
  engineio::current_shard(shards)->report(std::move(error), where);
}

void http_server::state::tell(const handler_error& error) noexcept {
  try {
    on_error(error);
  } catch (...) {
    // The error handler itself has failed: log both errors.
    log.write(error);
    log.write({std::current_exception(), "on_error"});
  }
}

engineio::shard& http_server::state::shard_for(const http_request& request,
                                               const connection& carrier, bool first) {
  if (shards.size() == 1) return *shards.front();
  const auto engine = engines.find(request.path());
  if (engine != engines.end()) {
    if (const auto index = engine->second->shard_of(request)) return *shards[*index];
  }
  return first && !carrier.is_tls() ? take_turn() : carrier.home();
}

engineio::shard& http_server::state::take_turn() {
  auto& shard = *shards[next_shard];
  next_shard = (next_shard + 1) % shards.size();
  return shard;
}

std::uint64_t http_server::state::max_body_size(const http_request& request) {
  if (const auto engine = engines.find(request.path()); engine != engines.end()) {
    return engine->second->settings().max_payload;
  }
  const auto match = routes.find(request.method, request.path());
  return match.found != nullptr ? match.found->max_body_size : server_options.max_body_size;
}

body_reception http_server::state::begin_body(engineio::shard& current, const http_request& request,
                                              bool complete, std::function<void()> cut_off) {
  body_reception reception;
  if (const auto engine = engines.find(request.path()); engine != engines.end()) {
    if (complete) return reception;
    reception.cut_off = std::make_shared<const std::function<void()>>(std::move(cut_off));
    if (!engine->second->begin_body(current, request, reception.cut_off)) {
      reception.refusal.emplace(400);
    }
    return reception;
  }
  if (policy_for(request) != nullptr && is_preflight(request)) return reception;
  const auto match = routes.find(request.method, request.path());
  if (match.found == nullptr || !match.found->receiver) return reception;
  auto decision = match.found->receiver(request);
  if (auto* refusal = std::get_if<http_response>(&decision)) {
    reception.refusal = std::move(*refusal);
  } else {
    reception.sink = std::get<std::unique_ptr<body_sink>>(std::move(decision));
  }
  return reception;
}

void http_server::state::body_failed(engineio::shard& current, const http_request& request,
                                     std::string_view why) {
  const auto engine = engines.find(request.path());
  if (engine != engines.end()) engine->second->body_failed(current, request, why);
}

void http_server::state::serve(engineio::shard& current, std::unique_ptr<body_sink> sink,
                               std::unique_ptr<engineio::http_exchange> exchange) {
  try {
    const auto& request = exchange->request();
    const auto engine = engines.find(request.path());
    if (engine != engines.end()) {
      engine->second->handle(current, std::move(exchange));
    } else if (sink) {
      sink->finish(request, http_reply(current.shared_from_this(), std::move(exchange)));
    } else if (const auto* policy = policy_for(request);
               policy != nullptr && is_preflight(request)) {
      exchange->respond(policy->preflight(request));
    } else {
      serve_route(current, std::move(exchange));
    }
  } catch (...) {
    report(std::current_exception(), "request handler");
  }
}

void http_server::state::serve_route(engineio::shard& current,
                                     std::unique_ptr<engineio::http_exchange> exchange) {
  const auto& request = exchange->request();
  const auto endpoint = websockets.find(request.path()).found;
  if (endpoint != nullptr && websocket::is_upgrade(request)) {
    return (*endpoint)->handle(current, std::move(exchange));
  }
  const auto match = routes.find(request.method, request.path());
  if (match.found != nullptr) {
    match.found->handler(current, match.rest, std::move(exchange));
  } else if (!match.allowed_methods.empty()) {
    http_response response(405, "text/plain", "Method Not Allowed\n");
    response.headers.append("Allow", match.allowed_methods);
    exchange->respond(std::move(response));
  } else if (endpoint != nullptr) {
    http_response response(426, "text/plain", "This is a WebSocket route\n");
    response.headers.append("Connection", "Upgrade");
    response.headers.append("Upgrade", "websocket");
    exchange->respond(std::move(response));
  } else {
    exchange->respond(http_response(404, "text/plain", "Not Found\n"));
  }
}

std::shared_ptr<engineio::websocket_connection> http_server::state::open_websocket(
    connection* carrier, const engineio::websocket_settings& settings) {
  auto stream = std::make_shared<websocket_stream>(carrier, settings);
  if (carrier != nullptr) carrier->change_protocol(stream);
  return stream;
}

const socketio::cors* http_server::state::policy_for(const http_request& request) const {
  if (policies.empty() || engines.contains(request.path())) return nullptr;
  const auto found = policies.find(request.path()).found;
  return found != nullptr ? found->get() : nullptr;
}

void http_server::state::add_headers(const http_request& request, http_fields& headers,
                                     bool by_host) {
  // An engine adds its fields to its own responses itself.
  if (by_host) {
    const auto engine = engines.find(request.path());
    if (engine != engines.end()) return engine->second->add_headers(request, headers);
  }
  const auto* policy = policy_for(request);
  // A response to a preflight has its own fields.
  if (policy == nullptr || is_preflight(request)) return;
  try {
    policy->add_headers(request, headers);
  } catch (...) {
    report(std::current_exception(), "allow_origin");
  }
}

void http_server::state::accepted(accepted_socket socket) {
  // The first shard reads the first request of each connection, so that requests on different
  // connections keep their order, also those for a session on another shard. But the shards have to
  // share TLS handshakes, which take long.
  auto& shard = socket.tls ? take_turn() : *shards.front();
  shard.dispatch([this, &shard, socket = std::move(socket)]() mutable {
    shards.front()->guard("accept", [&] {
      const auto added = std::make_shared<connection>(*this, shard, std::move(socket));
      const auto http = std::make_shared<http_connection>(*this, *added);
      added->start(http);
      http->begin();
      add(added);
    });
  });
}

void http_server::state::run_context(asio::io_context& context) {
  // Thrown by something that the application posted to the server's threads, if anything is.
  while (!shards.front()->guard("posted task", [&] { context.run(); })) {
  }
}

// --- Closing

void http_server::state::wait_for_signal() {
  signals->async_wait([this](const boost::system::error_code& error, int /*signal*/) {
    if (error) return;
    // First, so that the next signal comes whatever becomes of this one. If not even that works,
    // the next one ends the process.
    if (!shards.front()->guard("signal handler", [this] { wait_for_signal(); })) signals.reset();
    // By position: a handler may add others.
    // NOLINTNEXTLINE(modernize-loop-convert)
    for (std::size_t i = 0; i < signal_handlers.size(); ++i) {
      shards.front()->guard("signal handler", [&] { signal_handlers[i](); });
    }
  });
}

void http_server::state::close() {
  if (closing.exchange(true)) return;
  const bool stopped = shards.front()->guard("close", [this] {
    shards.front()->dispatch([this] {
      for (const auto& listener : listeners) listener->close();
      listeners.clear();
      signals.reset();
    });
  });
  for (const auto& [path, engine] : engines) {
    shards.front()->guard("close", [&closed = *engine] { closed.close(); });
  }
  const bool posted = shards.front()->guard("close", [this] {
    for (auto& part : parts) {
      // Post it, so that it runs after the engines have sent their last packets.
      part.shard->post([this, &part] {
        if (!shards.front()->guard("close", [&] { close_connections(part); })) stop_contexts();
      });
    }
  });
  // Without memory even for a task nothing can be closed in good order.
  if (!stopped || !posted) stop_contexts();
}

void http_server::state::stop_contexts() {
  for (const auto& context : contexts) context->stop();
}

void http_server::state::close_connections(partition& closing_part) {
  auto& timer = closing_part.close_deadline.emplace(closing_part.shard->executor());
  timer.expires_after(server_options.close_timeout);
  timer.async_wait([this, &closing_part](const boost::system::error_code& error) {
    if (error || closing_part.drained) return;
    const bool aborted = shards.front()->guard("close", [&] {
      for (const auto& connection : closing_part.all()) connection->abort("server shutting down");
    });
    if (!aborted) stop_contexts();
  });
  for (const auto& connection : closing_part.all()) {
    shards.front()->guard("close", [&] { connection->shut_down(); });
  }
  check_drained(closing_part);
}

void http_server::state::check_drained(partition& closing_part) {
  if (!closing_part.connections.empty() || !closing_part.close_deadline) return;
  if (std::exchange(closing_part.drained, true)) return;
  // Nothing may keep the application's context running any more.
  closing_part.close_deadline->cancel();
  closing_part.shard->timers().stop();
  if (--parts_open == 0) stop_contexts();
}

http_server::http_server(const http_server_options& options)
    : state_(std::make_unique<state>(options)) {
  const auto threads = state_->server_options.threads;
  for (std::size_t i = 0; i < threads; ++i) {
    auto& context = *state_->contexts.emplace_back(std::make_unique<asio::io_context>(1));
    state_->work.push_back(asio::make_work_guard(context));
    state_->shards.push_back(std::make_shared<engineio::shard>(context, i));
  }
  // Tasks refer to the parts: they stay where they are.
  state_->parts.reserve(threads);
  for (const auto& shard : state_->shards) state_->add_part(shard);
  state_->parts_open = threads;
}

http_server::http_server(asio::io_context& context, const http_server_options& options)
    : state_(std::make_unique<state>(options)) {
  state_->shards.push_back(std::make_shared<engineio::shard>(asio::make_strand(context), 0));
  state_->add_part(state_->shards.front());
  state_->parts_open = 1;
}

http_server::~http_server() = default;

void http_server::state::add_route(std::string_view method, std::string_view pattern,
                                   router::route added,
                                   std::optional<std::uint64_t> max_body_size) {
  if (!added.handler && !added.receiver) {
    throw std::invalid_argument("the route " + std::string(pattern) + " needs a handler");
  }
  check_reachable(pattern);
  added.max_body_size = max_body_size.value_or(server_options.max_body_size);
  routes.add(method, pattern, std::move(added));
}

void http_server::state::check_reachable(std::string_view pattern) const {
  if (!engines.contains(pattern)) return;
  throw std::invalid_argument("a route for " + std::string(pattern) +
                              " would get no requests: they are all Engine.IO's");
}

void http_server::add_route(std::string_view method, std::string_view pattern, http_handler handler,
                            std::optional<std::uint64_t> max_body_size) {
  router::route added;
  if (handler) {
    added.handler = [handler = std::move(handler)](
                        engineio::shard& current, std::string_view rest,
                        std::unique_ptr<engineio::http_exchange> exchange) {
      const auto& request = exchange->request();
      handler(request, rest, http_reply(current.shared_from_this(), std::move(exchange)));
    };
  }
  state_->add_route(method, pattern, std::move(added), max_body_size);
}

void http_server::receive(std::string_view method, std::string_view pattern, body_handler handler,
                          std::optional<std::uint64_t> max_body_size) {
  router::route added;
  added.receiver = std::move(handler);
  state_->add_route(method, pattern, std::move(added), max_body_size);
}

void http_server::form(std::string_view pattern, form_options options, form_handler handler) {
  const auto max_body_size = options.max_body_size;
  receive("POST", pattern, receive_form(std::move(options), std::move(handler)), max_body_size);
}

websocket::endpoint http_server::websocket(std::string_view pattern, websocket::route route) {
  const auto added = std::make_shared<websocket::endpoint_state>(std::move(route), state_->shards);
  state_->check_reachable(pattern);
  auto& place = state_->websockets.at(pattern);
  if (place) {
    throw std::invalid_argument("there is a WebSocket route for " + std::string(pattern) +
                                " already");
  }
  place = added;
  state_->endpoints.push_back(added);
  return websocket::endpoint(added);
}

void http_server::cors(std::string_view pattern, cors_options options) {
  auto policy = std::make_unique<const socketio::cors>(std::move(options));
  auto& place = state_->policies.at(pattern);
  if (place) throw std::invalid_argument("cors() has been called for " + std::string(pattern));
  place = std::move(policy);
}

void http_server::serve_folder(std::string_view path, const std::filesystem::path& folder) {
  serve_folder(path, folder, {});
}

void http_server::serve_folder(std::string_view path, const std::filesystem::path& folder,
                               static_files_options options) {
  if (!path.ends_with('/')) detail::refuse_text("the path of a folder", path, "end with a slash");
  const auto files = std::make_shared<const static_files>(folder, std::move(options));
  get(std::string(path) + "*",
      [files](const http_request& request, std::string_view rest, const http_reply& reply) {
        reply(is_plain(rest) ? files->serve(request, rest) : http_response(404));
      });
}

void http_server::attach(engineio::server& engine, std::string_view path) {
  check_path("the path of Engine.IO", path);
  if (state_->routes.contains(path) || state_->websockets.contains(path)) {
    throw std::invalid_argument("there is a route for " + std::string(path) +
                                " already, which would get no requests");
  }
  if (!state_->engines.try_emplace(std::string(path), &engine).second) {
    throw std::invalid_argument("there is an engine for " + std::string(path) + " already");
  }
}

std::uint16_t http_server::listen(std::uint16_t port) {
  listen_options options;
  options.port = port;
  return listen(options);
}

std::uint16_t http_server::listen(const listen_options& options) {
  const auto& shard = state_->shards.front();
  const auto opened = listener::open(shard->executor(), options);
  const auto port = opened.front()->port();
  shard->dispatch([state = state_.get(), opened] {
    if (state->closing) return;
    for (const auto& listener : opened) {
      state->listeners.push_back(listener);
      listener->start(
          [state](accepted_socket socket) { state->accepted(std::move(socket)); },
          [state](std::exception_ptr error) { state->report(std::move(error), "accept"); });
    }
  });
  return port;
}

void http_server::run() {
  auto& contexts = state_->contexts;
  if (contexts.empty()) {
    throw std::logic_error("run() is not for a server on the application's own context");
  }
  if (contexts.front()->stopped()) return;  // closed
  std::vector<std::thread> threads;
  const auto join = [&threads] {
    for (auto& thread : threads) thread.join();
  };
  try {
    threads.reserve(contexts.size() - 1);
    for (std::size_t i = 1; i < contexts.size(); ++i) {
      threads.emplace_back([this, &context = *contexts[i]] { state_->run_context(context); });
    }
  } catch (...) {
    state_->stop_contexts();
    join();
    for (const auto& context : contexts) context->restart();
    const auto started = threads.size() + 1;  // with the one that calls
    try {
      throw;
    } catch (const std::system_error& error) {
      throw std::system_error(error.code(), "cannot start thread " + std::to_string(started + 1) +
                                                " of " + std::to_string(contexts.size()));
    }
  }
  state_->run_context(*contexts.front());
  join();
}

void http_server::close() {
  state_->close();
}

void http_server::on_signal(std::function<void()> handler) {
  if (!handler) throw std::invalid_argument("on_signal() needs a handler");
  const auto& shard = state_->shards.front();
  // Signals count from now on, even if the shard does not run yet.
  auto set = std::make_unique<asio::signal_set>(shard->executor(), SIGINT, SIGTERM);
  shard->dispatch(
      [state = state_.get(), handler = std::move(handler), set = std::move(set)]() mutable {
        if (state->closing) return;
        state->signal_handlers.push_back(std::move(handler));
        if (state->signals) return;
        state->signals = std::move(set);
        state->wait_for_signal();
      });
}

void http_server::on_error(error_handler handler) {
  state_->on_error = std::move(handler);
}

void http_server::report(const handler_error& error) const {
  state_->tell(error);
}

const std::vector<std::shared_ptr<engineio::shard>>& http_server::shards() const {
  return state_->shards;
}

const http_server_options& http_server::options() const {
  return state_->server_options;
}

std::size_t http_server::connections_count() const {
  std::size_t count = 0;
  for (const auto& shard : state_->shards) count += shard->counters().connections.value();
  return count;
}

std::vector<engineio::statistics> http_server::statistics() const {
  std::vector<engineio::statistics> all;
  for (const auto& shard : state_->shards) {
    all.push_back(shard->read_statistics());
    all.back().queue_bytes += state_->spares[shard->index()]->queued_bytes();
  }
  return all;
}

}  // namespace socketio
