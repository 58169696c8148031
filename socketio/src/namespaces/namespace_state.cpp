#include "namespace_state.hpp"

#include <utility>

namespace socketio::detail {

namespace_state::namespace_state(std::shared_ptr<core_context> context, std::string nsp_name)
    : shared(std::move(context)),
      name(std::move(nsp_name)),
      rooms_(std::make_unique<namespace_rooms>(shared->shards.size())),
      connection_handlers_(std::make_shared<const handler_list<connection_handler>>()),
      middlewares_(std::make_shared<const handler_list<middleware>>()) {
  for (std::size_t i = 0; i < shared->shards.size(); ++i) {
    event_names_.push_back(std::make_unique<event_names>());
  }
}

namespace_state::~namespace_state() = default;

void namespace_state::start(std::unique_ptr<adapter_context> local) {
  local_ = std::move(local);
  if (const auto& make = shared->options.adapter) made_adapter_ = make(*local_);
  adapter_ = made_adapter_ ? made_adapter_.get() : &local_->local();
}

void namespace_state::close() {
  if (made_adapter_) made_adapter_->close();
  local_->local().close();
}

void namespace_state::stop() {
  adapter_ = nullptr;
  made_adapter_.reset();
  local_.reset();
  rooms_.reset();
  // Handlers may hold handles of the namespace, and would keep it for ever. Destroying them runs
  // application code, so not under the lock.
  auto connection_handlers = std::make_shared<const handler_list<connection_handler>>();
  auto middlewares = std::make_shared<const handler_list<middleware>>();
  const std::scoped_lock lock(mutex_);
  stopped_ = true;
  connection_handlers_.swap(connection_handlers);
  middlewares_.swap(middlewares);
}

void namespace_state::add_connection_handler(connection_handler handler) {
  const std::scoped_lock lock(mutex_);
  if (stopped_) return;
  auto changed = std::make_shared<handler_list<connection_handler>>(*connection_handlers_);
  changed->push_back(std::make_shared<const connection_handler>(std::move(handler)));
  connection_handlers_ = std::move(changed);
}

void namespace_state::add_middleware(middleware function) {
  const std::scoped_lock lock(mutex_);
  if (stopped_) return;
  auto changed = std::make_shared<handler_list<middleware>>(*middlewares_);
  changed->push_back(std::make_shared<const middleware>(std::move(function)));
  middlewares_ = std::move(changed);
}

std::shared_ptr<const namespace_state::handler_list<connection_handler>>
namespace_state::connection_handlers() const {
  const std::scoped_lock lock(mutex_);
  return connection_handlers_;
}

std::shared_ptr<const namespace_state::handler_list<middleware>> namespace_state::middlewares()
    const {
  const std::scoped_lock lock(mutex_);
  return middlewares_;
}

}  // namespace socketio::detail
