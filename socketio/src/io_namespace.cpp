#include <stdexcept>

#include <socketio/io_namespace.hpp>

#include "namespaces/ask_adapter.hpp"
#include "namespaces/namespace_state.hpp"

namespace socketio {

const std::string& io_namespace::name() const {
  return namespace_->name;
}

void io_namespace::add_connection_handler(std::string_view event,
                                          detail::connection_handler handler) const {
  if (event != "connection" && event != "connect") {
    throw std::invalid_argument("a namespace has no event \"" + std::string(event) + "\"");
  }
  namespace_->add_connection_handler(std::move(handler));
}

void io_namespace::add_middleware(detail::middleware function) const {
  namespace_->add_middleware(std::move(function));
}

std::vector<socket> io_namespace::sockets() const {
  const auto* local = namespace_->local();
  return local ? local->sockets() : std::vector<socket>{};
}

std::optional<socket> io_namespace::find_socket(std::string_view id) const {
  const auto* local = namespace_->local();
  return local ? local->find_socket(id) : std::nullopt;
}

std::size_t io_namespace::sockets_count() const {
  const auto* rooms = namespace_->rooms();
  return rooms ? rooms->sockets_count() : 0;
}

std::size_t io_namespace::sockets_count(std::string_view room) const {
  const auto* rooms = namespace_->rooms();
  return rooms ? rooms->sockets_count(room) : 0;
}

std::vector<room_info> io_namespace::rooms() const {
  const auto* rooms = namespace_->rooms();
  return rooms ? rooms->list() : std::vector<room_info>{};
}

std::size_t io_namespace::rooms_count() const {
  const auto* rooms = namespace_->rooms();
  return rooms ? rooms->rooms_count() : 0;
}

void io_namespace::add_room_observer(std::shared_ptr<room_observer> observer) const {
  if (auto* rooms = namespace_->rooms()) rooms->add_observer(std::move(observer));
}

void io_namespace::count_servers(count_completion handler) const {
  ask_adapter<std::size_t>(*namespace_, std::move(handler), [](adapter& asked, auto completion) {
    asked.server_count(std::move(completion));
  });
}

}  // namespace socketio
