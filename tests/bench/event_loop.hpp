#pragma once

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "descriptor.hpp"

namespace bench {

using clock = std::chrono::steady_clock;
using time_point = clock::time_point;

/// Level-triggered epoll for one thread, with one read buffer that all connections share.
class event_loop {
 public:
  /// Receives the events of a descriptor, as epoll's flags.
  class handler {
   public:
    virtual void on_events(std::uint32_t events) = 0;

   protected:
    ~handler() = default;
  };

  /// All members throw std::system_error.
  event_loop();

  void add(int descriptor, std::uint32_t events, handler& target);
  void change(int descriptor, std::uint32_t events, handler& target);
  /// Forgets a descriptor, including its events that have not been handled yet.
  void remove(int descriptor, const handler& target);

  /// Waits for events, until a time or for ever, and handles them.
  void run_once(std::optional<time_point> until);

  /// When epoll reported the current events.
  [[nodiscard]] time_point now() const { return now_; }
  [[nodiscard]] std::span<char> read_buffer() { return read_buffer_; }

 private:
  void control(int operation, int descriptor, std::uint32_t events, handler* target);

  descriptor epoll_;
  std::array<epoll_event, 512> events_{};
  std::size_t count_ = 0;
  time_point now_ = clock::now();
  std::vector<char> read_buffer_;
};

}  // namespace bench
