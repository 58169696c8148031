#include "websocket.hpp"

#include <chrono>
#include <utility>

#include <socketio/engineio/websocket_connection.hpp>
#include <socketio/protocol/base64.hpp>
#include <socketio/protocol/websocket_handshake.hpp>

#include "wants_base64.hpp"

namespace socketio::engineio {
namespace {

using namespace std::chrono_literals;

// Programs that speak revision 3 wait for the connection first and then for the open packet, which
// they miss if both arrive together: Node.js sends it that much later by itself.
constexpr auto quiet_time = 5ms;

class websocket_transport : public transport, private websocket_handler {
 public:
  explicit websocket_transport(std::shared_ptr<websocket_connection> connection)
      : connection_(std::move(connection)) {
    connection_->set_handler(this);
  }
  ~websocket_transport() override { connection_->set_handler(nullptr); }
  websocket_transport(const websocket_transport&) = delete;
  websocket_transport& operator=(const websocket_transport&) = delete;

 protected:
  [[nodiscard]] std::string_view name() const override { return "websocket"; }
  [[nodiscard]] bool writable() const override { return connection_->writable(); }
  [[nodiscard]] std::size_t buffered() const override { return connection_->buffered(); }

  void set_handler(transport_handler* handler) override { handler_ = handler; }
  void tell_drain() override { connection_->tell_drain(); }

  void send(packet_type type, std::string_view data) override {
    connection_->send(websocket::opcode::text, codec().text_head(type), data);
  }
  void send_text(std::string_view head, std::string&& rest) override {
    std::string text(codec().text_head(packet_type::message));
    connection_->send_moved(websocket::opcode::text, text.append(head), std::move(rest));
  }
  void send_binary(std::string_view data) override {
    connection_->send(websocket::opcode::binary, codec().binary_head(), data);
  }
  void send_binary(const shared_bytes& data) override {
    connection_->send_shared(websocket::opcode::binary, codec().binary_head(), data);
  }
  void send(const shared_message& message) override {
    if (codec().shares_frames(message->is_binary())) {
      connection_->send(message);
    } else {
      connection_->send(message->reframed(
          message->is_binary() ? codec().binary_head() : codec().text_head(packet_type::message),
          false));
    }
  }

  void pause() override { connection_->pause(); }
  void resume() override { connection_->resume(); }

  bool close() override {
    end();
    return true;
  }
  void end() override {
    connection_->set_handler(nullptr);
    connection_->close(websocket::close_code::no_status);
  }

  [[nodiscard]] const engineio::codec& codec() const { return handler_->codec(); }
  [[nodiscard]] websocket_connection& connection() { return *connection_; }

 private:
  void handle_message(received_message message) override {
    if (const auto received = codec().decode_frame(message.data(), message.is_binary())) {
      const bool whole = received->data.size() == message.data().size();
      handler_->handle_packet(*received,
                              whole ? message : received_message(received->data, received->binary));
    } else {
      handler_->handle_end("parse error", {});
    }
  }
  void handle_drain() override { handler_->handle_drain(); }
  void handle_close(websocket::close_code /*code*/, std::string_view /*reason*/,
                    std::string_view error) override {
    handler_->handle_end(error.empty() ? "transport close" : "transport error", error);
  }

  std::shared_ptr<websocket_connection> connection_;
  transport_handler* handler_ = nullptr;
};

// For clients that cannot read binary frames: sends binary messages as base64. A class of its own,
// so that the transports of the others need not know.
class base64_transport final : public websocket_transport {
 public:
  using websocket_transport::websocket_transport;

 private:
  void send_binary(std::string_view data) override {
    std::string base64;
    append_base64(base64, data);
    connection().send_moved(websocket::opcode::text, codec().base64_head(), std::move(base64));
  }
  void send_binary(const shared_bytes& data) override { send_binary(data.characters()); }
  void send(const shared_message& message) override {
    if (message->is_binary()) {
      connection().send(message->reframed(codec().base64_head(), true));
    } else {
      websocket_transport::send(message);
    }
  }
  using websocket_transport::send;
};

}  // namespace

std::unique_ptr<transport> accept_websocket(const server& owner, http_exchange& exchange,
                                            const session* opened) {
  const auto& request = exchange.request();
  const auto offered = websocket::offered_subprotocols(request);
  auto response = websocket::handshake_response(
      request, offered && !offered->empty() ? offered->front() : std::string_view{});
  const auto& options = owner.settings();
  websocket_settings settings;
  settings.max_message_size = options.max_payload;
  settings.max_send_queue = options.max_send_queue;
  if (opened != nullptr && !opened->codec().server_pings()) settings.quiet_time = quiet_time;
  if (options.per_message_deflate) {
    settings.deflate = websocket::negotiate_deflate(request, *options.per_message_deflate);
  }
  if (settings.deflate) {
    response.headers.append("Sec-WebSocket-Extensions",
                            websocket::deflate_response(*settings.deflate));
  }
  owner.add_headers(request, response.headers, opened ? opened->id() : std::string_view{});
  const bool base64 = wants_base64(request);
  auto connection = exchange.upgrade(std::move(response), settings);
  if (base64) return std::make_unique<base64_transport>(std::move(connection));
  return std::make_unique<websocket_transport>(std::move(connection));
}

}  // namespace socketio::engineio
