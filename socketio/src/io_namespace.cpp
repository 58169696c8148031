#include <stdexcept>

#include <socketio/io_namespace.hpp>

#include "namespace_state.hpp"

namespace socketio {

const std::string& io_namespace::name() const {
  return state_->name;
}

void io_namespace::on(std::string_view event, std::function<void(socket)> handler) const {
  if (event != "connection" && event != "connect") {
    throw std::invalid_argument("a namespace has no event \"" + std::string(event) + "\"");
  }
  state_->add_connection_handler(std::move(handler));
}

void io_namespace::use(middleware function) const {
  state_->add_middleware(std::move(function));
}

broadcast_operator io_namespace::everyone() const {
  return {state_, {}};
}

broadcast_operator io_namespace::to(const room_list& rooms) const {
  return everyone().to(rooms);
}

broadcast_operator io_namespace::except(const room_list& rooms) const {
  return everyone().except(rooms);
}

broadcast_operator io_namespace::local() const {
  return everyone().local();
}

broadcast_operator io_namespace::volatile_() const {
  return everyone().volatile_();
}

broadcast_operator io_namespace::timeout(std::chrono::milliseconds time) const {
  return everyone().timeout(time);
}

void io_namespace::sockets_join(const room_list& rooms) const {
  everyone().sockets_join(rooms);
}

void io_namespace::sockets_leave(const room_list& rooms) const {
  everyone().sockets_leave(rooms);
}

void io_namespace::disconnect_sockets(bool close) const {
  everyone().disconnect_sockets(close);
}

std::size_t io_namespace::sockets_count() const {
  return state_->adapter().sockets_count();
}

std::size_t io_namespace::rooms_count() const {
  return state_->adapter().rooms_count();
}

void io_namespace::emit_encoded(encoded_arguments encoded, detail::ack_handler acknowledged) const {
  state_->broadcast(encoded, {}, std::move(acknowledged));
}

}  // namespace socketio
