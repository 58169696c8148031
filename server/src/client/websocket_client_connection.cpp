#include "websocket_client_connection.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/strand.hpp>
#include <charconv>
#include <chrono>

#include <socketio/protocol/http_response_head.hpp>
#include <socketio/protocol/utf8.hpp>

namespace socketio::websocket::detail {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t kilobyte = 1024;
constexpr std::size_t buffer_size = 64 * kilobyte;
constexpr std::size_t max_head_size = 16 * kilobyte;
// How much of the body of a refusing response to keep.
constexpr std::size_t max_body_size = 8 * kilobyte;
// While unread messages take more than this, receive nothing.
constexpr std::size_t max_waiting_bytes = 1024 * kilobyte;
// With more unsent output, answer only the latest ping.
constexpr std::size_t max_output_for_pong = 64 * kilobyte;

// The memory of a waiting message.
std::size_t cost_of(const message& waiting) {
  return sizeof(message) + waiting.data.size();
}

}  // namespace

client_connection::client_connection(const asio::any_io_executor& executor, client_options options)
    : options_(std::move(options)),
      executor_(executor),
      strand_(asio::make_strand(executor)),
      transport_(strand_),
      timer_(strand_),
      message_or_end_(strand_, steady_clock::time_point::max()) {}

// --- opening

void client_connection::connect(const std::string& to, connect_handler handler) {
  if (phase_ != phase::idle) {
    const error_code aborted = asio::error::operation_aborted;
    return handler.complete(end_ == aborted ? aborted : asio::error::already_started);
  }
  const auto where = parse_url(to);
  if (!where) {
    end(asio::error::invalid_argument);
    return handler.complete(end_);
  }
  url_ = *where;
  phase_ = phase::connecting;
  const auto self = shared_from_this();
  timer_.expires_after(options_.connect_timeout);
  timer_.async_wait([self, handler = std::move(handler)](error_code) mutable {
    if (!self->connected_) {
      // The response refuses even if its body does not arrive.
      self->end(self->response_.status == 0 ? error::timed_out : error::handshake_refused);
    }
    handler.complete(*self->connected_);
  });
  transport_.connect(url_.host, url_.port, [self](error_code error) {
    if (error) return self->end(error);
    if (!self->url_.secure) return self->send_request();
    const auto& options = self->options_;
    self->transport_.start_tls(self->url_.host, options.verify_certificate,
                               options.certificate_authority, [self](error_code failed) {
                                 if (failed) return self->end(failed);
                                 self->send_request();
                               });
  });
}

void client_connection::cancel_connect() {
  if (phase_ == phase::connecting) end(asio::error::operation_aborted);
}

void client_connection::send_request() {
  if (phase_ != phase::connecting) return;
  key_ = make_key();
  written_ = handshake_request(url_, options_, key_);
  unwritten_ = written_;
  write();
  buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);
  read_response();
}

void client_connection::read_response() {
  const std::span room(buffer_.get() + response_size_, buffer_size - response_size_);
  transport_.read_some(room, [self = shared_from_this()](error_code failed, std::size_t size) {
    if (self->phase_ != phase::connecting) return;
    if (failed && self->response_.status != 0) return self->end(error::handshake_refused);
    if (failed) return self->end(failed);
    self->response_size_ += size;
    self->take_response();
  });
}

void client_connection::take_response() {
  constexpr std::string_view head_end = "\r\n\r\n";
  const std::string_view text(buffer_.get(), response_size_);
  const auto found = text.find(head_end);
  const auto head_size = found == std::string_view::npos ? text.size() : found + head_end.size();
  if (head_size > max_head_size) return end(error::handshake_refused);
  if (found == std::string_view::npos) return read_response();
  auto response = parse_response_head(text.substr(0, head_size));
  if (!response) return end(error::handshake_refused);
  if (response->status < 200 && response->status != 101) {
    // An interim response: the final one follows (RFC 9110, section 15.2).
    std::copy(text.begin() + static_cast<std::ptrdiff_t>(head_size), text.end(), buffer_.get());
    response_size_ -= head_size;
    return take_response();
  }
  response_ = std::move(*response);
  if (response_.status != 101) return take_refusal(head_size);
  auto agreed = check_response(response_, options_, key_);
  if (!agreed || !text.starts_with("HTTP/1.1")) return end(error::handshake_refused);
  agreed_ = std::move(*agreed);
  open(head_size);
}

void client_connection::take_refusal(std::size_t head_size) {
  std::size_t length = 0;
  const auto digits = response_.headers["Content-Length"];
  std::from_chars(digits.data(), digits.data() + digits.size(), length);
  length = std::min(length, max_body_size);
  response_.body.assign(buffer_.get() + head_size, std::min(response_size_ - head_size, length));
  if (response_.body.size() == length) return end(error::handshake_refused);
  read_response();
}

void client_connection::open(std::size_t head_size) {
  parser_options options;
  options.masked = false;
  options.max_message_size = options_.max_message_size;
  options.allow_compressed = agreed_.deflate.has_value();
  parser_.emplace(options);
  if (agreed_.deflate) frames_.set_deflate(*agreed_.deflate);
  phase_ = phase::open;
  connected_ = error_code();
  timer_.cancel();
  for (const auto& sent : std::exchange(early_, {})) encode(sent);
  flush();
  input_ = std::span(buffer_.get(), response_size_).subspan(head_size);
  receive();
}

// --- receiving

bool client_connection::has_room() const {
  return ignores_input_ || waiting_bytes_ <= max_waiting_bytes;
}

void client_connection::receive() {
  while (phase_ == phase::open && has_room()) {
    if (ignores_input_) input_ = {};
    if (!input_.empty()) {
      take_frame();
      continue;
    }
    if (std::exchange(receiving_, true)) return;
    const std::span room(buffer_.get(), buffer_size);
    transport_.read_some(room, [self = shared_from_this()](error_code error, std::size_t size) {
      self->receiving_ = false;
      if (error) return self->end(error);
      self->input_ = std::span(self->buffer_.get(), size);
      self->receive();
    });
  }
}

void client_connection::take_frame() {
  switch (parser_->next(input_)) {
    case parse_result::need_more:
    case parse_result::pong:
      break;
    case parse_result::message:
      take_message();
      break;
    case parse_result::ping:
      answer_ping(parser_->text());
      break;
    case parse_result::close:
      received_close_code_ = parser_->received_close_code();
      received_close_reason_ = parser_->text();
      failure_ = asio::error::eof;
      ignores_input_ = true;
      send_close(received_close_code_, {});
      // The server closes the TCP connection first (RFC 6455, section 7.1.1).
      limit_closing();
      break;
    case parse_result::error:
      fail(parser_->error_code(), parser_->error_message());
      break;
  }
}

void client_connection::take_message() {
  message received({}, parser_->binary());
  if (parser_->compressed()) {
    const auto& agreed = *agreed_.deflate;
    if (!inflater_) inflater_.emplace(agreed.server_max_window_bits);
    const auto result =
        inflater_->decompress(parser_->text(), true, options_.max_message_size, received.data);
    if (result == inflate_result::too_big) {
      return fail(close_code::message_too_big, "message too big");
    }
    if (result == inflate_result::corrupt) {
      return fail(close_code::invalid_payload, "message cannot be decompressed");
    }
    if (agreed.server_no_context_takeover) inflater_->reset();
    if (!received.binary && !is_valid_utf8(received.data)) {
      return fail(close_code::invalid_payload, "text is not UTF-8");
    }
  } else {
    received.data = parser_->text();
  }
  waiting_bytes_ += cost_of(received);
  messages_.push_back(std::move(received));
  message_or_end_.cancel();
}

void client_connection::read(std::uint64_t number, read_handler handler) {
  if (reader_) return handler.complete(asio::error::in_progress, {});
  if (phase_ == phase::idle) return handler.complete(asio::error::not_connected, {});
  if (!messages_.empty() || phase_ == phase::ended) return finish_read(handler);
  reader_ = number;
  message_or_end_.async_wait(
      [self = shared_from_this(), handler = std::move(handler)](error_code) mutable {
        self->reader_.reset();
        self->finish_read(handler);
      });
}

void client_connection::finish_read(read_handler& handler) {
  if (std::exchange(read_cancelled_, false)) {
    return handler.complete(asio::error::operation_aborted, {});
  }
  if (messages_.empty()) return handler.complete(end_, {});
  auto received = std::move(messages_.front());
  messages_.pop_front();
  waiting_bytes_ -= cost_of(received);
  receive();
  handler.complete({}, std::move(received));
}

void client_connection::cancel_read(std::uint64_t number) {
  if (reader_ != number) return;
  read_cancelled_ = true;
  message_or_end_.cancel();
}

// --- sending

void client_connection::send(message sent) {
  const auto cost = cost_of(sent);
  if (queued_messages_.fetch_add(cost) + cost + queued_frames_ > options_.max_send_queue) {
    queued_messages_ -= cost;
    return run([](client_connection& self) { self.end(asio::error::no_buffer_space); });
  }
  run([sent = std::move(sent)](client_connection& self) mutable {
    if (self.phase_ == phase::idle || self.phase_ == phase::connecting) {
      self.early_.push_back(std::move(sent));
    } else {
      self.encode(sent);
    }
  });
}

void client_connection::encode(const message& sent) {
  queued_messages_ -= cost_of(sent);
  if (ends_sending_) return;
  frames_.append_message(output_, sent);
  flush_soon();
}

void client_connection::ping(std::string_view payload) {
  if (phase_ != phase::open || ends_sending_) return;
  frames_.append_control(output_, opcode::ping, payload);
  flush_soon();
}

void client_connection::answer_ping(std::string_view payload) {
  if (ends_sending_) return;
  if (output_.size() > max_output_for_pong) {
    // Answer only the most recent ping (RFC 6455, section 5.5.3).
    late_pong_ = payload;
  } else {
    frames_.append_control(output_, opcode::pong, payload);
    flush_soon();
  }
}

// Post it behind the messages on their way to the strand, which then leave in the same write.
void client_connection::flush_soon() {
  queued_frames_ = output_.size() + unwritten_.size();
  if (std::exchange(flushing_soon_, true)) return;
  run([](client_connection& self) {
    self.flushing_soon_ = false;
    self.flush();
  });
}

void client_connection::flush() {
  if (phase_ != phase::open || writing_) return;
  if (late_pong_ && !ends_sending_) frames_.append_control(output_, opcode::pong, *late_pong_);
  late_pong_.reset();
  if (output_.empty()) return;
  // Use two strings in turn, and keep no large one.
  written_.clear();
  if (written_.capacity() > buffer_size) written_.shrink_to_fit();
  written_.swap(output_);
  unwritten_ = written_;
  write();
}

void client_connection::write() {
  writing_ = true;
  transport_.write_some(unwritten_,
                        [self = shared_from_this()](error_code error, std::size_t size) {
                          self->writing_ = false;
                          if (self->phase_ != phase::ended) self->finish_write(error, size);
                        });
}

void client_connection::finish_write(error_code error, std::size_t size) {
  if (error && phase_ == phase::connecting) return end(error);
  if (error) {
    // The client may still read the server's last messages and its close frame.
    if (!failure_) failure_ = error;
    end_sending();
    return limit_closing();
  }
  unwritten_.remove_prefix(size);
  queued_frames_ = output_.size() + unwritten_.size();
  if (ends_sending_) limit_closing();
  if (unwritten_.empty()) {
    flush();
  } else {
    write();
  }
}

void client_connection::end_sending() {
  ends_sending_ = true;
  output_ = {};
  unwritten_ = {};
  queued_frames_ = 0;
}

// --- ending

void client_connection::close(close_code code, std::string_view reason) {
  if (phase_ != phase::open) return end(asio::error::operation_aborted);
  const auto is_valid = is_valid_close_code(static_cast<std::uint16_t>(code));
  send_close(is_valid ? code : close_code::no_status, reason);
}

void client_connection::abandon() {
  if (phase_ != phase::open) return;
  send_close(close_code::normal, {});
  messages_.clear();
  ignores_input_ = true;
  receive();
}

void client_connection::send_close(close_code code, std::string_view reason) {
  if (std::exchange(ends_sending_, true)) return;
  frames_.append_close(output_, code, reason);
  flush_soon();
  limit_closing();
}

void client_connection::fail(close_code code, std::string_view reason) {
  namespace errc = boost::system::errc;
  failure_ = errc::make_error_code(code == close_code::message_too_big ? errc::message_size
                                                                       : errc::protocol_error);
  ignores_input_ = true;
  send_close(code, reason);
}

// Gives the server close_timeout from now on, for the next step of closing.
void client_connection::limit_closing() {
  timer_.expires_after(options_.close_timeout);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    // The timer may have been restarted just after it expired.
    if (!error && self->timer_.expiry() <= steady_clock::now()) self->end(error::timed_out);
  });
}

void client_connection::end(error_code error) {
  if (phase_ == phase::ended) return;
  // The stream ended without a closing handshake.
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) {
    error = asio::error::connection_reset;
  }
  end_ = failure_ ? failure_ : error;
  phase_ = phase::ended;
  if (!connected_) connected_ = end_;
  transport_.close();
  timer_.cancel();
  message_or_end_.cancel();
  input_ = {};
  end_sending();
  for (const auto& sent : std::exchange(early_, {})) queued_messages_ -= cost_of(sent);
}

}  // namespace socketio::websocket::detail
