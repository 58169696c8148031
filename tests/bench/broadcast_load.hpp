#pragma once

#include <cstdint>
#include <vector>

#include "load.hpp"

namespace bench {

/// Events that go to all, or to all in one of the rooms in turn. The first client of each room
/// sends; the next event follows when one has reached everybody.
class broadcast_load final : public load {
 public:
  explicit broadcast_load(const options& chosen);

  [[nodiscard]] measurement run() override;

 private:
  // An event that has not reached everybody.
  struct event {
    time_point started;
    std::size_t missing = 0;
  };
  // A room: client i is in room i modulo the number of rooms.
  struct room {
    std::size_t members = 0;
    std::size_t sent = 0;
    std::vector<event> events;  // number n stands at n modulo in_flight
  };

  void on_delivery(client& from) override;
  std::optional<time_point> work() override;

  void start(time_point intended);
  // The same, unless all events have been sent that are to be sent.
  void start_next(time_point intended);

  std::vector<room> rooms_;
  std::vector<std::size_t> heard_;  // events that each client has heard
  std::size_t next_room_ = 0;
  std::size_t outstanding_ = 0;
  std::uint64_t left_;  // events that may still be sent
  std::optional<time_point> rate_begin_;
  std::uint64_t due_ = 0;
};

}  // namespace bench
