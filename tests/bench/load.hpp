#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client.hpp"
#include "event_loop.hpp"
#include "histogram.hpp"
#include "options.hpp"
#include "process_figures.hpp"
#include "target.hpp"

namespace bench {

/// The result of a run.
struct measurement {
  std::chrono::nanoseconds elapsed{};
  std::uint64_t messages = 0;     ///< requests answered, or events that have reached everybody
  std::uint64_t deliveries = 0;   ///< messages that clients have received
  histogram latencies;            ///< of each delivery
  std::size_t request_bytes = 0;  ///< on the wire, without TLS; 0 if there are no messages
  std::size_t reply_bytes = 0;
  std::chrono::nanoseconds own_processor{};  ///< processor time of this program

  // Figures of the server; only if its process id is known.
  std::optional<process_figures> server;      ///< during `elapsed`
  std::optional<memory_figures> memory;       ///< at the end
  std::optional<memory_figures> growth;       ///< connect, idle: while the clients connected
  std::optional<process_figures> while_idle;  ///< idle: during the seconds after that
};

/// Makes clients, lets them send, and measures. Throws if anything goes wrong.
class load : protected client::observer {
 public:
  virtual ~load() = default;
  load(const load&) = delete;
  load& operator=(const load&) = delete;

  [[nodiscard]] virtual measurement run() = 0;

 protected:
  explicit load(const options& chosen);

  /// Connects `count` more clients, so many at a time, and waits until all are ready.
  void connect(std::size_t count, std::size_t at_a_time);
  /// Connects the clients that do nothing.
  void connect_idle();
  /// Handles events until a time.
  void run_until(time_point end);
  /// Handles events until a count has grown. @throws std::runtime_error if that takes too long
  void run_until_grown(const std::uint64_t& count);

  /// Called when a client is ready, with the time it took to connect.
  virtual void came(client& /*from*/, std::chrono::nanoseconds /*after*/) {}
  /// Called before each wait; returns when to call it again.
  virtual std::optional<time_point> work() { return std::nullopt; }

  [[nodiscard]] std::optional<process_figures> server_process() const;
  [[nodiscard]] std::optional<memory_figures> server_memory() const;

  // The time that counts.
  void begin_window();
  void end_window();

  const options& options_;
  target target_;
  dialogue words_;
  client_settings settings_;
  event_loop loop_;
  std::vector<std::unique_ptr<client>> clients_;
  measurement result_;

 private:
  void on_ready(client& from) final;
  void on_reply(client& /*from*/) override {}
  void on_delivery(client& /*from*/) override {}
  void on_failure(client& from, std::string_view why) final;

  void make_next();
  void add_clients(std::size_t count, std::size_t at_a_time, const client_settings& settings);
  [[nodiscard]] std::vector<std::string> rooms_of(std::size_t index) const;
  [[nodiscard]] std::uint32_t group_of(std::size_t index) const;

  dialogue silence_;
  client_settings idle_settings_;
  const client_settings* coming_ = &settings_;
  std::size_t wanted_ = 0;
  std::uint64_t ready_ = 0;
  std::vector<time_point> begun_;  // when each client started to connect

  time_point window_begin_;
  std::chrono::nanoseconds own_begin_{};
  std::optional<process_figures> server_begin_;
};

/// Makes the load of a scenario.
[[nodiscard]] std::unique_ptr<load> make_load(const options& chosen);

/// The difference between two moments; nothing if one of them is missing.
[[nodiscard]] std::optional<process_figures> difference(const std::optional<process_figures>& from,
                                                        const std::optional<process_figures>& to);
[[nodiscard]] std::optional<memory_figures> difference(const std::optional<memory_figures>& from,
                                                       const std::optional<memory_figures>& to);

}  // namespace bench
