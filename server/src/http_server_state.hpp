#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <socketio/engineio/completion.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/http_server.hpp>

#include "dispatcher.hpp"
#include "error_log.hpp"
#include "net/connection_pool.hpp"
#include "net/listener.hpp"

namespace socketio {

/// What a server is made of, and its life: it is open, closes, is closed, and may be opened again.
struct http_server::state {
  using context_list = std::vector<std::unique_ptr<boost::asio::io_context>>;
  using listener_list = std::vector<std::shared_ptr<detail::listener>>;

  /// @throws std::invalid_argument for an option that cannot work
  explicit state(const http_server_options& settings);
  ~state();
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  void add_shard(const std::shared_ptr<engineio::shard>& shard);
  /// Adds a shard on a context of the server's own.
  void add_own_shard();

  /// Calls the error handler. Any thread.
  void tell(const handler_error& error) noexcept;
  /// See http_server::listen(), run(), close() and on_signal().
  /// @param prepare called before clients can connect; may be empty
  void listen(listener_list opened, const std::function<void()>& prepare);
  void run();
  void close(close_completion handler);
  void on_signal(std::function<void()> handler);

  http_server_options server_options;
  // First, to outlive even the connections in tasks that the contexts never ran.
  detail::connection_pool connections{server_options.max_connections,
                                      server_options.max_connections_per_address};
  // The server's own contexts outlive everything that refers to them.
  context_list contexts;
  std::vector<std::shared_ptr<engineio::shard>> shards;
  detail::dispatcher requests{server_options, shards};
  detail::error_log log;
  error_handler on_error = [this](const handler_error& error) { log.write(error); };

 private:
  enum class phase : std::uint8_t { open, closing, closed };
  // The right to run the server's own contexts, for as long as the object lives.
  class [[nodiscard]] turn;

  void accept(detail::accepted_socket socket);
  void run_context(boost::asio::io_context& context);
  void run_contexts();
  void stop_contexts();
  void open();
  [[nodiscard]] bool runs_here() const;
  void begin_to_close();
  void finish_to_close();
  [[nodiscard]] std::unique_ptr<boost::asio::signal_set> make_signal_set() const;
  void wait_for_signals(std::unique_ptr<boost::asio::signal_set> set);
  void wait_for_signal();

  std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
  // On the first shard:
  listener_list listeners_;
  std::unique_ptr<boost::asio::signal_set> signals_;
  std::deque<std::function<void()>> signal_handlers_;

  std::atomic<bool> hears_signals_{false};
  std::atomic<phase> phase_{phase::open};  // changes under the mutex
  std::mutex mutex_;
  std::vector<engineio::completion<>> waiting_;  // for the end of close()
  // While it closes.
  std::optional<boost::asio::executor_work_guard<boost::asio::any_io_executor>> closing_work_;
  bool taken_ = false;               // somebody has the turn
  std::condition_variable changed_;  // the turn, or the phase
};

}  // namespace socketio
