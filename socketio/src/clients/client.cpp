#include "client.hpp"

#include <algorithm>
#include <atomic>

#include "namespaces/namespace_state.hpp"

namespace socketio::detail {
namespace {

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

}  // namespace

client::client(std::shared_ptr<namespace_registry> namespaces, engineio::session& session)
    : namespaces_(std::move(namespaces)), session_(&session), decoder_(shared().codec) {}

client::~client() {
  for (const auto& [socket, pending] : entries_) socket->abandon();
}

void client::begin() {
  connect_deadline_ =
      std::make_unique<engineio::member_timer<client, &client::connect_timed_out>>(*this);
  connect_deadline_->start(session_->home().timers(), shared().options.connect_timeout);
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
    if (!pending) socket->report_violation(what);
  }
  if (session_) session_->close();
}

// --- Connecting to a namespace

void client::connect(const decoded_packet& packet) {
  const std::string name(packet.header.nsp);
  if (const auto* earlier = find(name)) {
    if (!earlier->pending) return violation("namespace connected twice");
    // A client says that it has given up an attempt only by trying again.
    const auto given_up = earlier->socket;
    given_up->end({}, {});
  }
  const auto nsp = namespaces_->find(name);
  if (!nsp) {
    refuse(name, connect_error("Invalid namespace"));
    return;
  }
  auto auth = packet.values.empty() ? json() : packet.values.front().to_json();
  const auto joining = std::make_shared<socket_state>(nsp, static_cast<socket_client&>(*this),
                                                      session_->home().shared_from_this(),
                                                      std::move(auth), *session_);
  entries_.push_back({joining, true});
  run_middlewares(joining, 0);
}

void client::run_middlewares(const std::shared_ptr<socket_state>& joining, std::size_t position) {
  const auto middlewares = joining->nsp->middlewares();
  if (position >= middlewares->size()) {
    connected(joining);
    return;
  }
  const auto decided = std::make_shared<std::atomic<bool>>(false);
  auto decide = [self = shared_from_this(), joining, position,
                 decided](std::optional<connect_error> error) {
    if (decided->exchange(true)) return;
    joining->home->dispatch([self, joining, position, error = std::move(error)] {
      // The client may have gone, or begun another attempt.
      if (!self->is_open() || joining->has_ended()) return;
      if (error) {
        joining->end({}, {});
        self->refuse(joining->nsp->name, *error);
      } else {
        self->run_middlewares(joining, position + 1);
      }
    });
  };
  const bool returned = joining->guarded(
      "middleware", {}, [&] { (*(*middlewares)[position])(socket(joining), next(decide)); });
  if (!returned) decide(connect_error("Internal server error"));
}

void client::connected(const std::shared_ptr<socket_state>& joined) {
  connect_deadline_.reset();
  find(joined->nsp->name)->pending = false;
  auto& rooms = *joined->nsp->rooms();
  rooms.join(*joined->home, *joined, joined->id);
  rooms.add(*joined->home, joined);
  joined->connected = true;

  encoded_arguments payload;
  payload.json = R"({"sid":")" + joined->id + "\"}";
  send(header_for(packet_type::connect, {}, joined->nsp->name, {}), std::move(payload));
  const auto handlers = joined->nsp->connection_handlers();
  for (const auto& handler : *handlers) {
    joined->guarded("connection", {}, [&] { (*handler)(socket(joined)); });
  }
}

void client::refuse(const std::string& nsp, const connect_error& error) {
  json object;
  object["message"] = error.message;
  if (!error.data.is_null()) object["data"] = error.data;
  replace_binary(object);
  encoded_arguments payload;
  append_json(payload.json, object, payload.attachments);
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
      for (auto& attachment : payload.attachments) session_->send_binary(std::move(attachment));
      break;
    case packet_form::whole_text:
      session_->send_text(message);
      break;
    case packet_form::whole_binary:
      session_->send_binary(std::move(message));
      break;
  }
}

void client::send(const encoded_packet& packet) {
  if (!session_) return;
  for (const auto& message : packet) session_->send(message);
}

// --- Ending

void client::remove(const socket_state& socket) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const entry& held) { return held.socket.get() == &socket; });
  if (found == entries_.end()) return;
  socket.home->keep_meanwhile(std::move(found->socket));
  entries_.erase(found);
}

void client::disconnect_all() {
  const auto self = shared_from_this();
  const auto sockets = entries_;
  for (const auto& [socket, pending] : sockets) socket->disconnect(false);
  if (session_) session_->close();
}

void client::handle_end(std::string_view reason, std::string_view description) {
  const auto self = shared_from_this();
  connect_deadline_.reset();
  auto sockets = std::exchange(entries_, {});
  for (auto& [socket, pending] : sockets) {
    socket->end(reason, description);
    auto& home = *socket->home;
    home.keep_meanwhile(std::move(socket));
  }
  session_ = nullptr;
}

}  // namespace socketio::detail
