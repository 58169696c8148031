#include <socketio/socket.hpp>

#include "namespaces/namespace_state.hpp"
#include "packets/ack_completion.hpp"
#include "sockets/socket_state.hpp"

namespace socketio {

// --- socket_emitter

socket_emitter socket_emitter::timeout(std::chrono::milliseconds time) const {
  auto changed = *this;
  changed.flags_.timeout = time;
  return changed;
}

socket_emitter socket_emitter::volatile_() const {
  auto changed = *this;
  changed.flags_.is_volatile = true;
  return changed;
}

std::string socket_emitter::take_buffer() const {
  return state_->home->running_here() ? state_->home->take_buffer() : std::string();
}

void socket_emitter::check_attachments(const encoded_arguments& encoded) const {
  detail::check_attachments(encoded, state_->nsp->shared->options.max_attachments);
}

void socket_emitter::send_encoded(encoded_arguments encoded,
                                  detail::ack_handler acknowledged) const {
  if (!acknowledged) return send_awaited(std::move(encoded), {});
  send_awaited(std::move(encoded),
               {state_->nsp->next_ack_id(), std::move(acknowledged), state_->home});
}

void socket_emitter::send_encoded_with_ack(encoded_arguments encoded,
                                           ack_completion handler) const {
  const auto ack_id = state_->nsp->next_ack_id();
  const auto forget = [weak = std::weak_ptr(state_), ack_id] {
    if (const auto state = weak.lock()) state->forget_ack(ack_id);
  };
  send_awaited(
      std::move(encoded),
      {ack_id,
       detail::answer_to(engineio::completion<json>(std::move(handler), state_->home, forget)),
       state_->home});
}

void socket_emitter::send_awaited(encoded_arguments encoded, detail::ack_waiter awaited) const {
  if (state_->home->running_here()) {
    state_->emit(std::move(encoded), flags_, std::move(awaited));
    // NOLINTNEXTLINE(bugprone-use-after-move): emit() may leave the text's memory
    state_->home->keep_buffer(std::move(encoded.json));
    return;
  }
  state_->home->post([state = state_, flags = flags_, encoded = std::move(encoded),
                      awaited = std::move(awaited)]() mutable {
    state->emit(std::move(encoded), flags, std::move(awaited));
  });
}

// --- socket

const std::string& socket::id() const {
  return state_->id;
}

const std::string& socket::nsp() const {
  return state_->nsp->name;
}

bool socket::connected() const {
  return state_->connected;
}

const handshake& socket::handshake() const {
  return state_->shake;
}

std::string_view socket::transport() const {
  return state_->transport();
}

std::size_t socket::buffered() const {
  return state_->buffered();
}

const json socket::data() const {  // NOLINT(readability-const-return-type)
  return state_->data.get(state_->nsp->guard_of_data());
}

void socket::set_data(json value) const {
  state_->data.set(state_->nsp->guard_of_data(), std::move(value));
}

void socket::update(const std::function<void(json&)>& change) const {
  state_->data.update(state_->nsp->guard_of_data(), change);
}

listener_id socket::add_listener(std::string_view event, detail::event_handler handler,
                                 bool once) const {
  const auto id = state_->nsp->next_listener_id();
  state_->home->dispatch(
      [state = state_, id, event = std::string(event), handler = std::move(handler),
       once]() mutable { state->add_listener(id, event, std::move(handler), once); });
  return id;
}

void socket::off(std::string_view event) const {
  state_->home->dispatch([state = state_, event = std::string(event)] { state->off(event); });
}

void socket::off(listener_id id) const {
  state_->home->dispatch([state = state_, id] { state->off(id); });
}

listener_id socket::add_any(detail::any_handler handler) const {
  const auto id = state_->nsp->next_listener_id();
  state_->home->dispatch([state = state_, id, handler = std::move(handler)]() mutable {
    state->add_any(id, std::move(handler));
  });
  return id;
}

void socket::off_any() const {
  state_->home->dispatch([state = state_] { state->off_any(); });
}

listener_id socket::add_any_outgoing(detail::any_handler handler) const {
  const auto id = state_->nsp->next_listener_id();
  state_->home->dispatch([state = state_, id, handler = std::move(handler)]() mutable {
    state->add_any_outgoing(id, std::move(handler));
  });
  return id;
}

void socket::join(const room_list& rooms) const {
  state_->home->dispatch([state = state_, rooms] { state->join(rooms.rooms()); });
}

void socket::leave(const room_list& rooms) const {
  state_->home->dispatch([state = state_, rooms] { state->leave(rooms.rooms()); });
}

std::vector<std::string> socket::rooms() const {
  const auto* rooms = state_->nsp->rooms();
  return rooms ? rooms->on(*state_->home)->rooms_of(*state_) : std::vector<std::string>{};
}

broadcast_options socket::others() const {
  broadcast_options options;
  options.except.push_back(state_->id);
  return options;
}

broadcast_operator socket::broadcast() const {
  return {state_->nsp, others()};
}

broadcast_operator socket::to(const room_list& rooms) const {
  return broadcast().to(rooms);
}

broadcast_operator socket::except(const room_list& rooms) const {
  return broadcast().except(rooms);
}

broadcast_operator socket::local() const {
  return broadcast().local();
}

void socket::disconnect(bool close) const {
  state_->home->dispatch([state = state_, close] { state->disconnect(close); });
}

void socket::post_task(detail::task function) const {
  state_->home->post(std::move(function));
}

}  // namespace socketio
