#include "websocket.hpp"

#include <socketio/engineio/websocket_connection.hpp>
#include <socketio/protocol/websocket_handshake.hpp>

namespace socketio::engineio {
namespace {

class websocket_transport final : public transport, private websocket_handler {
 public:
  explicit websocket_transport(std::shared_ptr<websocket_connection> connection)
      : connection_(std::move(connection)) {
    connection_->set_handler(this);
  }
  ~websocket_transport() override { connection_->set_handler(nullptr); }
  websocket_transport(const websocket_transport&) = delete;
  websocket_transport& operator=(const websocket_transport&) = delete;

 private:
  [[nodiscard]] std::string_view name() const override { return "websocket"; }
  [[nodiscard]] bool writable() const override { return connection_->writable(); }
  [[nodiscard]] std::size_t buffered() const override { return connection_->buffered(); }

  void set_handler(transport_handler* handler) override { handler_ = handler; }

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
  void send_binary(std::string&& data) override {
    connection_->send_moved(websocket::opcode::binary, codec().binary_head(), std::move(data));
  }
  void send(const shared_message& message) override {
    if (codec().shares_frames(message->is_binary())) {
      connection_->send(message);
    } else if (message->is_binary()) {
      send_binary(message->data());
    } else {
      send(packet_type::message, message->data());
    }
  }

  bool close() override {
    end();
    return true;
  }
  void end() override {
    connection_->set_handler(nullptr);
    connection_->close(websocket::close_code::no_status);
  }

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

  [[nodiscard]] const engineio::codec& codec() const { return handler_->codec(); }

  std::shared_ptr<websocket_connection> connection_;
  transport_handler* handler_ = nullptr;
};

}  // namespace

std::unique_ptr<transport> accept_websocket(const server& owner, http_exchange& exchange,
                                            std::string_view opened) {
  const auto& request = exchange.request();
  const auto offered = websocket::offered_subprotocols(request);
  auto response = websocket::handshake_response(
      request, offered && !offered->empty() ? offered->front() : std::string_view{});
  const auto& options = owner.settings();
  websocket_settings settings;
  settings.max_message_size = options.max_payload;
  settings.max_send_queue = options.max_send_queue;
  settings.drain_told = !owner.observers().empty();
  if (options.per_message_deflate) {
    settings.deflate = websocket::negotiate_deflate(request, *options.per_message_deflate);
  }
  if (settings.deflate) {
    response.headers.append("Sec-WebSocket-Extensions",
                            websocket::deflate_response(*settings.deflate));
  }
  owner.add_headers(request, response.headers, opened);
  return std::make_unique<websocket_transport>(exchange.upgrade(std::move(response), settings));
}

}  // namespace socketio::engineio
