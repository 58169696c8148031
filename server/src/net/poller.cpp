#include "poller.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "stream.hpp"

namespace socketio::detail {
namespace {

// How many descriptors one round serves, before other tasks of the shard have their turn.
constexpr std::size_t ready_a_turn = 128;
// How many more rounds follow before the shard flushes collected output.
constexpr int more_rounds = 4;

std::uint32_t events_of(readiness wanted) {
  return (wanted.read ? std::uint32_t{EPOLLIN} : 0U) |
         (wanted.write ? std::uint32_t{EPOLLOUT} : 0U);
}

}  // namespace

poller::poller(std::shared_ptr<engineio::shard> home)
    : home_(std::move(home)), epoll_(home_->executor()) {
  unique_descriptor made(::epoll_create1(EPOLL_CLOEXEC));
  if (made.get() < 0) {
    throw boost::system::system_error(errno, boost::system::system_category(), "epoll_create1");
  }
  epoll_.assign(made.get());
  static_cast<void>(made.release());  // epoll_ owns it now
}

bool poller::wait(int descriptor, pollable& owner, readiness before, readiness wanted) {
  if (before == wanted) return true;
  epoll_event event{};
  event.events = events_of(wanted);
  event.data.ptr = &owner;
  // Remove a descriptor that waits for nothing: epoll would report again and again if it broke.
  const int operation = !before.any()  ? EPOLL_CTL_ADD
                        : wanted.any() ? EPOLL_CTL_MOD
                                       : EPOLL_CTL_DEL;
  if (!epoll_.is_open()) return true;
  if (::epoll_ctl(epoll_.native_handle(), operation, descriptor, &event) != 0) return false;
  if (operation == EPOLL_CTL_ADD) {
    ++waiting_;
    arm();
  } else if (operation == EPOLL_CTL_DEL) {
    for (auto& untold : untold_) {
      if (untold.data.ptr == &owner) untold.data.ptr = nullptr;
    }
    // Let the context run out of work when no descriptor waits.
    if (--waiting_ == 0 && std::exchange(armed_, false)) {
      ++wait_number_;
      epoll_.cancel();
    }
  }
  return true;
}

void poller::stop() {
  boost::system::error_code ignored;
  epoll_.close(ignored);
  untold_ = {};
}

void poller::arm() {
  // Not while serve_ready() runs, after which more may be ready.
  if (armed_ || waiting_ == 0 || !untold_.empty() || !epoll_.is_open()) return;
  armed_ = true;
  auto served = [self = shared_from_this(),
                 number = ++wait_number_](const boost::system::error_code& error) {
    // Any other error is one of the wait, which serve() begins again.
    if (error == boost::asio::error::operation_aborted || number != self->wait_number_) return;
    if (self->epoll_.is_open()) self->serve();
  };
  epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    boost::asio::bind_allocator(memory_.get_allocator(), std::move(served)));
}

void poller::serve() {
  armed_ = false;
  // Even if a handler throws, the others must not wait for ever.
  const struct rearm {
    poller& waiter;
    ~rearm() {
      waiter.untold_ = {};
      waiter.arm();
    }
  } guard{*this};
  // While a handler prepared a broadcast, other clients may have sent something: serve them before
  // the flush, so that all output leaves in the same writes.
  for (int rounds = 0; serve_ready() > 0 && home_->has_corked() && rounds < more_rounds; ++rounds) {
  }
}

std::size_t poller::serve_ready() {
  std::array<epoll_event, ready_a_turn> events;  // NOLINT(*-member-init): epoll_wait() writes it
  const int count = ::epoll_wait(epoll_.native_handle(), events.data(), events.size(), 0);
  const auto served = static_cast<std::size_t>(std::max(count, 0));
  untold_ = std::span(events).first(served);
  while (!untold_.empty()) {
    const auto [bits, data] = untold_.front();
    untold_ = untold_.subspan(1);
    if (data.ptr == nullptr) continue;
    const bool broken = (bits & (EPOLLHUP | EPOLLERR)) != 0;
    static_cast<pollable*>(data.ptr)->ready(
        {broken || (bits & EPOLLIN) != 0, broken || (bits & EPOLLOUT) != 0});
  }
  return epoll_.is_open() ? served : 0;
}

}  // namespace socketio::detail
