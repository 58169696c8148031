#include <socketio/socket.hpp>

#include "namespaces/namespace_state.hpp"
#include "packets/ack_completion.hpp"
#include "packets/prepared_packets.hpp"
#include "sockets/socket_state.hpp"

namespace socketio {
namespace {

// Calls a function with the socket, if there is one, on its shard, at once if the caller is on it.
template <class Function>
void on_shard(const std::shared_ptr<detail::socket_state>& socket, Function function) {
  if (!socket) return;
  socket->home->dispatch([socket, function = std::move(function)]() mutable { function(*socket); });
}

}  // namespace

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

socket_emitter socket_emitter::compress(bool allowed) const {
  auto changed = *this;
  changed.flags_.compress = allowed;
  return changed;
}

std::string socket_emitter::take_buffer() const {
  return state_ && state_->home->running_here() ? state_->home->take_buffer() : std::string();
}

void socket_emitter::check_attachments(const encoded_arguments& encoded) const {
  if (!state_) return;
  detail::check_attachments(encoded, state_->nsp->shared->options.max_attachments);
}

void socket_emitter::send_encoded(encoded_arguments encoded,
                                  detail::ack_handler acknowledged) const {
  if (!acknowledged) return send_awaited(std::move(encoded), {});
  send_awaited(
      std::move(encoded),
      state_ ? detail::ack_waiter(state_->nsp->next_ack_id(), std::move(acknowledged), state_->home)
             : detail::ack_waiter(0, std::move(acknowledged), nullptr));
}

void socket_emitter::send_encoded_with_ack(encoded_arguments encoded,
                                           ack_completion handler) const {
  if (!state_) {
    return send_encoded(std::move(encoded),
                        detail::answer_to(engineio::completion<json>(std::move(handler), nullptr)));
  }
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
  if (!state_) return;
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

void socket_emitter::send_prepared(const prepared_event& event) const {
  on_shard(state_, [packets = event.packets_, flags = flags_](detail::socket_state& target) {
    target.emit(*packets, flags);
  });
}

// --- socket

namespace {

const std::string none;

std::vector<listener_id> listeners(const std::shared_ptr<detail::socket_state>& socket,
                                   detail::event_direction which) {
  return socket ? socket->listeners_any(which) : std::vector<listener_id>{};
}

}  // namespace

const std::string& socket::id() const {
  return state_ ? state_->id : none;
}

const std::string& socket::nsp() const {
  return state_ ? state_->nsp->name : none;
}

bool socket::connected() const {
  return state_ && state_->connected;
}

bool socket::recovered() const {
  return state_ && state_->recovered();
}

const handshake& socket::handshake() const {
  return state_ ? state_->shake : no_handshake();
}

std::string_view socket::transport() const {
  return state_ ? state_->transport() : std::string_view{};
}

std::size_t socket::buffered() const {
  return state_ ? state_->buffered() : 0;
}

socket::executor_type socket::get_executor() const {
  return state_ ? state_->home->executor() : executor_type();
}

connection socket::connection() const {
  return state_ ? socketio::connection(state_->session()) : socketio::connection();
}

const json socket::data() const {  // NOLINT(readability-const-return-type)
  return state_ ? state_->data.get(state_->nsp->guard_of_data()) : json::object();
}

void socket::set_data(json value) const {
  if (!state_) return;
  state_->data.set(state_->nsp->guard_of_data(), std::move(value));
  note_change_of_data();
}

void socket::update(const std::function<void(json&)>& change) const {
  if (!state_) return;
  state_->data.update(state_->nsp->guard_of_data(), change);
  note_change_of_data();
}

void socket::note_change_of_data() const {
  const auto* recovery = state_->nsp->shared->recovery();
  if (recovery == nullptr || !recovery->journal) return;
  on_shard(state_, [](auto& target) { target.note_data(); });
}

void socket::set_object(const std::type_info& type, std::shared_ptr<void> object) const {
  if (state_) state_->data.set_object(state_->nsp->guard_of_data(), type, std::move(object));
}

std::shared_ptr<void> socket::object(const std::type_info& type) const {
  return state_ ? state_->data.object(state_->nsp->guard_of_data(), type) : nullptr;
}

listener_id socket::add_listener(std::string_view event, detail::event_handler handler,
                                 const detail::listener_place& place) const {
  if (!state_) return {};
  const auto id = state_->nsp->shared->next_listener_id();
  on_shard(state_, [id, event = std::string(event), handler = std::move(handler),
                    place](detail::socket_state& target) mutable {
    target.add_listener(id, event, std::move(handler), place);
  });
  return id;
}

void socket::off(std::string_view event) const {
  on_shard(state_, [event = std::string(event)](auto& target) { target.off(event); });
}

void socket::off(listener_id id) const {
  on_shard(state_, [id](auto& target) { target.off(id); });
}

void socket::remove_all_listeners() const {
  on_shard(state_, [](auto& target) { target.remove_all_listeners(); });
}

listener_id socket::add_any(detail::event_direction which, detail::any_handler handler,
                            const detail::listener_place& place) const {
  if (!state_) return {};
  const auto id = state_->nsp->shared->next_listener_id();
  on_shard(state_,
           [which, id, handler = std::move(handler), place](detail::socket_state& target) mutable {
             target.add_any(which, id, std::move(handler), place);
           });
  return id;
}

void socket::off_any() const {
  on_shard(state_, [](auto& target) { target.off_any(detail::event_direction::incoming); });
}

void socket::off_any_outgoing() const {
  on_shard(state_, [](auto& target) { target.off_any(detail::event_direction::outgoing); });
}

std::vector<listener_id> socket::listeners_any() const {
  return listeners(state_, detail::event_direction::incoming);
}

std::vector<listener_id> socket::listeners_any_outgoing() const {
  return listeners(state_, detail::event_direction::outgoing);
}

void detail::start_coroutine(const socket& owner, boost::asio::awaitable<void> coroutine,
                             std::string_view where) {
  owner.state_->start(std::move(coroutine), where, {});
}

void socket::add_middleware(detail::event_middleware function) const {
  on_shard(state_, [function = std::move(function)](detail::socket_state& target) mutable {
    target.add_middleware(std::move(function));
  });
}

void socket::join(const room_list& rooms, const join_options& options) const {
  on_shard(state_, [rooms, options](auto& target) { target.join(rooms.rooms(), options); });
}

void socket::leave(const room_list& rooms) const {
  on_shard(state_, [rooms](auto& target) { target.leave(rooms.rooms()); });
}

std::vector<std::string> socket::rooms() const {
  const auto* rooms = state_ ? state_->nsp->rooms() : nullptr;
  return rooms ? rooms->on(*state_->home)->rooms_of(*state_) : std::vector<std::string>{};
}

broadcast_options socket::others() const {
  broadcast_options options;
  options.except.push_back(id());
  return options;
}

broadcast_operator socket::broadcast() const {
  return {state_ ? state_->nsp : nullptr, others()};
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
  on_shard(state_, [close](auto& target) { target.disconnect(close); });
}

void socket::post_task(detail::task function) const {
  if (state_) state_->home->post(std::move(function));
}

}  // namespace socketio
