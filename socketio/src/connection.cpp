#include <socketio/connection.hpp>
#include <socketio/engineio/session.hpp>
#include <socketio/engineio/session_observer.hpp>
#include <utility>

namespace socketio {
namespace {

using engineio::session;

// Passes one kind of event on to a function.
template <class Signature>
class handler_observer : public engineio::session_observer {
 public:
  explicit handler_observer(detail::unique_function<Signature> handler)
      : call_(std::move(handler)) {}

 protected:
  detail::unique_function<Signature> call_;
};

struct upgrade_observer final : handler_observer<void(std::string_view)> {
  using handler_observer::handler_observer;
  void upgraded(const session& which) override { call_(which.transport()); }
};
struct packet_observer final : handler_observer<void(const engineio::packet&)> {
  using handler_observer::handler_observer;
  void packet_received(const session& /*which*/, const engineio::packet& received) override {
    call_(received);
  }
};
struct packet_create_observer final : handler_observer<void(const engineio::packet&)> {
  using handler_observer::handler_observer;
  void packet_sent(const session& /*which*/, const engineio::packet& sent) override { call_(sent); }
};
struct drain_observer final : handler_observer<void()> {
  using handler_observer::handler_observer;
  void drained(const session& /*which*/) override { call_(); }
};
struct close_observer final : handler_observer<void(std::string_view, std::string_view)> {
  using handler_observer::handler_observer;
  void closed(const session& /*which*/, std::string_view reason,
              std::string_view description) override {
    call_(reason, description);
  }
};

}  // namespace

std::string connection::id() const {
  return session_ ? std::string(session_->id()) : std::string();
}

std::string_view connection::transport() const {
  return session_ ? session_->transport() : std::string_view{};
}

std::string_view connection::protocol() const {
  return session_ ? session_->codec().revision() : std::string_view{};
}

bool connection::upgrading() const {
  return session_ && session_->is_upgrading();
}

bool connection::upgraded() const {
  return session_ && session_->has_upgraded();
}

http_request_head connection::request() const {
  return session_ ? session_->request().head() : http_request_head{};
}

const attached_objects& connection::attached() const {
  static const attached_objects nothing;
  return session_ ? session_->attached() : nothing;
}

void connection::close() const {
  if (session_) session_->close();
}

void connection::on_upgrade(detail::unique_function<void(std::string_view)> handler) const {
  add_observer(std::make_shared<upgrade_observer>(std::move(handler)));
}

void connection::on_packet(detail::unique_function<void(const engineio::packet&)> handler) const {
  add_observer(std::make_shared<packet_observer>(std::move(handler)));
}

void connection::on_packet_create(
    detail::unique_function<void(const engineio::packet&)> handler) const {
  add_observer(std::make_shared<packet_create_observer>(std::move(handler)));
}

void connection::on_drain(detail::unique_function<void()> handler) const {
  add_observer(std::make_shared<drain_observer>(std::move(handler)));
}

void connection::on_close(
    detail::unique_function<void(std::string_view, std::string_view)> handler) const {
  add_observer(std::make_shared<close_observer>(std::move(handler)));
}

void connection::add_observer(std::shared_ptr<engineio::session_observer> observer) const {
  if (session_ && session_->is_open()) session_->add_observer(std::move(observer));
}

}  // namespace socketio
