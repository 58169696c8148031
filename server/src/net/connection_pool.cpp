#include "connection_pool.hpp"

#include <utility>
#include <vector>

namespace socketio::detail {

void connection_pool::add_shard(std::shared_ptr<engineio::shard> home) {
  parts_.emplace_back(std::move(home));
  ++parts_open_;
}

void connection_pool::turn_away(const engineio::shard& home, accepted_socket socket) {
  parts_[home.index()].refused.add(std::move(socket));
}

void connection_pool::add(const std::shared_ptr<connection>& added) {
  auto& part = parts_[added->home().index()];
  part.connections.push_back(added);
  added->registry_place = part.connections.size() - 1;
  part.home->counters().connections.add();
  if (closing_) added->shut_down();
}

void connection_pool::remove(connection& removed) {
  auto& part = parts_[removed.home().index()];
  if (const auto place = removed.registry_place; place != connection::unregistered) {
    part.home->counters().connections.subtract();
    // The last connection takes the place.
    part.connections.back()->registry_place = place;
    removed.registry_place = connection::unregistered;
    std::swap(part.connections[place], part.connections.back());
    part.connections.pop_back();
  }
  if (closing_) check_drained(part);
}

void connection_pool::close(std::chrono::milliseconds timeout, std::function<void()> drained) {
  close_timeout_ = timeout;
  drained_ = std::move(drained);
  closing_ = true;
  for (auto& part : parts_) {
    // Post it, so that it runs after what the shard's tasks send before.
    part.home->post([this, &part] {
      if (!part.home->guard("close", [&] { close_part(part); })) drained_();
    });
  }
}

void connection_pool::close_part(partition& part) {
  auto& timer = part.close_deadline.emplace(part.home->executor());
  timer.expires_after(close_timeout_);
  timer.async_wait([this, &part](const boost::system::error_code& error) {
    if (error || part.drained) return;
    const bool aborted = part.home->guard("close", [&] {
      for (const auto& connection : part.connections) connection->abort("server shutting down");
    });
    if (!aborted) drained_();
  });
  // A copy, because connections may end meanwhile.
  for (const auto& connection : std::vector(part.connections.begin(), part.connections.end())) {
    part.home->guard("close", [&] { connection->shut_down(); });
  }
  part.refused.clear();
  check_drained(part);
}

void connection_pool::check_drained(partition& part) {
  if (!part.connections.empty() || !part.close_deadline) return;
  if (std::exchange(part.drained, true)) return;
  // Nothing may keep the application's context running any more.
  part.close_deadline->cancel();
  part.home->timers().stop();
  if (--parts_open_ == 0) drained_();
}

void connection_pool::reopen() {
  closing_ = false;
  parts_open_ = parts_.size();
  for (auto& part : parts_) {
    part.home->dispatch([&part] {
      part.drained = false;
      part.close_deadline.reset();
      part.home->timers().restart(part.home->executor());
    });
  }
}

void connection_pool::abandon() {
  for (auto& part : parts_) {
    part.sockets->stop();
    part.refused.clear();
    for (const auto& connection : part.connections) connection->abandon();
    part.connections.clear();
    // They must not outlive the shard's context, as the spare pieces have to.
    part.close_deadline.reset();
    part.sockets.reset();
    part.home.reset();
  }
}

}  // namespace socketio::detail
