#include "socket_state.hpp"

#include <boost/asio/recycling_allocator.hpp>
#include <stdexcept>

#include <socketio/engineio/identifier.hpp>
#include <socketio/engineio/session.hpp>

#include "ack_target.hpp"
#include "namespaces/namespace_state.hpp"

namespace socketio::detail {

socket_state::socket_state(std::shared_ptr<namespace_state> where, socket_client& owner,
                           std::shared_ptr<engineio::shard> shard, json auth,
                           const engineio::session& session)
    : room_member(engineio::make_identifier(shard->index())),
      nsp(std::move(where)),
      home(std::move(shard)),
      shake(session.request(), std::move(auth)),
      client_(&owner) {
  note_transport(session);
}

socket_state::~socket_state() = default;

std::string_view socket_state::transport() const {
  return transport_.load();
}

void socket_state::note_transport(const engineio::session& session) {
  transport_ = session.transport().data();
}

std::size_t socket_state::buffered() const {
  return client_ ? client_->buffered() : 0;
}

// --- Handlers

socket_state::seldom_used& socket_state::seldom() {
  if (!seldom_) seldom_ = std::make_unique<seldom_used>();
  return *seldom_;
}

event_names::name socket_state::name_of(std::string_view event) const {
  return nsp->event_names_of(*home).get(event);
}

void socket_state::add_listener(listener_id handle, std::string_view event, event_handler handler,
                                bool once) {
  if (!ended_) listeners_.add(handle, name_of(event), std::move(handler), once);
}

void socket_state::add_any(listener_id handle, any_handler handler) {
  if (!ended_) seldom().any.add(handle, name_of({}), std::move(handler), false);
}

void socket_state::add_any_outgoing(listener_id handle, any_handler handler) {
  if (!ended_) seldom().any_outgoing.add(handle, name_of({}), std::move(handler), false);
}

void socket_state::off(std::string_view event) {
  listeners_.remove_if([&](listener_id, std::string_view name) { return name == event; });
}

void socket_state::off(listener_id handle) {
  const auto matches = [&](listener_id other, std::string_view) { return other == handle; };
  listeners_.remove_if(matches);
  if (!seldom_) return;
  seldom_->any.remove_if(matches);
  seldom_->any_outgoing.remove_if(matches);
}

void socket_state::off_any() {
  if (seldom_) seldom_->any.remove_if([](listener_id, std::string_view) { return true; });
}

void socket_state::abandon() {
  ended_ = true;
  client_ = nullptr;
  release_handlers();
}

void socket_state::release_handlers() {
  const auto all = [](listener_id, std::string_view) { return true; };
  listeners_.remove_if(all);
  if (!seldom_) return;
  seldom_->any.remove_if(all);
  seldom_->any_outgoing.remove_if(all);
  // Destroying them answers whoever waits.
  const auto unanswered = std::exchange(seldom_->pending_acks, {});
}

// --- Rooms

void socket_state::join(const std::vector<std::string>& rooms) {
  if (ended_) return;
  for (const auto& room : rooms) nsp->rooms()->join(*home, *this, room);
}

void socket_state::leave(const std::vector<std::string>& rooms) {
  if (ended_) return;
  for (const auto& room : rooms) nsp->rooms()->leave(*home, *this, room);
}

// --- Sending

void socket_state::emit(encoded_arguments&& event, const emit_flags& flags, ack_waiter&& awaited) {
  const auto fail = [&](error_code error) {
    if (awaited) fail_later(std::move(awaited), error);
  };
  if (!client_ || !client_->is_open()) return fail(error::disconnected);
  if (flags.is_volatile && !client_->writable()) {
    home->counters().dropped.add();
    return fail(error::dropped);
  }
  tell_outgoing(event);
  // A handler of on_any_outgoing() may have disconnected the socket.
  if (!client_) return fail(error::disconnected);
  std::optional<std::uint64_t> ack_id;
  if (awaited) {
    ack_id = awaited.ack_id();
    expect_ack(std::move(awaited), flags.timeout);
  }
  client_->send(header_for(packet_type::event, event, nsp->name, ack_id), std::move(event));
}

void socket_state::send(const encoded_packet& packet, const encoded_arguments& event,
                        bool is_volatile) {
  if (!client_) return;
  if (is_volatile && !client_->writable()) return home->counters().dropped.add();
  tell_outgoing(event);
  if (client_) client_->send(packet);
}

void socket_state::send_ack(std::uint64_t ack_id, encoded_arguments&& values) {
  if (!client_) return;
  client_->send(header_for(packet_type::ack, values, nsp->name, ack_id), std::move(values));
}

void socket_state::tell_outgoing(const encoded_arguments& event) {
  if (!has_outgoing_listeners()) return;
  const auto self = shared_from_this();
  json_document document;
  std::vector<json_view> values;
  if (!document.parse(event.json)) return;
  if (!event.attachments.empty() && !document.bind_attachments(event.attachments)) return;
  document.root().elements(values);
  const auto name = values.front().string().value_or(std::string_view{});
  const arguments rest(std::span<const json_view>(values).subspan(1));
  seldom_->any_outgoing.visit({}, [&](const any_handler& handler) {
    guarded("on_any_outgoing", name, [&] { handler(name, rest); });
  });
}

// --- Acknowledgements

void socket_state::expect_ack(ack_waiter&& awaited,
                              std::optional<std::chrono::milliseconds> timeout) {
  if (ended_) return fail_later(std::move(awaited), error::disconnected);
  const auto ack_id = awaited.ack_id();
  auto pending = std::make_unique<pending_ack>(*this, std::move(awaited));
  if (timeout) pending->start(home->timers(), *timeout);
  seldom().pending_acks.emplace(ack_id, std::move(pending));
}

// Later, because a handler that tries again at once would never return to the event loop.
void socket_state::fail_later(ack_waiter&& awaited, error_code error) {
  home->post([self = shared_from_this(), awaited = std::move(awaited), error]() mutable {
    self->run_ack(awaited, error, {});
  });
}

void socket_state::forget_ack(std::uint64_t ack_id) {
  if (seldom_) const auto forgotten = seldom_->pending_acks.extract(ack_id);
}

void socket_state::receive_ack(std::uint64_t ack_id, std::span<const json_view> values) {
  complete_ack(ack_id, {}, values);
}

void socket_state::complete_ack(std::uint64_t ack_id, error_code error,
                                std::span<const json_view> values) {
  if (!seldom_) return;
  const auto found = seldom_->pending_acks.find(ack_id);
  if (found == seldom_->pending_acks.end()) return;
  const auto self = shared_from_this();
  const auto done = std::move(found->second);
  seldom_->pending_acks.erase(found);
  run_ack(done->waiter, error, values);
}

void socket_state::run_ack(ack_waiter& waiter, error_code error,
                           std::span<const json_view> values) {
  constexpr std::string_view where = "acknowledgement";
  const auto function = waiter.take();
  guarded(where, {}, [&] { report_mismatch(function(error, values), where, {}); });
}

// --- Receiving

void socket_state::receive(const decoded_packet& packet) {
  incoming_event event;
  event.name = packet.event_name;
  event.values = std::span(packet.values).subspan(1);
  if (packet.header.attachments == 0) event.json = packet.json;
  if (packet.header.id) {
    event.ack = ack(std::allocate_shared<ack_target>(boost::asio::recycling_allocator<ack_target>(),
                                                     shared_from_this(), *packet.header.id));
  }
  if (seldom_) {
    seldom_->any.visit({}, [&](const any_handler& handler) {
      guarded("on_any", event.name, [&] { handler(event.name, arguments(event.values)); });
    });
  }
  if (!ended_) dispatch(event);
}

void socket_state::dispatch(const incoming_event& event) {
  listeners_.visit(event.name, [&](const event_handler& handler) {
    guarded("event", event.name, [&] { report_mismatch(handler(event), "event", event.name); });
  });
}

void socket_state::dispatch_local(std::string_view event, std::string_view first,
                                  std::string_view second) {
  const json reason(first);
  const json description(second);
  const std::array<json_view, 2> values = {json_view(reason), json_view(description)};
  dispatch({event, values, {}});
}

void socket_state::report_violation(std::string_view what) {
  const auto self = shared_from_this();
  dispatch_local("error", what, {});
}

void socket_state::report(std::exception_ptr error, std::string_view where,
                          std::string_view event) {
  const socket handle(shared_from_this());
  nsp->shared->report({std::move(error), where, event, &handle});
}

void socket_state::report_mismatch(const std::optional<mismatch>& wrong, std::string_view where,
                                   std::string_view event) {
  if (!wrong) return;
  const socket handle(shared_from_this());
  nsp->shared->report({std::make_exception_ptr(argument_mismatch(mismatch_text(*wrong, event))),
                       where, event, &handle, wrong->expected, wrong->given});
}

// --- Ending

void socket_state::disconnect(bool close) {
  if (!connected || ended_) return;
  const auto self = shared_from_this();
  auto* owner = client_;
  if (close) {
    owner->disconnect_all();
    return;
  }
  owner->send(header_for(packet_type::disconnect, {}, nsp->name, {}), {});
  end("server namespace disconnect", {});
}

void socket_state::end(std::string_view reason, std::string_view description) {
  if (std::exchange(ended_, true)) return;
  const auto self = shared_from_this();
  if (connected) dispatch_local("disconnecting", reason, description);
  nsp->rooms()->remove(*home, *this);
  if (auto* owner = std::exchange(client_, nullptr)) owner->remove(*this);
  if (seldom_) {
    for (const auto& [ack_id, pending] : std::exchange(seldom_->pending_acks, {})) {
      run_ack(pending->waiter, error::disconnected, {});
    }
  }
  if (connected.exchange(false)) {
    home->counters().sockets_ended[reason].add();
    dispatch_local("disconnect", reason, description);
  }
  release_handlers();
}

}  // namespace socketio::detail
