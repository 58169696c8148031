#include "event_loop.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <system_error>

namespace bench {

namespace {

// Large enough for 16 messages in flight, small enough for the processor's cache.
constexpr std::size_t read_buffer_size = std::size_t{128} * 1024;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::system_category(), what);
}

}  // namespace

event_loop::event_loop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), read_buffer_(read_buffer_size) {
  if (!epoll_) fail("epoll_create1");
}

void event_loop::add(int descriptor, std::uint32_t events, handler& target) {
  control(EPOLL_CTL_ADD, descriptor, events, &target);
}

void event_loop::change(int descriptor, std::uint32_t events, handler& target) {
  control(EPOLL_CTL_MOD, descriptor, events, &target);
}

void event_loop::remove(int descriptor, const handler& target) {
  control(EPOLL_CTL_DEL, descriptor, 0, nullptr);
  for (auto& event : std::span(events_).first(count_)) {
    if (event.data.ptr == &target) event.data.ptr = nullptr;
  }
}

void event_loop::control(int operation, int descriptor, std::uint32_t events, handler* target) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = target;
  if (::epoll_ctl(epoll_.get(), operation, descriptor, &event) != 0) fail("epoll_ctl");
}

void event_loop::run_once(std::optional<time_point> until) {
  timespec timeout{};
  if (until) {
    const auto left = std::max(*until - clock::now(), clock::duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    timeout.tv_sec = seconds.count();
    timeout.tv_nsec = std::chrono::nanoseconds(left - seconds).count();
  }
  const auto count = ::epoll_pwait2(epoll_.get(), events_.data(), static_cast<int>(events_.size()),
                                    until ? &timeout : nullptr, nullptr);
  if (count < 0 && errno != EINTR) fail("epoll_pwait2");
  now_ = clock::now();
  count_ = static_cast<std::size_t>(std::max(count, 0));
  for (std::size_t i = 0; i < count_; ++i) {
    if (events_[i].data.ptr != nullptr) {
      static_cast<handler*>(events_[i].data.ptr)->on_events(events_[i].events);
    }
  }
  count_ = 0;
}

}  // namespace bench
