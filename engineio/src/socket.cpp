#include <socketio/engineio/session.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/engineio/socket.hpp>

namespace socketio::engineio {
namespace {

// The handlers of a socket. Each call keeps its function, which may replace or remove itself.
class function_handler final : public session_handler {
 public:
  explicit function_handler(const shard& home) : home_(home) {}

  template <class Function>
  using slot = std::shared_ptr<detail::unique_function<Function>>;

  slot<void(std::string_view, bool)> on_message;
  slot<void(std::string_view, std::string_view)> on_close;
  slot<void()> on_upgrade;

 private:
  template <class Function, class... Arguments>
  void call(std::string_view where, slot<Function> function, Arguments... arguments) const {
    if (function && *function) home_.guard(where, [&] { (*function)(arguments...); });
  }

  void handle_message(received_message message) override {
    call("on_message", on_message, message.data(), message.is_binary());
  }
  void handle_upgrade() override { call("on_upgrade", on_upgrade); }
  void handle_end(std::string_view reason, std::string_view description) override {
    on_message = nullptr;
    on_upgrade = nullptr;
    call("on_close", std::exchange(on_close, nullptr), reason, description);
  }

  const shard& home_;
};

template <auto Slot, class Function>
void set(const std::shared_ptr<session>& target, const std::shared_ptr<shard>& home,
         Function function) {
  if (!target) return;
  home->dispatch([target, function = std::move(function)]() mutable {
    if (!target->is_open()) return;
    if (target->handler() == nullptr)
      target->set_handler(std::make_shared<function_handler>(target->home()));
    static_cast<function_handler*>(target->handler())->*Slot =
        std::make_shared<Function>(std::move(function));
  });
}

}  // namespace

socket::socket(std::shared_ptr<session> target)
    : session_(std::move(target)),
      home_(session_ ? session_->home().shared_from_this() : nullptr) {}

std::string socket::id() const {
  return session_ ? std::string(session_->id()) : std::string();
}
http_request_head socket::request() const {
  return session_ ? session_->request().head() : http_request_head{};
}
std::string_view socket::transport() const {
  return session_ ? session_->transport() : std::string_view{};
}
boost::asio::any_io_executor socket::get_executor() const {
  return home_ ? home_->executor() : boost::asio::any_io_executor();
}

void socket::send(std::string_view text) const {
  if (!session_) return;
  if (home_->running_here()) {
    session_->send_text(text);
  } else {
    home_->post([target = session_, copy = std::string(text)] { target->send_text(copy); });
  }
}

void socket::send(std::span<const std::byte> bytes) const {
  if (!session_) return;
  const std::string_view data(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (home_->running_here()) {
    session_->send_binary(data);
  } else {
    home_->post([target = session_, copy = std::string(data)] { target->send_binary(copy); });
  }
}

void socket::close() const {
  if (session_) home_->dispatch([target = session_] { target->close(); });
}

void socket::on_message(detail::unique_function<void(std::string_view, bool)> handler) const {
  set<&function_handler::on_message>(session_, home_, std::move(handler));
}

void socket::on_close(
    detail::unique_function<void(std::string_view, std::string_view)> handler) const {
  set<&function_handler::on_close>(session_, home_, std::move(handler));
}

void socket::on_upgrade(detail::unique_function<void()> handler) const {
  set<&function_handler::on_upgrade>(session_, home_, std::move(handler));
}

}  // namespace socketio::engineio
