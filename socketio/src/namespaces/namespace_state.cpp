#include "namespace_state.hpp"

#include <utility>

namespace socketio::detail {

namespace_state::namespace_state(std::shared_ptr<core_context> context, std::string nsp_name)
    : shared(std::move(context)),
      name(std::move(nsp_name)),
      rooms_(std::make_unique<namespace_rooms>(shared->shards.size())),
      next_ack_id_(std::make_shared<std::atomic<std::uint64_t>>(0)) {
  for (std::size_t i = 0; i < shared->shards.size(); ++i) {
    event_names_.push_back(std::make_unique<event_names>());
  }
  auto* recovery = shared->recovery();
  if (recovery == nullptr) return;
  auto kept = recovery->journal ? recovery->journal->take(name) : journalled_namespace();
  if (recovery->keeps_events_of(name)) {
    events_ = std::make_shared<event_delivery>(name, shared, *rooms_, kept);
  }
  if (recovery->recovery) {
    recoverable_ = std::make_unique<recoverable_sockets>(name, *recovery, std::move(kept.sockets));
  }
}

namespace_state::namespace_state(const namespace_state& parent, std::string nsp_name)
    : namespace_state(parent.shared, std::move(nsp_name)) {
  next_ack_id_ = parent.next_ack_id_;
  connection_handlers.inherit(parent.connection_handlers);
  middlewares.inherit(parent.middlewares);
}

namespace_state::~namespace_state() = default;

void namespace_state::start(std::unique_ptr<adapter_context> local,
                            std::unique_ptr<socketio::adapter> made) {
  local_ = std::move(local);
  adapter_ = &local_->local();
  replace_adapter(std::move(made));
}

void namespace_state::replace_adapter(std::unique_ptr<socketio::adapter> made) {
  auto* added = made ? made.get() : &local_->local();
  if (made) {
    const std::scoped_lock lock(adapter_mutex_);
    made_adapters_.push_back(std::move(made));
  }
  auto* replaced = adapter_.load();
  // A namespace that has been removed stays so.
  while (replaced != nullptr && !adapter_.compare_exchange_weak(replaced, added)) {
  }
  close_made(replaced);
}

void namespace_state::close_made(socketio::adapter* replaced) {
  if (replaced != nullptr && replaced != &local_->local()) replaced->close();
}

void namespace_state::close() {
  replace_adapter(nullptr);
  local_->local().close();
}

void namespace_state::remove() {
  auto* replaced = adapter_.exchange(nullptr);
  local_->local().disconnect_sockets({}, false);
  close_made(replaced);
  release_handlers();
}

void namespace_state::stop() {
  adapter_ = nullptr;
  made_adapters_.clear();
  local_.reset();
  rooms_.reset();
  release_handlers();
}

void namespace_state::trim_log(std::chrono::steady_clock::time_point now) {
  if (events_) events_->trim(now);
  if (recoverable_) recoverable_->trim(now);
}

// They may hold handles of the namespace, and would keep it for ever; so may the data of sockets.
void namespace_state::release_handlers() {
  if (recoverable_) recoverable_->clear();
  connection_handlers.release();
  middlewares.release();
  server_side_handlers.release();
}

void namespace_state::tell_connection(const socket& connected) {
  const auto all = [](std::string_view) { return true; };
  connection_handlers.visit(all, [&](const connection_handler& handler) {
    try {
      handler(connected);
    } catch (...) {
      shared->report({std::current_exception(), "connection", {}, &connected});
    }
  });
}

}  // namespace socketio::detail
