#include "socket_state.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/system/system_error.hpp>
#include <stdexcept>

#include <socketio/engineio/session.hpp>

#include "namespaces/namespace_state.hpp"
#include "packets/parsed_arguments.hpp"
#include "packets/prepared_packets.hpp"
#include "socket_ack.hpp"

namespace socketio::detail {
namespace {

// The reference server's list.
bool may_come_back(std::string_view reason) {
  constexpr std::array<std::string_view, 5> reasons = {
      "transport error", "transport close", "forced close", "ping timeout", "server shutting down"};
  return std::ranges::find(reasons, reason) != reasons.end();
}

}  // namespace

socket_state::socket_state(std::shared_ptr<namespace_state> where, std::string name,
                           socket_client& owner, std::shared_ptr<engineio::shard> shard, json auth,
                           const engineio::session& session, socket_data kept)
    : room_member(std::move(name)),
      nsp(std::move(where)),
      home(std::move(shard)),
      shake(session.request(), std::move(auth)),
      data(std::move(kept)),
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
  return client() ? client()->buffered() : 0;
}

std::shared_ptr<engineio::session> socket_state::session() const {
  return client_ ? client_->session() : nullptr;
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
                                const listener_place& place) {
  if (!ended_) listeners_.add(handle, name_of(event), std::move(handler), place);
}

void socket_state::add_any(event_direction which, listener_id handle, any_handler handler,
                           const listener_place& place) {
  if (!ended_) seldom().any_of(which).add(handle, name_of({}), std::move(handler), place);
}

void socket_state::add_middleware(event_middleware function) {
  if (ended_) return;
  auto& held = seldom().middlewares;
  // Events that wait keep the list with which they have begun.
  auto changed =
      held ? std::make_shared<event_middlewares>(*held) : std::make_shared<event_middlewares>();
  changed->push_back(std::make_shared<const event_middleware>(std::move(function)));
  held = std::move(changed);
}

void socket_state::off(std::string_view event) {
  listeners_.remove_if([&](listener_id, std::string_view name) { return name == event; });
}

void socket_state::off(listener_id handle) {
  const auto matches = [&](listener_id other, std::string_view) { return other == handle; };
  listeners_.remove_if(matches);
  if (!seldom_) return;
  for (auto& listeners : seldom_->any) listeners.remove_if(matches);
}

void socket_state::off_any(event_direction which) {
  if (seldom_) seldom_->any_of(which).remove_if([](listener_id, std::string_view) { return true; });
}

void socket_state::remove_all_listeners() {
  listeners_.remove_if([](listener_id, std::string_view) { return true; });
}

std::vector<listener_id> socket_state::listeners_any(event_direction which) const {
  return seldom_ ? seldom_->any_of(which).ids() : std::vector<listener_id>{};
}

void socket_state::abandon() {
  ended_ = true;
  client_ = nullptr;
  cancel_coroutines();
  release_handlers();
}

void socket_state::release_handlers() {
  remove_all_listeners();
  if (!seldom_) return;
  off_any(event_direction::incoming);
  off_any(event_direction::outgoing);
  const auto middlewares = std::exchange(seldom_->middlewares, nullptr);
  // Destroying them answers whoever waits.
  const auto unanswered = std::exchange(seldom_->pending_acks, {});
  if (const auto dropped = std::exchange(seldom_->waiting, {}); !dropped.empty()) {
    home->counters().waiting_events.subtract(dropped.size());
  }
}

// --- Rooms

void socket_state::join(const std::vector<std::string>& rooms, const join_options& options) {
  for (const auto& room : rooms) {
    if (ended_) return;
    if (memberships.size() >= nsp->shared->options.max_rooms &&
        !nsp->rooms()->on(*home)->is_in(*this, room)) {
      const std::length_error full("the socket is in as many rooms as the option max_rooms allows");
      return report(std::make_exception_ptr(full), "join", {});
    }
    auto* events = nsp->events();
    if (events != nullptr && !nsp->rooms()->on(*home)->is_in(*this, room)) {
      if (options.rewind > 0) rewind(room, options.rewind);
      if (auto* kept = recovery()) {
        kept->record.join(room, events->position(*home));
        if (connected) nsp->recoverable()->joined(kept->pid, room, events->position(*home));
      }
    }
    nsp->rooms()->join(*home, *this, room);
  }
}

void socket_state::rewind(const std::string& room, std::size_t most) {
  auto& events = *nsp->events();
  for (const auto& event : events.latest(*home, room, most)) {
    if (!client()) return;
    const bool compress = event->target.options.flags.compress;
    send(events.encode_again(*home, event->event, compress), event->event, false);
  }
}

void socket_state::leave(const std::vector<std::string>& rooms) {
  if (ended_) return;
  for (const auto& room : rooms) {
    nsp->rooms()->leave(*home, *this, room);
    if (auto* kept = recovery()) {
      const auto number = nsp->events()->position(*home);
      kept->record.leave(room, number);
      if (connected) nsp->recoverable()->left(kept->pid, room, number);
    }
  }
}

// --- Sending

void socket_state::emit(encoded_arguments&& event, const emit_flags& flags, ack_waiter&& awaited) {
  const auto fail = [&](error_code error) {
    if (awaited) fail_later(std::move(awaited), error);
  };
  if (!awaited && send_logged(event, flags)) return;
  if (!client() || !client()->is_open()) return fail(error::disconnected);
  if (flags.is_volatile && !client()->writable()) {
    home->counters().dropped.add();
    return fail(error::dropped);
  }
  if (awaited && awaits_too_many()) return fail(error::too_many);
  tell_outgoing(event);
  // A handler of on_any_outgoing() may have disconnected the socket.
  if (!client()) return fail(error::disconnected);
  std::optional<std::uint64_t> ack_id;
  if (awaited) {
    ack_id = awaited.ack_id();
    expect_ack(std::move(awaited), flags.timeout);
  }
  if (!ack_id && recovery()) {
    client()->send(nsp->events()->encode_unlogged(*home, event, flags.compress));
  } else if (flags.compress) {
    client()->send(header_for(packet_type::event, event, nsp->name, ack_id), std::move(event));
  } else {
    client()->send(encode_event(nsp->shared->codec, event, nsp->name, ack_id, false));
  }
}

bool socket_state::send_logged(const encoded_arguments& event, const emit_flags& flags) {
  const auto* kept = recovery();
  if (kept == nullptr || flags.is_volatile) return false;
  // One that a middleware emits comes before the socket's first.
  if (!connected && !ended_) return false;
  const bool goes_on = client() != nullptr && client()->is_open();
  if (!goes_on && !nsp->recoverable()->contains(kept->pid)) return false;
  event_target target;
  target.socket = id;
  target.options.flags = flags;
  nsp->events()->send(std::move(target), event, goes_on ? home.get() : nullptr);
  return true;
}

void socket_state::emit(prepared_packets& packets, const emit_flags& flags) {
  if (recovery()) {
    auto event = packets.values;
    return emit(std::move(event), flags, {});
  }
  if (!client() || !client()->is_open()) return;
  const auto& shared = *nsp->shared;
  const auto packet = packets.packet_for(shared.server_id, shared.codec, nsp->name, flags.compress);
  send(*packet, packets.values, flags.is_volatile);
}

bool socket_state::send(const encoded_packet& packet, const encoded_arguments& event,
                        bool is_volatile) {
  if (!client()) return false;
  if (is_volatile && !client()->writable()) {
    home->counters().dropped.add();
    return false;
  }
  tell_outgoing(event);
  if (!client()) return false;
  client()->send(packet);
  return true;
}

void socket_state::send_ack(std::uint64_t ack_id, encoded_arguments&& values) {
  if (!client()) return;
  client()->send(header_for(packet_type::ack, values, nsp->name, ack_id), std::move(values));
}

void socket_state::tell_outgoing(const encoded_arguments& event) {
  if (!has_outgoing_listeners()) return;
  const auto self = shared_from_this();
  const parsed_arguments parsed(event);
  if (!parsed.is_event()) return;
  const auto name = parsed.name();
  const arguments rest(parsed.rest());
  seldom_->any_of(event_direction::outgoing).visit({}, [&](const any_handler& handler) {
    guarded("on_any_outgoing", name, [&] { handler(name, rest); });
  });
}

// --- Acknowledgements

bool socket_state::awaits_too_many() const {
  return seldom_ && seldom_->pending_acks.size() >= nsp->shared->options.max_awaited_acks;
}

void socket_state::expect_ack(ack_waiter&& awaited,
                              std::optional<std::chrono::milliseconds> timeout) {
  if (ended_) return fail_later(std::move(awaited), error::disconnected);
  if (awaits_too_many()) return fail_later(std::move(awaited), error::too_many);
  const auto ack_id = awaited.ack_id();
  auto pending = std::make_unique<pending_ack>(*this, std::move(awaited));
  if (timeout) pending->start(home->timers(), *timeout);
  seldom().pending_acks.emplace(ack_id, std::move(pending));
  update_reading();
}

// Later, because a handler that tries again at once would never return to the event loop.
void socket_state::fail_later(ack_waiter&& awaited, error_code error) {
  home->post([self = shared_from_this(), awaited = std::move(awaited), error]() mutable {
    self->run_ack(awaited, error, {});
  });
}

void socket_state::forget_ack(std::uint64_t ack_id) {
  if (!seldom_) return;
  const auto forgotten = seldom_->pending_acks.extract(ack_id);
  update_reading();
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
  update_reading();
  run_ack(done->waiter, error, values);
}

void socket_state::run_ack(ack_waiter& waiter, error_code error,
                           std::span<const json_view> values) {
  constexpr std::string_view where = "acknowledgement";
  const auto function = waiter.take();
  guarded(where, {}, [&] { report_mismatch(function(error, values), where, {}); });
}

// --- Coroutines

void socket_state::start(boost::asio::awaitable<void> coroutine, std::string_view where,
                         std::string_view event) {
  const auto executor = home->executor();
  if (!executor) return;
  auto& running = seldom().coroutines;
  std::erase_if(running, [](const auto& each) { return each.expired(); });
  const auto started = std::make_shared<running_coroutine>();
  running.push_back(started);
  // `where` is a literal of the callers.
  const auto ended = [self = shared_from_this(), started, turn = current_turn(), where,
                      event = std::string(event)](const std::exception_ptr& error) {
    if (!error) return;
    try {
      std::rethrow_exception(error);
    } catch (const boost::system::system_error& failure) {
      // That is how a coroutine ends which has been cancelled, since its socket has ended.
      if (self->ended_ && failure.code() == boost::asio::error::operation_aborted) return;
      self->report(error, where, event);
    } catch (...) {
      self->report(error, where, event);
    }
  };
  boost::asio::co_spawn(executor, std::move(coroutine),
                        boost::asio::bind_cancellation_slot(started->cancel.slot(), ended));
}

void socket_state::cancel_coroutines() {
  if (!seldom_) return;
  for (const auto& running : std::exchange(seldom_->coroutines, {})) {
    if (const auto held = running.lock()) {
      held->cancel.emit(boost::asio::cancellation_type::terminal);
    }
  }
}

// --- Receiving

void socket_state::receive(const decoded_packet& packet) {
  socket_host host(*this);
  incoming_event event;
  event.host = &host;
  event.name = packet.event_name;
  event.values = std::span(packet.values).subspan(1);
  event.json = packet.json;
  event.attachments = packet.attachments;
  if (packet.header.id) {
    event.ack = ack(std::allocate_shared<socket_ack>(boost::asio::recycling_allocator<socket_ack>(),
                                                     shared_from_this(), *packet.header.id));
  }
  if (!nsp->shared->options.sequential_handlers) return handle(event);
  auto& own = seldom();
  if (own.turn.expired() && own.waiting.empty()) {
    const auto turn = begin_turn();
    return handle(event);
  }
  own.waiting.push(stored_event(event));
  home->counters().waiting_events.add();
  update_reading();
  // Unless memory ran out on the way, somebody has the turn.
  if (own.turn.expired()) end_turn();
}

// --- One event after the other

std::shared_ptr<const void> socket_state::begin_turn() {
  struct turn {
    std::shared_ptr<socket_state> owner;

    explicit turn(std::shared_ptr<socket_state> socket) : owner(std::move(socket)) {}
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    // Wherever the application has dropped the last function that holds it.
    ~turn() {
      const auto shard = owner->home;
      shard->guard("event",
                   [&] { shard->dispatch([socket = std::move(owner)] { socket->end_turn(); }); });
    }
  };
  auto begun = std::make_shared<const turn>(shared_from_this());
  seldom().turn = begun;
  return begun;
}

void socket_state::end_turn() {
  // The handlers of a waiting event may have ended before they return here.
  if (std::exchange(seldom_->handles_waiting, true)) return;
  const struct end_of_handling {
    bool& flag;

    ~end_of_handling() { flag = false; }
  } guard{seldom_->handles_waiting};
  while (!ended_ && seldom_->turn.expired() && !seldom_->waiting.empty()) {
    const owned_event next(seldom_->waiting.pop());
    home->counters().waiting_events.subtract();
    socket_host host(*this);
    const auto turn = begin_turn();
    handle(next.event(host));
    update_reading();
  }
}

void socket_state::update_reading() {
  if (client() && nsp->shared->options.sequential_handlers) client()->update_reading();
}

// --- Handling

void socket_state::handle(const incoming_event& event) {
  if (seldom_) {
    seldom_->any_of(event_direction::incoming).visit({}, [&](const any_handler& handler) {
      guarded("on_any", event.name, [&] { handler(event.name, arguments(event.values)); });
    });
  }
  if (seldom_ && seldom_->middlewares) {
    run_event_middlewares(shared_from_this(), seldom_->middlewares, event);
  } else {
    dispatch(event);
  }
}

void socket_state::dispatch(const incoming_event& event) {
  if (!ended_) call_listeners(event);
}

void socket_state::call_listeners(const incoming_event& event) {
  listeners_.visit(event.name, [&](const event_handler& handler) {
    guarded("event", event.name, [&] { report_mismatch(handler(event), "event", event.name); });
  });
}

void socket_state::dispatch_local(std::string_view event, std::string_view first,
                                  const json& second) {
  const json reason(first);
  const std::array<json_view, 2> values = {json_view(reason), json_view(second)};
  socket_host host(*this);
  call_listeners({event, values, {}, {}, &host});
}

void socket_state::report_refusal(std::string_view what, const json& details) {
  const auto self = shared_from_this();
  if (!ended_) dispatch_local("error", what, details);
}

void socket_state::report_dropped(std::string_view where, std::string_view event) {
  report(std::make_exception_ptr(std::logic_error("next was dropped without a call")), where,
         event);
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

void socket_state::note_data() {
  const auto* kept = recovery();
  if (kept == nullptr || !connected) return;
  nsp->recoverable()->changed(kept->pid, data.get(nsp->guard_of_data()));
}

void socket_state::give_way() {
  if (ended_) return;
  const auto self = shared_from_this();
  const auto connection = session();
  end("transport close", {});
  if (connection) connection->close();
}

void socket_state::settle_recovery(std::string_view reason, bool was_connected) {
  auto* kept = recovery();
  if (kept == nullptr) return;
  auto& sockets = *nsp->recoverable();
  // What could not be restored waits for the client's next attempt, unless a middleware refuses it.
  const bool waits = was_connected ? may_come_back(reason)
                                   : kept->restored && reason != "server namespace disconnect";
  if (!waits || nsp->is_removed()) return sockets.remove(kept->pid);
  auto saved = std::make_unique<saved_socket>(
      saved_socket{id, kept->pid, std::move(kept->record), data.copy(nsp->guard_of_data()), {}});
  if (was_connected) {
    saved->since = std::chrono::steady_clock::now();
    sockets.save(std::move(saved));
  } else {
    saved->since = kept->restored->since;
    sockets.take_back(std::move(saved));
  }
}

void socket_state::disconnect(bool close) {
  if (!connected || ended_) return;
  const auto self = shared_from_this();
  auto* owner = client();
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
  // Those that the handlers below start go on to their end.
  cancel_coroutines();
  if (connected) dispatch_local("disconnecting", reason, description);
  nsp->rooms()->remove(*home, *this);
  left_ = true;
  if (client_) client_->remove(*this);
  if (seldom_) {
    for (const auto& [ack_id, pending] : std::exchange(seldom_->pending_acks, {})) {
      run_ack(pending->waiter, error::disconnected, {});
    }
  }
  const bool was_connected = connected.exchange(false);
  if (was_connected) home->counters().sockets_ended[reason].add();
  dispatch_local("disconnect", reason, description);
  client_ = nullptr;
  settle_recovery(reason, was_connected);
  release_handlers();
}

}  // namespace socketio::detail
