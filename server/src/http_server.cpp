#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <deque>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <socketio/detail/check_option.hpp>
#include <socketio/engineio/cors.hpp>
#include <socketio/engineio/identifier.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/form.hpp>
#include <socketio/http_server.hpp>
#include <socketio/static_files.hpp>
#include <socketio/websocket.hpp>

#include "dispatcher.hpp"
#include "error_log.hpp"
#include "http/http_connection.hpp"
#include "net/connection.hpp"
#include "net/connection_pool.hpp"
#include "net/listener.hpp"

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

struct http_server::state {
  explicit state(const http_server_options& settings) : server_options(settings) {
    check(server_options);
  }
  ~state();
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  void add_shard(const std::shared_ptr<engineio::shard>& shard);
  void tell(const handler_error& error) noexcept;
  void accepted(detail::accepted_socket socket);
  void run_context(asio::io_context& context);
  void wait_for_signal();
  void close();
  void stop_contexts();

  http_server_options server_options;
  // First, to outlive even the connections in tasks that the contexts never ran.
  detail::connection_pool connections;
  // The contexts outlive everything that refers to them.
  std::vector<std::unique_ptr<asio::io_context>> contexts;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> work;
  std::vector<std::shared_ptr<engineio::shard>> shards;
  std::vector<std::shared_ptr<detail::listener>> listeners;  // on the first shard
  std::unique_ptr<asio::signal_set> signals;                 // on the first shard
  std::deque<std::function<void()>> signal_handlers;         // on the first shard
  detail::dispatcher requests{server_options, shards};
  detail::error_log log{STDERR_FILENO};
  error_handler on_error = [this](const handler_error& error) { log.write(error); };
  std::atomic<bool> closing{false};
};

http_server::state::~state() {
  for (const auto& listener : listeners) listener->close();
  signals.reset();
  for (const auto& shard : shards) shard->stop();
  requests.abandon();
  connections.abandon();
}

void http_server::state::add_shard(const std::shared_ptr<engineio::shard>& shard) {
  shard->on_exception([this](std::exception_ptr error, std::string_view where) {
    tell({std::move(error), where});
  });
  shards.push_back(shard);
  connections.add_shard(shard);
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

void http_server::state::accepted(detail::accepted_socket socket) {
  // The first shard reads the first request of each connection, so that requests on different
  // connections keep their order, also those for a session on another shard. But the shards have to
  // share TLS handshakes, which take long.
  auto& shard = socket.tls ? requests.take_turn() : *shards.front();
  shard.dispatch([this, &shard, socket = std::move(socket)]() mutable {
    shards.front()->guard("accept", [&] {
      const auto added =
          std::make_shared<detail::connection>(connections, shard, std::move(socket));
      const auto http = std::make_shared<detail::http_connection>(requests, *added);
      added->start(http);
      http->begin();
      connections.add(added);
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
  requests.close_engines();
  const bool begun = shards.front()->guard("close", [this] {
    connections.close(server_options.close_timeout, [this] { stop_contexts(); });
  });
  // Without memory even for a task nothing can be closed in good order.
  if (!stopped || !begun) stop_contexts();
}

void http_server::state::stop_contexts() {
  for (const auto& context : contexts) context->stop();
}

http_server::http_server(const http_server_options& options)
    : state_(std::make_unique<state>(options)) {
  const auto threads = state_->server_options.threads;
  for (std::size_t i = 0; i < threads; ++i) {
    auto& context = *state_->contexts.emplace_back(std::make_unique<asio::io_context>(1));
    state_->work.push_back(asio::make_work_guard(context));
    state_->add_shard(std::make_shared<engineio::shard>(context, i));
  }
}

http_server::http_server(asio::io_context& context, const http_server_options& options)
    : state_(std::make_unique<state>(options)) {
  state_->add_shard(std::make_shared<engineio::shard>(asio::make_strand(context), 0));
}

http_server::~http_server() = default;

void http_server::add_route(std::string_view method, std::string_view pattern, http_handler handler,
                            std::optional<std::uint64_t> max_body_size) {
  detail::router::route added;
  if (handler) {
    added.handler = [handler = std::move(handler)](
                        engineio::shard& current, std::string_view rest,
                        std::unique_ptr<engineio::http_exchange> exchange) {
      const auto& request = exchange->request();
      handler(request, rest, http_reply(current.shared_from_this(), std::move(exchange)));
    };
  }
  state_->requests.add_route(method, pattern, std::move(added), max_body_size);
}

void http_server::receive(std::string_view method, std::string_view pattern, body_handler handler,
                          std::optional<std::uint64_t> max_body_size) {
  detail::router::route added;
  added.receiver = std::move(handler);
  state_->requests.add_route(method, pattern, std::move(added), max_body_size);
}

void http_server::form(std::string_view pattern, form_options options, form_handler handler) {
  const auto max_body_size = options.max_body_size;
  receive("POST", pattern, receive_form(std::move(options), std::move(handler)), max_body_size);
}

websocket::endpoint http_server::websocket(std::string_view pattern, websocket::route route) {
  return websocket::endpoint(state_->requests.add_endpoint(pattern, std::move(route)));
}

void http_server::cors(std::string_view pattern, cors_options options) {
  state_->requests.add_policy(pattern, std::move(options));
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
  state_->requests.add_engine(path, engine);
}

std::uint16_t http_server::listen(std::uint16_t port) {
  listen_options options;
  options.port = port;
  return listen(options);
}

std::uint16_t http_server::listen(const listen_options& options) {
  const auto& shard = state_->shards.front();
  const auto opened = detail::listener::open(shard->executor(), options);
  const auto port = opened.front()->port();
  shard->dispatch([state = state_.get(), opened] {
    if (state->closing) return;
    for (const auto& listener : opened) {
      state->listeners.push_back(listener);
      listener->start(
          [state](detail::accepted_socket socket) { state->accepted(std::move(socket)); },
          [state](std::exception_ptr error) {
            state->shards.front()->report(std::move(error), "accept");
          });
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
    all.back().queue_bytes += state_->connections.queued_bytes(*shard);
  }
  return all;
}

}  // namespace socketio
