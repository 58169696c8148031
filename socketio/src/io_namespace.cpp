#include <stdexcept>

#include <socketio/io_namespace.hpp>

#include "namespace_state.hpp"

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

std::size_t io_namespace::sockets_count() const {
  const auto* adapter = namespace_->adapter();
  return adapter ? adapter->sockets_count() : 0;
}

std::size_t io_namespace::rooms_count() const {
  const auto* adapter = namespace_->adapter();
  return adapter ? adapter->rooms_count() : 0;
}

}  // namespace socketio
