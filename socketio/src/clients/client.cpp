#include "client.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <socketio/engineio/identifier.hpp>
#include <socketio/engineio/timer.hpp>

#include "namespaces/namespace_state.hpp"

namespace socketio::detail {
namespace {

constexpr std::size_t max_waiting_bytes = std::size_t{1024} * 1024;
// Fewer bytes are cheaper to copy than to send as a piece of their own.
constexpr std::size_t sharing_threshold = std::size_t{4} * 1024;

// Why a client cannot join a namespace.
json reason_of(const connect_error& error) {
  json reason;
  reason["message"] = error.message;
  if (!error.data.is_null()) reason["data"] = error.data;
  return reason;
}

// A CONNECT_ERROR packet has no attachments: bytes are written as the reference server's are.
void replace_binary(json& value) {
  if (value.is_binary()) {
    auto list = json::array();
    for (const auto byte : value.get_binary()) list.push_back(byte);
    value = {{"type", "Buffer"}, {"data", std::move(list)}};
  } else if (value.is_structured()) {
    for (auto& element : value) replace_binary(element);
  }
}

// The private id of the socket that a client wants to go on as; empty if it does not.
std::string private_id_in(const json& auth) {
  const auto found = auth.find("pid");
  return found != auth.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

struct client::joining_state {
  engineio::member_timer<client, &client::connect_timed_out> deadline;
  // Namespaces that the parents have not decided about.
  std::vector<std::shared_ptr<namespace_request>> asked;

  explicit joining_state(client& owner) : deadline(owner) {}
};

client::client(std::shared_ptr<namespace_registry> namespaces, engineio::session& session)
    : namespaces_(std::move(namespaces)), session_(&session), decoder_(shared().codec) {}

client::~client() {
  for (const auto& [socket, pending] : entries_) socket->abandon();
}

void client::begin() {
  await_joining();
  if (is_old()) connect("/", json::object());
}

void client::await_joining() {
  begin_joining().deadline.start(session_->home().timers(), shared().connect_timeout);
}

client::joining_state& client::begin_joining() {
  if (!joining_) joining_ = std::make_unique<joining_state>(*this);
  return *joining_;
}

void client::settle_joining() {
  if (joining_ && joining_->asked.empty() && !joining_->deadline.running()) joining_.reset();
}

client::entry* client::find(std::string_view nsp) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const entry& held) { return held.socket->nsp->name == nsp; });
  return found == entries_.end() ? nullptr : &*found;
}

// --- Receiving

void client::handle_message(engineio::received_message message) {
  auto& scratch = shared().scratch(session_->home());
  const auto result = message.is_binary() ? decoder_.binary(message.take(), scratch)
                                          : decoder_.text(message.data(), scratch);
  if (result == decode_result::packet) {
    receive(scratch.packet());
  } else if (result == decode_result::error) {
    violation(scratch.error());
  }
}

void client::handle_upgrade() {
  for (const auto& [socket, pending] : entries_) socket->note_transport(*session_);
}

void client::receive(const decoded_packet& packet) {
  if (packet.header.type == packet_type::connect) {
    connect(packet);
    return;
  }
  auto* target = find(packet.header.nsp);
  if (target == nullptr && is_old()) target = find(without_query(packet.header.nsp));
  if (target == nullptr || target->pending) {
    violation("packet for a namespace that is not connected");
    return;
  }
  auto& socket = *target->socket;
  switch (packet.header.type) {
    case packet_type::event:
      socket.receive(packet);
      break;
    case packet_type::ack:
      if (packet.header.id) socket.receive_ack(*packet.header.id, packet.values);
      break;
    case packet_type::disconnect:
      socket.end("client namespace disconnect", {});
      break;
    default:
      violation("unexpected packet type");
  }
}

void client::violation(std::string_view what) {
  const auto sockets = entries_;
  for (const auto& [socket, pending] : sockets) {
    if (!pending) socket->report_refusal(what);
  }
  if (session_) session_->close();
}

void client::update_reading() {
  if (session_ == nullptr) return;
  std::size_t events = 0;
  std::size_t bytes = 0;
  bool awaits_answers = false;
  for (const auto& [socket, pending] : entries_) {
    if (const auto* waiting = socket->waiting()) {
      events += waiting->size();
      bytes += waiting->bytes();
    }
    awaits_answers = awaits_answers || socket->awaits_answers();
  }
  // An acknowledgement comes behind the events that wait in the network.
  const std::size_t tolerance = awaits_answers ? 10 : 1;
  // Once it waits, until half is left.
  const std::size_t part = session_->is_paused() ? 2 : 1;
  const auto max_events =
      std::max<std::size_t>(shared().options.max_waiting_events * tolerance / part, 1);
  if (events >= max_events || bytes >= max_waiting_bytes * tolerance / part) {
    session_->pause();
  } else {
    session_->resume();
  }
}

// --- Connecting to a namespace

void client::connect(const decoded_packet& packet) {
  const auto nsp = packet.header.nsp;
  if (is_old()) {
    connect(std::string(without_query(nsp)), query_as_auth(nsp));
  } else {
    connect(std::string(nsp), packet.values.empty() ? json() : packet.values.front().to_json());
  }
}

void client::connect(const std::string& name, json auth) {
  // A client says that it has given up an attempt only by trying again.
  if (joining_) {
    std::erase_if(joining_->asked, [&](const auto& request) { return request->name == name; });
  }
  if (const auto* earlier = find(name)) {
    if (!earlier->pending) return violation("namespace connected twice");
    const auto given_up = earlier->socket;
    given_up->end("client namespace disconnect", {});
  }
  const auto asked = joining_ ? joining_->asked.size() : 0;
  if (entries_.size() + asked >= shared().options.max_namespaces) {
    return refuse(name, reason_of("Too many namespaces"));
  }
  if (const auto nsp = namespaces_->enter(name)) {
    join(nsp, std::move(auth));
  } else {
    ask_parents(name, std::move(auth));
  }
}

void client::ask_parents(const std::string& name, json auth) {
  const auto request = std::make_shared<namespace_request>();
  request->name = name;
  request->auth = std::move(auth);
  request->home = session_->home().shared_from_this();
  request->done = [self = weak_from_this(), asked = request.get()](const auto& nsp) {
    const auto waiting = self.lock();
    // The client may have gone, or begun another attempt. The registry holds the request meanwhile.
    if (!waiting || !waiting->forget(*asked)) return;
    if (nsp) {
      waiting->join(nsp, std::move(asked->auth));
    } else {
      waiting->refuse(asked->name, reason_of("Invalid namespace"));
    }
  };
  begin_joining().asked.push_back(request);
  namespaces_->ask_parents(request);
}

bool client::forget(const namespace_request& request) {
  if (!joining_) return false;
  const auto count =
      std::erase_if(joining_->asked, [&](const auto& each) { return each.get() == &request; });
  settle_joining();
  return count > 0;
}

void client::join(const std::shared_ptr<namespace_state>& nsp, json auth) {
  const auto pid = private_id_in(auth);
  if (pid.empty() || is_old() || !nsp->recoverable()) return join(nsp, std::move(auth), nullptr);
  auto found = nsp->recoverable()->claim(pid);
  if (const auto* former = std::get_if<std::shared_ptr<socket_state>>(&found)) {
    take_over(*former, nsp, std::move(auth));
  } else if (auto* saved = std::get_if<std::unique_ptr<saved_socket>>(&found)) {
    join(nsp, std::move(auth), std::move(*saved));
  } else {
    join(nsp, std::move(auth), nullptr);
  }
}

void client::take_over(const std::shared_ptr<socket_state>& former,
                       const std::shared_ptr<namespace_state>& nsp, json auth) {
  const auto request = std::make_shared<namespace_request>();
  request->name = nsp->name;
  request->auth = std::move(auth);
  request->home = session_->home().shared_from_this();
  request->done = [self = weak_from_this(), namespaces = namespaces_,
                   asked = request.get()](const std::shared_ptr<namespace_state>& entered) {
    const auto waiting = self.lock();
    // The client may have gone, or begun another attempt.
    if (!waiting || !waiting->forget(*asked)) return namespaces->leave(*entered);
    auto found = entered->recoverable()->claim(private_id_in(asked->auth));
    auto* saved = std::get_if<std::unique_ptr<saved_socket>>(&found);
    waiting->join(entered, std::move(asked->auth), saved ? std::move(*saved) : nullptr);
  };
  begin_joining().asked.push_back(request);
  former->home->dispatch([former, request, nsp] {
    former->give_way();
    request->home->dispatch([request, nsp] { request->done(nsp); });
  });
}

void client::join(const std::shared_ptr<namespace_state>& nsp, json auth,
                  std::unique_ptr<saved_socket> restored) {
  std::unique_ptr<recoverable_state> recovery;
  if (restored) {
    // Without an offset the client has received nothing.
    const auto offset = auth.find("offset");
    const auto number = offset != auth.end() && offset->is_string()
                            ? nsp->events()->number_of(offset->get_ref<const std::string&>())
                            : restored->record.began();
    if (number && nsp->events()->has_missed(restored->record, *number)) {
      recovery = std::make_unique<recoverable_state>(
          recoverable_state{restored->pid, restored->record,
                            recoverable_state::restoration{
                                std::max(*number, restored->record.began()), restored->since}});
    } else {
      nsp->recoverable()->remove(restored->pid);
      restored.reset();
    }
  }
  const bool skips = recovery && shared().recovery()->recovery->skip_middlewares;
  auto& home = session_->home();
  std::string id;
  if (restored) {
    id = std::move(restored->id);
  } else {
    id = is_old() ? socketio_2_id(*session_, nsp->name) : engineio::make_identifier(home.index());
  }
  const auto joining = std::make_shared<socket_state>(
      nsp, std::move(id), static_cast<socket_client&>(*this), home.shared_from_this(),
      std::move(auth), *session_, restored ? std::move(restored->data) : socket_data());
  if (recovery) joining->make_recoverable(std::move(recovery));
  entries_.push_back({joining, true});
  const auto middlewares = nsp->middlewares.current();
  run_middlewares(joining, middlewares, skips ? middlewares->size() : 0);
}

void client::run_middlewares(const std::shared_ptr<socket_state>& joining,
                             const std::shared_ptr<const middleware_list>& middlewares,
                             std::size_t position) {
  if (position >= middlewares->size()) {
    connected(joining);
    return;
  }
  const auto decided = [self = shared_from_this(), joining, middlewares,
                        position](std::optional<verdict> made) {
    joining->home->dispatch([self, joining, middlewares, position, made = std::move(made)] {
      // The client may have gone, or begun another attempt.
      if (!self->is_open() || joining->has_ended()) return;
      if (!made) joining->report_dropped("middleware", {});
      if (const auto error = made.value_or(connect_error("Internal server error"))) {
        self->refuse(joining->nsp->name,
                     self->is_old() ? socketio_2_refusal(*error) : reason_of(*error));
        joining->end("server namespace disconnect", {});
      } else {
        self->run_middlewares(joining, middlewares, position + 1);
      }
    });
  };
  const auto made = std::make_shared<open_decision<verdict>>(decided);
  const bool returned = joining->guarded(
      "middleware", {}, [&] { (*(*middlewares)[position]->take())(socket(joining), next(made)); });
  if (!returned) (*made)(connect_error("Internal server error"));
}

void client::connected(const std::shared_ptr<socket_state>& joined) {
  if (joined->nsp->is_removed()) {
    refuse(joined->nsp->name, reason_of("Invalid namespace"));
    return joined->end("server namespace disconnect", {});
  }
  if (joined->recovery()) {
    if (!restore(*joined)) return join_anew(joined);
    // Sending may have ended the session.
    if (joined->has_ended()) return;
  }
  if (joining_) joining_->deadline.stop();
  settle_joining();
  find(joined->nsp->name)->pending = false;
  auto& rooms = *joined->nsp->rooms();
  if (!joined->recovered()) rooms.join(*joined->home, *joined, joined->id);
  if (joined->nsp->recoverable() && !joined->recovery() && !is_old()) make_recoverable(*joined);
  rooms.add(*joined->home, joined);
  joined->connected = true;

  encoded_arguments payload;
  if (!is_old()) payload.json = R"({"sid":")" + joined->id;
  if (const auto* recovery = joined->recovery()) {
    payload.json += R"(","pid":")" + recovery->pid;
    joined->nsp->recoverable()->add(recovery->pid, joined, joined->id, recovery->record,
                                    joined->data.get(joined->nsp->guard_of_data()));
  }
  if (!is_old()) payload.json += "\"}";
  send(header_for(packet_type::connect, {}, joined->nsp->name, {}), std::move(payload));
  joined->nsp->tell_connection(socket(joined));
}

void client::make_recoverable(socket_state& joined) {
  const auto began = joined.nsp->events()->position(*joined.home);
  auto made = std::make_unique<recoverable_state>(
      recoverable_state{engineio::make_identifier(0), recovery_record(began), {}});
  // A middleware may have made it join others.
  for (const auto& room : joined.nsp->rooms()->on(*joined.home)->rooms_of(joined)) {
    made->record.join(room, began);
  }
  joined.make_recoverable(std::move(made));
}

bool client::restore(socket_state& joined) {
  auto& nsp = *joined.nsp;
  const auto& recovery = *joined.recovery();
  const auto missed =
      nsp.events()->missed(*joined.home, recovery.record, joined.id, recovery.restored->number);
  if (!missed) return false;
  for (const auto& room : recovery.record.rooms()) nsp.rooms()->join(*joined.home, joined, room);
  // Before the socket is connected, as the reference server does.
  for (const auto& event : *missed) send(nsp.events()->encode(*event));
  ++shared().recovery()->recovered;
  return true;
}

void client::join_anew(const std::shared_ptr<socket_state>& given_up) {
  const auto nsp = given_up->nsp;
  auto auth = given_up->shake.auth();
  given_up->end("server namespace disconnect", {});
  if (namespaces_->enter(nsp->name) == nsp) {
    join(nsp, std::move(auth), nullptr);
  } else {
    refuse(nsp->name, reason_of("Invalid namespace"));
  }
}

void client::refuse(const std::string& nsp, json reason) {
  replace_binary(reason);
  encoded_arguments payload;
  append_json(payload.json, reason, payload.attachments);
  send(header_for(packet_type::connect_error, {}, nsp, {}), std::move(payload));
}

void client::connect_timed_out() {
  const auto self = shared_from_this();
  if (session_) session_->close();
}

// --- Sending

void client::send(const packet_header& header, encoded_arguments&& payload) {
  if (!session_) return;
  std::string message;
  switch (shared().codec.encode(header, payload, message)) {
    case packet_form::text_before_values:
      session_->send_text(message, std::move(payload.json));
      for (const auto& attachment : payload.attachments) session_->send_binary(attachment);
      break;
    case packet_form::whole_text:
      session_->send_text(message);
      break;
    case packet_form::whole_binary:
      if (message.size() < sharing_threshold) {
        session_->send_binary(message);
      } else {
        session_->send_binary(shared_bytes(std::move(message)));
      }
      break;
  }
}

void client::send(const encoded_packet& packet) {
  if (!session_) return;
  for (const auto& message : packet) session_->send(message);
}

// --- Ending

void client::remove(const socket_state& socket) {
  if (auto* recovery = shared().recovery()) {
    const auto now = std::chrono::steady_clock::now();
    if (recovery->sweep_is_due(now)) namespaces_->trim_logs(now);
  }
  namespaces_->leave(*socket.nsp);
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const entry& held) { return held.socket.get() == &socket; });
  if (found == entries_.end()) return;
  socket.home->keep_meanwhile(std::move(found->socket));
  entries_.erase(found);
  update_reading();
  if (entries_.empty() && is_open() && (!joining_ || !joining_->deadline.running())) {
    await_joining();
  }
}

void client::disconnect_all() {
  const auto self = shared_from_this();
  const auto sockets = entries_;
  for (const auto& [socket, pending] : sockets) socket->disconnect(false);
  if (session_) session_->close();
}

void client::handle_end(std::string_view reason, std::string_view description) {
  const auto self = shared_from_this();
  joining_.reset();
  auto sockets = std::exchange(entries_, {});
  for (auto& [socket, pending] : sockets) {
    socket->end(reason, description);
    auto& home = *socket->home;
    home.keep_meanwhile(std::move(socket));
  }
  session_ = nullptr;
}

}  // namespace socketio::detail
