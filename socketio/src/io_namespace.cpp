#include <stdexcept>

#include <socketio/io_namespace.hpp>

#include "adapters/parent_adapter.hpp"
#include "clients/namespace_registry.hpp"
#include "namespaces/ask_adapter.hpp"
#include "namespaces/namespace_state.hpp"
#include "packets/parsed_arguments.hpp"

namespace socketio {
namespace {

using state_pointer = std::shared_ptr<detail::namespace_state>;

// Null if the handle refers to no namespace, or if the server is gone.
const adapter_context* local_part(const state_pointer& nsp) {
  return nsp ? nsp->local() : nullptr;
}
detail::namespace_rooms* rooms_of(const state_pointer& nsp) {
  return nsp ? nsp->rooms() : nullptr;
}

template <class Predicate>
void remove_handlers(const state_pointer& nsp, Predicate predicate) {
  if (nsp) nsp->remove_handlers(predicate);
}

}  // namespace

const std::string& io_namespace::name() const {
  static const std::string none;
  return namespace_ ? namespace_->name : none;
}

io_namespace io_namespace::of(std::string_view other) const {
  const auto all = namespace_ ? namespace_->shared->namespaces.lock() : nullptr;
  return io_namespace(all ? all->of(other) : nullptr);
}

io_namespace::executor_type io_namespace::get_executor() const {
  return namespace_ ? namespace_->shared->shards.front()->executor() : executor_type();
}

listener_id io_namespace::add_connection_handler(std::string_view event,
                                                 detail::connection_handler handler,
                                                 const detail::listener_place& place) const {
  if (event != "connection" && event != "connect") {
    throw std::invalid_argument("a namespace has no event \"" + std::string(event) +
                                "\" with a socket: it has connection and connect");
  }
  if (!namespace_) return {};
  const auto id = namespace_->shared->next_listener_id();
  namespace_->connection_handlers.add(id, event, std::move(handler), place);
  return id;
}

listener_id io_namespace::add_namespace_handler(std::string_view event,
                                                detail::namespace_handler handler,
                                                const detail::listener_place& place) const {
  if (!namespace_) return {};
  if (event != "new_namespace" || name() != "/") {
    throw std::invalid_argument("the namespace " + name() + " has no event \"" +
                                std::string(event) +
                                "\" with a namespace: the server has new_namespace");
  }
  const auto id = namespace_->shared->next_listener_id();
  namespace_->shared->namespace_handlers.add(id, event, std::move(handler), place);
  return id;
}

listener_id io_namespace::add_server_side_handler(std::string_view event,
                                                  detail::event_handler handler,
                                                  const detail::listener_place& place) const {
  if (!namespace_) return {};
  const auto id = namespace_->shared->next_listener_id();
  namespace_->server_side_handlers.add(id, event, std::move(handler), place);
  return id;
}

void io_namespace::off(std::string_view event) const {
  remove_handlers(namespace_, [event](const auto& each) { return each.event == event; });
}

void io_namespace::off(listener_id id) const {
  remove_handlers(namespace_, [id](const auto& each) { return each.id == id; });
}

void io_namespace::remove_all_listeners() const {
  remove_handlers(namespace_, [](const auto&) { return true; });
}

void io_namespace::add_middleware(detail::middleware function) const {
  if (!namespace_) return;
  namespace_->middlewares.add(namespace_->shared->next_listener_id(), {}, std::move(function), {});
}

std::vector<socket> io_namespace::sockets() const {
  const auto* local = local_part(namespace_);
  return local ? local->sockets() : std::vector<socket>{};
}

std::optional<socket> io_namespace::find_socket(std::string_view id) const {
  const auto* local = local_part(namespace_);
  return local ? local->find_socket(id) : std::nullopt;
}

std::size_t io_namespace::sockets_count() const {
  const auto* rooms = rooms_of(namespace_);
  return rooms ? rooms->sockets_count() : 0;
}

std::size_t io_namespace::sockets_count(std::string_view room) const {
  const auto* rooms = rooms_of(namespace_);
  return rooms ? rooms->sockets_count(room) : 0;
}

std::vector<room_info> io_namespace::rooms() const {
  const auto* rooms = rooms_of(namespace_);
  return rooms ? rooms->list() : std::vector<room_info>{};
}

std::vector<past_event> io_namespace::history(std::string_view room, std::string_view after) const {
  const auto* events = namespace_ ? namespace_->events() : nullptr;
  if (events == nullptr) return {};
  const auto number = after.empty() ? 0 : events->number_of(after);
  if (!number) return {};
  std::vector<past_event> result;
  for (const auto& found : events->history(room, *number)) {
    past_event event;
    event.offset = events->offset_of(found->number);
    event.time = found->time;
    const detail::parsed_arguments parsed(found->event);
    if (!parsed.is_event()) continue;
    event.name = parsed.name();
    for (const auto& value : parsed.rest()) event.values.push_back(value.to_json());
    result.push_back(std::move(event));
  }
  return result;
}

std::size_t io_namespace::rooms_count() const {
  const auto* rooms = rooms_of(namespace_);
  return rooms ? rooms->rooms_count() : 0;
}

void io_namespace::add_room_observer(std::shared_ptr<room_observer> observer) const {
  if (auto* rooms = rooms_of(namespace_)) rooms->add_observer(std::move(observer));
}

std::vector<io_namespace> parent_namespace::children() const {
  std::vector<io_namespace> all;
  if (auto* adapter = dynamic_cast<detail::parent_adapter*>(adapter_of(namespace_))) {
    for (auto& child : adapter->children()) all.emplace_back(std::move(child));
  }
  return all;
}

void io_namespace::count_servers(count_completion handler) const {
  ask_adapter<std::size_t>(namespace_, std::move(handler), [](adapter& asked, auto completion) {
    asked.server_count(std::move(completion));
  });
}

}  // namespace socketio
