#pragma once

#include <cstdint>
#include <vector>

#include "load.hpp"

namespace bench {

/// Broadcasts events to all clients, or to each room in turn. The first client of a room sends;
/// the next event follows as soon as one has reached everybody.
class broadcast_load final : public load {
 public:
  explicit broadcast_load(const options& chosen);

  [[nodiscard]] measurement run() override;

 private:
  // An event that has not reached everybody yet.
  struct event {
    time_point started;
    std::size_t missing = 0;
  };
  // A room: client i is in room i modulo the number of rooms.
  struct room {
    std::size_t members = 0;
    std::size_t sent = 0;
    std::vector<event> events;  // event n is at n modulo in_flight
  };

  void on_delivery(client& from) override;
  std::optional<time_point> work() override;

  void start(time_point intended);
  // Starts an event, unless all have been sent.
  void start_next(time_point intended);

  std::vector<room> rooms_;
  std::vector<std::size_t> heard_;  // how many events each client has received
  std::size_t next_room_ = 0;
  std::size_t outstanding_ = 0;
  std::uint64_t left_;  // events still to send
  std::optional<time_point> rate_begin_;
  std::uint64_t due_ = 0;
};

}  // namespace bench
