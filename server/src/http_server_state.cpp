#include "http_server_state.hpp"

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include <socketio/detail/check_option.hpp>
#include <socketio/engineio/identifier.hpp>

#include "http/http_connection.hpp"
#include "net/connection.hpp"

namespace socketio {
namespace {

namespace asio = boost::asio;

void check(const http_server_options& options) {
  detail::check_range("threads", options.threads, 1, engineio::max_shards);
  if (options.max_connections) {
    detail::check_positive("max_connections", *options.max_connections);
  }
  if (options.max_connections_per_address) {
    detail::check_positive("max_connections_per_address", *options.max_connections_per_address);
  }
  detail::check_positive("max_header_size", options.max_header_size);
  detail::check_positive("max_header_count", options.max_header_count);
  detail::check_time("header_timeout", options.header_timeout);
  detail::check_time("body_timeout", options.body_timeout);
  detail::check_time("write_timeout", options.write_timeout);
  detail::check_time("keep_alive_timeout", options.keep_alive_timeout);
  detail::check_time_or_zero("close_timeout", options.close_timeout);
}

}  // namespace

http_server::state::state(const http_server_options& settings)
    : server_options(settings), log(STDERR_FILENO) {
  check(server_options);
}

http_server::state::~state() {
  for (const auto& listener : listeners_) listener->close();
  signals_.reset();
  for (const auto& shard : shards) shard->stop();
  requests.abandon();
  connections.abandon();
}

void http_server::state::add_shard(const std::shared_ptr<engineio::shard>& shard) {
  shard->on_exception([this](std::exception_ptr error, std::string_view where) {
    tell({std::move(error), where});
  });
  shard->on_warning([this](std::string_view line) { log.write(line); });
  shards.push_back(shard);
  connections.add_shard(shard);
}

void http_server::state::add_own_shard() {
  auto& context = *contexts.emplace_back(std::make_unique<asio::io_context>(1));
  work_.push_back(asio::make_work_guard(context));
  add_shard(std::make_shared<engineio::shard>(context, shards.size()));
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

// --- Listening

void http_server::state::listen(listener_list opened, const std::function<void()>& prepare) {
  open();
  if (prepare) prepare();
  shards.front()->dispatch([this, opened = std::move(opened)] {
    if (phase_ != phase::open) return;
    for (const auto& listener : opened) {
      listeners_.push_back(listener);
      listener->start(
          [this](detail::accepted_socket socket) { accept(std::move(socket)); },
          [this](std::exception_ptr error) { shards.front()->report(std::move(error), "accept"); });
    }
  });
}

void http_server::state::accept(detail::accepted_socket socket) {
  // The first shard reads the first request of each connection, so that requests on different
  // connections keep their order, also those for a session on another shard. But the shards have to
  // share TLS handshakes, which take long.
  auto& shard = socket.tls ? requests.take_turn() : *shards.front();
  shard.dispatch([this, &shard, socket = std::move(socket)]() mutable {
    shards.front()->guard("accept", [&] {
      if (!connections.has_room(socket.remote_address)) {
        return connections.turn_away(shard, std::move(socket));
      }
      const auto added =
          std::make_shared<detail::connection>(connections, shard, std::move(socket));
      const auto http = std::make_shared<detail::http_connection>(requests, *added);
      added->start(http);
      http->begin();
      connections.add(added);
    });
  });
}

// --- Running

class http_server::state::turn {
 public:
  // The lock is that of the state. Release it before this object.
  turn(state& owner, std::unique_lock<std::mutex>& lock) : owner_(owner) {
    owner_.changed_.wait(lock, [this] { return !owner_.taken_; });
    owner_.taken_ = true;
  }
  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;
  ~turn() {
    const std::scoped_lock lock(owner_.mutex_);
    owner_.taken_ = false;
    owner_.changed_.notify_all();
  }

 private:
  state& owner_;
};

void http_server::state::run() {
  if (contexts.empty()) {
    throw std::logic_error("run() is not for a server on the application's own context");
  }
  std::unique_lock lock(mutex_);
  const turn own(*this, lock);
  const bool closed = phase_ == phase::closed;
  lock.unlock();
  if (!closed) run_contexts();
}

void http_server::state::run_contexts() {
  std::vector<std::thread> threads;
  const auto join = [&threads] {
    for (auto& thread : threads) thread.join();
  };
  try {
    threads.reserve(contexts.size() - 1);
    for (std::size_t i = 1; i < contexts.size(); ++i) {
      threads.emplace_back([this, &context = *contexts[i]] { run_context(context); });
    }
  } catch (...) {
    stop_contexts();
    join();
    for (const auto& context : contexts) context->restart();
    // close() relies on these threads.
    if (phase_ == phase::closing) finish_to_close();
    const auto started = threads.size() + 1;  // with the one that calls
    try {
      throw;
    } catch (const std::system_error& error) {
      throw std::system_error(error.code(), "cannot start thread " + std::to_string(started + 1) +
                                                " of " + std::to_string(contexts.size()));
    }
  }
  run_context(*contexts.front());
  join();
}

void http_server::state::run_context(asio::io_context& context) {
  // Thrown by something that the application posted to the server's threads, if anything is.
  while (!shards.front()->guard("posted task", [&] { context.run(); })) {
  }
}

void http_server::state::stop_contexts() {
  for (const auto& context : contexts) context->stop();
}

// --- Signals

void http_server::state::on_signal(std::function<void()> handler) {
  // Signals count from now on, even if the shard does not run yet.
  auto set = make_signal_set();
  hears_signals_ = true;
  shards.front()->dispatch([this, handler = std::move(handler), set = std::move(set)]() mutable {
    signal_handlers_.push_back(std::move(handler));
    if (!signals_) wait_for_signals(std::move(set));
  });
}

std::unique_ptr<asio::signal_set> http_server::state::make_signal_set() const {
  return std::make_unique<asio::signal_set>(shards.front()->executor(), SIGINT, SIGTERM);
}

void http_server::state::wait_for_signals(std::unique_ptr<asio::signal_set> set) {
  if (phase_ != phase::open) return;
  signals_ = std::move(set);
  wait_for_signal();
}

void http_server::state::wait_for_signal() {
  signals_->async_wait([this](const boost::system::error_code& error, int /*signal*/) {
    if (error) return;
    // First, so that the next signal comes whatever becomes of this one. If not even that works,
    // the next one ends the process.
    if (!shards.front()->guard("signal handler", [this] { wait_for_signal(); })) signals_.reset();
    // By position: a handler may add others.
    // NOLINTNEXTLINE(modernize-loop-convert)
    for (std::size_t i = 0; i < signal_handlers_.size(); ++i) {
      shards.front()->guard("signal handler", [&] { signal_handlers_[i](); });
    }
  });
}

// --- Closing, and opening again

void http_server::state::close(close_completion handler) {
  std::unique_lock lock(mutex_);
  if (handler) {
    waiting_.reserve(waiting_.size() + 1);
    // Once it is closed, only a context of the application may still run.
    const bool runs = phase_ != phase::closed || contexts.empty();
    engineio::completion<> added(std::move(handler), runs ? shards.front() : nullptr);
    if (phase_ == phase::closed) {
      lock.unlock();
      return added.later({});
    }
    waiting_.push_back(std::move(added));
  }
  if (phase_ != phase::open) return;
  phase_ = phase::closing;
  if (contexts.empty() || taken_) {
    lock.unlock();
    return begin_to_close();
  }
  // Nobody runs the contexts, so that this thread has to.
  const turn own(*this, lock);
  lock.unlock();
  begin_to_close();
  if (!shards.front()->guard("close", [this] { run_contexts(); })) finish_to_close();
}

void http_server::state::begin_to_close() {
  // The first shard's context may have nothing else to do while the others still close.
  closing_work_.emplace(shards.front()->executor());
  const bool stopped = shards.front()->guard("close", [this] {
    shards.front()->dispatch([this] {
      for (const auto& listener : listeners_) listener->close();
      listeners_.clear();
      signals_.reset();
    });
  });
  requests.close_engines();
  const bool begun = shards.front()->guard("close", [this] {
    connections.close(server_options.close_timeout, [this] {
      const auto finish = [this] { finish_to_close(); };
      if (!shards.front()->guard("close", [&] { shards.front()->post(finish); })) finish();
    });
  });
  // Without memory even for a task nothing can be closed in good order.
  if (!stopped || !begun) finish_to_close();
}

void http_server::state::finish_to_close() {
  std::unique_lock lock(mutex_);
  if (phase_ != phase::closing) return;
  phase_ = phase::closed;
  auto due = std::exchange(waiting_, {});
  closing_work_.reset();
  changed_.notify_all();
  lock.unlock();
  for (auto& each : due) each({});
  stop_contexts();
}

void http_server::state::open() {
  std::unique_lock lock(mutex_);
  while (phase_ == phase::closed && taken_) {
    if (runs_here()) throw std::logic_error("listen() opens a server after run() has returned");
    changed_.wait(lock);
  }
  if (phase_ == phase::closing) {
    throw std::logic_error("listen() has to wait until close() has completed");
  }
  if (phase_ == phase::open) return;
  for (const auto& context : contexts) context->restart();
  connections.reopen();
  requests.reopen_engines();
  phase_ = phase::open;
  changed_.notify_all();
  if (!hears_signals_) return;
  shards.front()->dispatch(
      [this, set = make_signal_set()]() mutable { wait_for_signals(std::move(set)); });
}

bool http_server::state::runs_here() const {
  return std::any_of(shards.begin(), shards.end(),
                     [](const auto& shard) { return shard->running_here(); });
}

}  // namespace socketio
