#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

#include "load.hpp"

namespace bench {

/// Each client sends requests and waits for their replies.
class request_load final : public load {
 public:
  explicit request_load(const options& chosen);

  [[nodiscard]] measurement run() override;

 private:
  // The state of one client.
  struct lane {
    std::vector<time_point> started;  // when each request without a reply was due
    std::size_t next_request = 0;
    std::size_t next_reply = 0;
    std::size_t outstanding = 0;
    std::uint64_t left = std::numeric_limits<std::uint64_t>::max();  // requests still to send
    std::deque<time_point> late;  // when each request that has to wait was due
  };

  void on_reply(client& from) override;
  std::optional<time_point> work() override;

  void start(std::size_t index, time_point intended);
  // Starts a request, unless the client has sent all of its.
  void start_next(std::size_t index, time_point intended);

  std::vector<lane> lanes_;
  std::optional<time_point> rate_begin_;
  std::uint64_t due_ = 0;  // requests due so far, by the rate
};

}  // namespace bench
