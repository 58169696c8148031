#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <socketio/engineio/websocket_connection.hpp>
#include <socketio/protocol/websocket_parser.hpp>

#include "message_compression.hpp"
#include "net/carrier.hpp"

namespace socketio::detail {

/// WebSocket on a connection: parses frames, compresses and decompresses messages, answers pings
/// and close frames, and bounds the output.
class websocket_stream final : public engineio::websocket_connection, public connection_protocol {
 public:
  /// @param connection null if it has already ended
  websocket_stream(carrier* connection, const engineio::websocket_settings& settings);

  void set_handler(engineio::websocket_handler* handler) override { handler_ = handler; }
  void tell_drain() override;
  void send(websocket::opcode code, std::string_view head, std::string_view body) override;
  void send_moved(websocket::opcode code, std::string_view head, std::string&& body) override;
  void send_shared(websocket::opcode code, std::string_view head,
                   const shared_bytes& body) override;
  void send(const engineio::shared_message& message) override;
  void close(websocket::close_code code, std::string_view reason) override;
  void abort(std::string_view error) override;
  void pause() override;
  void resume() override;
  [[nodiscard]] bool take_heard() override { return std::exchange(heard_, false); }
  [[nodiscard]] bool writable() const override;
  [[nodiscard]] std::size_t buffered() const override;

 private:
  /// What may still be sent.
  enum class output_state : std::uint8_t {
    open,        ///< everything
    overflowed,  ///< nothing: the queue was too full, and the connection ends
    closed       ///< nothing: the close frame has been sent, or the connection has ended
  };

  void receive(std::span<char>& data) override;
  void ended(std::string_view error) override;
  void timed_out() override;
  void written() override;
  void shut_down() override;
  void abandoned() override;

  // Returns false if the connection has ended.
  bool message_received();
  bool compressed_message_received();
  void hand_out(engineio::received_message message);
  // Sends a close frame, unless one has left, and ends the connection.
  void end(websocket::close_code answer, websocket::close_code told, std::string_view reason,
           std::string_view error);
  void append_frame(websocket::opcode code, std::string_view head, std::string_view body,
                    bool compressed);
  void append_header(websocket::opcode code, std::string_view head, std::size_t body_size,
                     bool compressed);
  void sent();
  void flush_early();
  void tell_end(websocket::close_code code, std::string_view reason, std::string_view error);

  carrier* connection_;  // null after it has ended
  engineio::websocket_handler* handler_ = nullptr;
  websocket::parser parser_;
  std::unique_ptr<message_compression> compression_;  // null without permessage-deflate
  std::size_t max_send_queue_;
  std::unique_ptr<const std::string> unanswered_ping_;  // until the peer reads; else null
  output_state output_ = output_state::open;
  bool held_ = false;        // pause() was called
  bool flushing_ = false;    // in flush_early(): written() has to wait
  bool heard_ = false;       // bytes have arrived since take_heard()
  bool streamed_;            // see websocket_settings
  bool drain_told_ = false;  // tell_drain() was called
};

}  // namespace socketio::detail
