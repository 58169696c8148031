#include "websocket_stream.hpp"

#include <algorithm>

namespace socketio {
namespace {

using namespace std::chrono_literals;

// How long the peer may take to answer a close frame.
constexpr auto close_timeout = 2s;

// While more than this waits for the peer to read, nothing more is read from it: what it asks for
// cannot pile up. Reading goes on when half of it has been sent.
constexpr std::size_t read_pause_threshold = 256 * 1024;
constexpr std::size_t read_resume_threshold = read_pause_threshold / 2;

websocket::parser_options parser_options_for(const engineio::websocket_limits& limits) {
  websocket::parser_options options;
  options.max_message_size = limits.max_message_size;
  return options;
}

}  // namespace

websocket_stream::websocket_stream(connection* carrier, const engineio::websocket_limits& limits)
    : connection_(carrier),
      parser_(parser_options_for(limits)),
      max_send_queue_(limits.max_send_queue) {}

// --- Receiving

void websocket_stream::receive(std::span<char>& data) {
  while (connection_ != nullptr && connection_->is_open()) {
    switch (parser_.next(data)) {
      case websocket::parse_result::need_more:
        return;
      case websocket::parse_result::message:
        // After the close frame that the server sent, only the peer's own is waited for.
        if (!closing_ && handler_ != nullptr) {
          handler_->handle_message(parser_.text(), parser_.binary());
        }
        break;
      case websocket::parse_result::ping:
        // A peer that does not read gets the answer to its last ping when it does (section 5.5.3).
        if (connection_->blocked()) {
          unanswered_ping_ = parser_.text();
        } else {
          send(websocket::opcode::pong, {}, parser_.text());
        }
        break;
      case websocket::parse_result::pong:
        break;
      case websocket::parse_result::close:
        // Answered with the same code (section 5.5.1).
        return end(parser_.received_close_code(), parser_.received_close_code(), {});
      case websocket::parse_result::error:
        return end(parser_.error_code(), websocket::close_code::abnormal, parser_.error_message());
    }
  }
}

void websocket_stream::end(websocket::close_code answer, websocket::close_code told,
                           std::string_view error) {
  if (!std::exchange(closing_, true)) {
    std::string frame;
    websocket::append_close_frame(frame, answer);
    connection_->output().append(std::move(frame));
  }
  std::exchange(connection_, nullptr)->finish();
  tell_end(told, error);
}

// --- Sending

void websocket_stream::send(websocket::opcode code, std::string_view head, std::string_view body) {
  if (connection_ == nullptr || closing_ || overflowed_) return;
  std::array<char, websocket::max_header_size> header;  // NOLINT(*-member-init): written below
  const auto size = websocket::write_frame_header(header, code, head.size() + body.size());
  auto& output = connection_->output();
  output.append(std::string_view(header.data(), size));
  output.append(head);
  output.append(body);
  sent();
}

void websocket_stream::send(const engineio::shared_message& message) {
  if (connection_ == nullptr || closing_ || overflowed_) return;
  connection_->output().append(message);
  sent();
}

void websocket_stream::sent() {
  const auto queued = connection_->output().size();
  if (queued > read_pause_threshold) {
    connection_->pause();
    // Writing early keeps a burst from filling the queue of a peer that reads.
    if (queued > max_send_queue_) connection_->flush();
    if (connection_->output().size() > max_send_queue_) {
      overflowed_ = true;
      connection_->output().clear();
      connection_->abort("the client does not read, its queue is full");
      return;
    }
  }
  connection_->flush_later();
}

bool websocket_stream::writable() const {
  return connection_ != nullptr && !closing_ && !connection_->blocked();
}

// --- Closing

void websocket_stream::close(websocket::close_code code, std::string_view reason) {
  if (connection_ == nullptr || closing_) return;
  closing_ = true;
  handler_ = nullptr;
  std::string frame;
  websocket::append_close_frame(frame, code, reason);
  connection_->output().append(std::move(frame));
  connection_->flush_later();
  connection_->set_deadline(close_timeout);
  connection_->resume();  // the peer's close frame has to be read, also from one that was paused
}

void websocket_stream::ended(std::string_view error) {
  connection_ = nullptr;
  tell_end(websocket::close_code::abnormal, error);
}

void websocket_stream::timed_out() {
  connection_->abort("the peer did not answer the close frame");
}

void websocket_stream::written() {
  if (closing_) {
    connection_->set_deadline(close_timeout);
    return;
  }
  if (unanswered_ping_ && !connection_->blocked()) {
    send(websocket::opcode::pong, {}, *std::exchange(unanswered_ping_, std::nullopt));
  }
  if (connection_->paused() && connection_->output().size() < read_resume_threshold) {
    connection_->resume();
  }
}

void websocket_stream::shut_down() {
  close(websocket::close_code::going_away, {});
}

void websocket_stream::tell_end(websocket::close_code code, std::string_view error) {
  closing_ = true;
  if (auto* handler = std::exchange(handler_, nullptr)) handler->handle_close(code, error);
}

}  // namespace socketio
