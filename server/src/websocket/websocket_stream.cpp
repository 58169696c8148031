#include "websocket_stream.hpp"

#include <algorithm>

namespace socketio::detail {
namespace {

using namespace std::chrono_literals;

// How long the peer may take to answer a close frame.
constexpr auto close_timeout = 2s;

// With more than this unsent, stop reading from the peer, so that answers cannot pile up. Go on
// when half of it has been sent.
constexpr std::size_t read_pause_threshold = std::size_t{256} * 1024;
constexpr std::size_t read_resume_threshold = read_pause_threshold / 2;

// How much one turn receives: each message counts as so many bytes, and those that are inflated.
constexpr std::size_t work_a_turn = std::size_t{1} << 20U;
constexpr std::size_t work_of_a_message = 100;

websocket::parser_options parser_options_for(const engineio::websocket_settings& settings) {
  websocket::parser_options options;
  options.max_message_size = settings.max_message_size;
  options.max_fragments = settings.max_fragments;
  options.allow_compressed = settings.deflate.has_value();
  options.streamed = settings.streamed;
  return options;
}

}  // namespace

websocket_stream::websocket_stream(carrier* connection,
                                   const engineio::websocket_settings& settings)
    : connection_(connection),
      parser_(parser_options_for(settings)),
      max_send_queue_(settings.max_send_queue),
      streamed_(settings.streamed) {
  if (connection == nullptr) return;
  connection->tell_writes(false);
  if (settings.deflate) {
    compression_ =
        std::make_unique<message_compression>(*settings.deflate, connection->home().deflate());
  }
}

// --- Receiving

void websocket_stream::receive(std::span<char>& data) {
  using websocket::close_code;
  heard_ = heard_ || !data.empty();
  std::size_t work = 0;
  while (connection_ != nullptr && connection_->is_open() && !held_) {
    switch (parser_.next(data)) {
      case websocket::parse_result::need_more:
        return;
      case websocket::parse_result::message:
        if (!message_received()) return;
        work += work_of_a_message + (compression_ ? compression_->take_inflated() : 0);
        if (work >= work_a_turn && connection_ != nullptr) return connection_->yield();
        break;
      case websocket::parse_result::ping:
        // Answer only the last ping of a peer that does not read, when it reads again
        // (section 5.5.3).
        if (connection_->blocked()) {
          unanswered_ping_ = std::make_unique<const std::string>(parser_.text());
          connection_->tell_writes(true);
        } else {
          send(websocket::opcode::pong, {}, parser_.text());
        }
        if (handler_ != nullptr) handler_->handle_ping(parser_.text());
        break;
      case websocket::parse_result::pong:
        if (handler_ != nullptr) handler_->handle_pong(parser_.text());
        break;
      case websocket::parse_result::close:
        // Answer with the same code (section 5.5.1).
        return end(parser_.received_close_code(), parser_.received_close_code(), parser_.text(),
                   {});
      case websocket::parse_result::error:
        return end(parser_.error_code(), close_code::abnormal, {}, parser_.error_message());
    }
  }
}

bool websocket_stream::message_received() {
  // After its own close frame the server waits only for the peer's.
  if (output_ == output_state::closed) return true;
  if (parser_.compressed()) return compressed_message_received();
  if (auto* assembled = parser_.assembled()) {
    hand_out({*assembled, parser_.binary()});
  } else {
    hand_out({parser_.text(), parser_.binary()});
  }
  return true;
}

bool websocket_stream::compressed_message_received() {
  using websocket::close_code;
  std::string message;
  const auto fail = [this](close_code code, std::string_view error) {
    end(code, close_code::abnormal, {}, error);
    return false;
  };
  switch (compression_->decompress(parser_.text(), parser_.last(),
                                   parser_.options().max_message_size, message)) {
    case websocket::inflate_result::too_big:
      return fail(close_code::message_too_big, "message too big when inflated");
    case websocket::inflate_result::corrupt:
      return fail(close_code::invalid_payload, "invalid compressed data");
    case websocket::inflate_result::done:
      break;
  }
  if (!parser_.binary() && !compression_->is_valid_text(message, parser_.last())) {
    return fail(close_code::invalid_payload, "text is not UTF-8");
  }
  hand_out({message, parser_.binary()});
  return true;
}

void websocket_stream::hand_out(engineio::received_message message) {
  if (handler_ == nullptr) return;
  if (streamed_) {
    handler_->handle_part(message.data(), message.is_binary(), parser_.last());
  } else {
    handler_->handle_message(message);
  }
}

void websocket_stream::end(websocket::close_code answer, websocket::close_code told,
                           std::string_view reason, std::string_view error) {
  if (std::exchange(output_, output_state::closed) != output_state::closed) {
    std::string frame;
    websocket::append_close_frame(frame, answer);
    connection_->output().append(std::move(frame));
  }
  std::exchange(connection_, nullptr)->finish();
  tell_end(told, reason, error);
}

// --- Sending

void websocket_stream::send(websocket::opcode code, std::string_view head, std::string_view body) {
  if (connection_ == nullptr || output_ != output_state::open) return;
  const bool is_data = code == websocket::opcode::text || code == websocket::opcode::binary;
  if (compression_ && is_data) {
    if (const auto compressed = compression_->compress(head, body)) {
      return append_frame(code, {}, *compressed, true);
    }
  }
  append_frame(code, head, body, false);
}

void websocket_stream::send_moved(websocket::opcode code, std::string_view head,
                                  std::string&& body) {
  if (compression_) return send(code, head, body);
  if (connection_ == nullptr || output_ != output_state::open) return;
  append_header(code, head, body.size(), false);
  connection_->output().append(std::move(body));
  sent();
}

void websocket_stream::send_shared(websocket::opcode code, std::string_view head,
                                   const shared_bytes& body) {
  if (compression_) return send(code, head, body.characters());
  if (connection_ == nullptr || output_ != output_state::open) return;
  append_header(code, head, body.size(), false);
  connection_->output().append(body.characters(), body.owner());
  sent();
}

void websocket_stream::append_frame(websocket::opcode code, std::string_view head,
                                    std::string_view body, bool compressed) {
  append_header(code, head, body.size(), compressed);
  connection_->output().append(body);
  sent();
}

void websocket_stream::append_header(websocket::opcode code, std::string_view head,
                                     std::size_t body_size, bool compressed) {
  std::array<char, websocket::max_header_size> header;  // NOLINT(*-member-init): written below
  const auto size =
      websocket::write_frame_header(header, code, head.size() + body_size, true, compressed);
  connection_->output().append(std::string_view(header.data(), size));
  connection_->output().append(head);
}

void websocket_stream::send(const engineio::shared_message& message) {
  if (connection_ == nullptr || output_ != output_state::open) return;
  auto& output = connection_->output();
  if (const auto compressed = compression_ ? compression_->shared_frame(*message) : std::nullopt) {
    output.append(*compressed, message);
  } else {
    output.append(message->frame(), message);
    output.append(message->shared().characters(), message->shared().owner());
  }
  sent();
}

void websocket_stream::sent() {
  const auto queued = connection_->output().size();
  if (queued > read_pause_threshold) {
    connection_->pause();
    // Write early, so that a burst does not fill the queue of a peer that reads.
    if (queued > max_send_queue_) flush_early();
    if (connection_->output().size() > max_send_queue_) {
      output_ = output_state::overflowed;
      connection_->drop_output();
      connection_->abort("the client does not read, its queue is full");
      return;
    }
  }
  connection_->flush_later();
}

void websocket_stream::tell_drain() {
  drain_told_ = true;
  if (connection_ != nullptr) connection_->tell_writes(true);
}

void websocket_stream::pause() {
  if (connection_ == nullptr || output_ == output_state::closed) return;
  held_ = true;
  connection_->pause();
}

void websocket_stream::resume() {
  if (!std::exchange(held_, false) || connection_ == nullptr) return;
  if (connection_->output().size() < read_resume_threshold) connection_->resume();
}

std::size_t websocket_stream::buffered() const {
  return connection_ != nullptr ? connection_->output().size() : 0;
}

// Notify the application later, since it may be in the middle of sending.
void websocket_stream::flush_early() {
  flushing_ = true;
  connection_->flush();
  flushing_ = false;
  if (connection_->output().empty()) connection_->tell_written_later();
}

bool websocket_stream::writable() const {
  return connection_ != nullptr && output_ != output_state::closed && !connection_->blocked();
}

// --- Closing

void websocket_stream::close(websocket::close_code code, std::string_view reason) {
  if (connection_ == nullptr || output_ == output_state::closed) return;
  output_ = output_state::closed;
  handler_ = nullptr;
  std::string frame;
  websocket::append_close_frame(frame, code, reason);
  connection_->output().append(std::move(frame));
  connection_->flush_later();
  connection_->tell_writes(true);
  connection_->set_deadline(close_timeout);
  held_ = false;
  connection_->resume();  // read the peer's close frame, even if reading was paused
}

void websocket_stream::abort(std::string_view error) {
  if (connection_ != nullptr) connection_->abort(error);
}

void websocket_stream::ended(std::string_view error) {
  connection_ = nullptr;
  tell_end(websocket::close_code::abnormal, {}, error);
}

void websocket_stream::timed_out() {
  connection_->abort("the peer did not answer the close frame");
}

void websocket_stream::written() {
  if (flushing_) return;
  if (output_ == output_state::closed) {
    connection_->set_deadline(close_timeout);
    return;
  }
  if (unanswered_ping_ && !connection_->blocked()) {
    send(websocket::opcode::pong, {}, *std::exchange(unanswered_ping_, nullptr));
    connection_->tell_writes(drain_told_);
  }
  if (connection_->paused() && !held_ && connection_->output().size() < read_resume_threshold) {
    connection_->resume();
  }
  if (drain_told_ && handler_ != nullptr && connection_->output().empty()) handler_->handle_drain();
}

void websocket_stream::shut_down() {
  auto* handler = handler_;
  close(websocket::close_code::going_away, {});
  if (handler != nullptr) handler->handle_close(websocket::close_code::going_away, {}, {});
}

void websocket_stream::abandoned() {
  connection_ = nullptr;
  handler_ = nullptr;
}

void websocket_stream::tell_end(websocket::close_code code, std::string_view reason,
                                std::string_view error) {
  output_ = output_state::closed;
  if (auto* handler = std::exchange(handler_, nullptr)) handler->handle_close(code, reason, error);
}

}  // namespace socketio::detail
