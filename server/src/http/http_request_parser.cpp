#include "http_request_parser.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>
#include <utility>

#include "line_scanner.hpp"
#include "request_syntax.hpp"

namespace socketio::detail {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t max_chunk_size_digits = 16;  // more exceed 64 bits
constexpr std::size_t max_chunk_extensions = std::size_t{8} * 1024;
constexpr std::uint64_t max_body_reserve = std::uint64_t{64} * 1024;
constexpr std::size_t line_end_size = 2;

std::string_view to_std(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

/// Cuts the input into units (the head; a chunk's header, the last one with the trailers), checks
/// their lines as sent, and passes only whole units to Beast's parser, which would search
/// incomplete ones from the beginning each time, and would normalise what this class has to refuse.
class http_request_parser::state final : public http::basic_parser<true> {
 public:
  state(const http_limits& limits, std::uint64_t body_limit)
      : body_limit_(body_limit),
        max_fields_(limits.max_header_count),
        room_(limits.max_header_size) {
    header_limit(std::numeric_limits<std::uint32_t>::max());
    basic_parser::body_limit(boost::none);
  }

  std::size_t take(std::string_view bytes) {
    std::size_t taken = stage_ == stage::before ? skip_empty_lines(bytes) : 0;
    if (stage_ == stage::head) return taken + take_lines(bytes.substr(taken));
    if (stage_ == stage::body) return take_body(bytes);
    while (taken < bytes.size()) {
      if (stage_ == stage::chunk_header) {
        taken += take_lines(bytes.substr(taken));
      } else if (stage_ == stage::chunk_data) {
        taken += take_chunk_data(bytes.substr(taken));
      } else {
        break;
      }
    }
    return taken;
  }

  void set_body_limit(std::uint64_t bytes) { body_limit_ = bytes; }

  [[nodiscard]] bool idle() const { return stage_ == stage::before; }
  [[nodiscard]] bool head_complete() const { return head_complete_; }
  [[nodiscard]] bool complete() const { return stage_ == stage::complete; }
  [[nodiscard]] unsigned error_status() const { return status_; }
  [[nodiscard]] bool has_body() const { return head_complete_ && has_body_; }
  [[nodiscard]] bool expects_continue() const {
    return has_body() && status_ == 0 && expects_continue_ && !body_begun_;
  }
  [[nodiscard]] bool keeps_alive() const { return head_complete_ && status_ == 0 && keep_alive_; }
  [[nodiscard]] http_request& request() { return request_; }

 private:
  enum class stage { before, head, body, chunk_header, chunk_data, complete, failed };

  void fail(unsigned status) {
    status_ = status;
    stage_ = stage::failed;
    held_ = {};
  }

  /// Ignores empty lines before the request line (RFC 9112, section 2.2).
  std::size_t skip_empty_lines(std::string_view bytes) {
    for (std::size_t position = 0; position < bytes.size(); ++position) {
      const char c = bytes[position];
      if (after_carriage_return_ ? c != '\n' : c == '\n') {
        fail(400);
      } else if (c != '\r' && c != '\n') {
        stage_ = stage::head;
      } else if (room_ == 0 || --room_ == 0) {
        fail(431);
      }
      if (stage_ != stage::before) return position;
      after_carriage_return_ = c == '\r';
    }
    return bytes.size();
  }

  /// Takes lines until the unit is complete; keeps an incomplete one in `held_`.
  std::size_t take_lines(std::string_view bytes) {
    const auto held_before = held_.size();
    std::string_view unit = bytes;
    if (held_before != 0) unit = held_.append(bytes);
    while (scanned_ < unit.size()) {
      const auto before = scanned_;
      const auto found =
          lines_.next(unit.substr(0, std::min(unit.size(), scanned_ + room_)), scanned_);
      room_ -= scanned_ - before;
      if (found == line_scanner::result::malformed) {
        fail(400);
      } else if (found == line_scanner::result::line) {
        const auto line = unit.substr(line_start_, scanned_ - line_end_size - line_start_);
        line_start_ = scanned_;
        if (stage_ == stage::head ? end_head_line(line) : end_chunk_line(line)) {
          return finish_unit(unit.substr(0, scanned_)) - held_before;
        }
      }
      if (stage_ != stage::failed && room_ == 0) fail(too_long_status());
      if (stage_ == stage::failed) return bytes.size();
    }
    if (held_before == 0) held_ = bytes;
    return bytes.size();
  }

  /// Checks a line of the head. Returns whether it was the last.
  bool end_head_line(std::string_view line) {
    if (!std::exchange(request_line_seen_, true)) {
      if (const auto status = check_request_line(line); status != 0) fail(status);
      return false;
    }
    return end_field_line(line);
  }

  /// Checks a line between the data of two chunks, or after the last. Returns whether it was the
  /// last.
  bool end_chunk_line(std::string_view line) {
    switch (next_chunk_line_) {
      case chunk_line::end_of_data:
        // There is room only for the end of a line.
        next_chunk_line_ = chunk_line::size;
        room_ = size_line_room();
        return false;
      case chunk_line::size:
        return end_size_line(line);
      case chunk_line::trailer:
        break;
    }
    return end_field_line(line);
  }

  bool end_field_line(std::string_view line) {
    if (line.empty()) return true;
    if (fields_++ == max_fields_) fail(431);
    return false;
  }

  bool end_size_line(std::string_view line) {
    const auto digits_end = std::find_if_not(line.begin(), line.end(), is_hex_digit);
    const auto digits = static_cast<std::size_t>(digits_end - line.begin());
    const auto extensions = line.size() - digits;
    if (digits == 0 || digits > max_chunk_size_digits || extensions > extension_room_) {
      fail(400);
      return false;
    }
    extension_room_ -= extensions;
    if (std::any_of(line.begin(), digits_end, [](char c) { return c != '0'; })) return true;
    next_chunk_line_ = chunk_line::trailer;
    room_ = field_room_ + line_end_size;
    return false;
  }

  [[nodiscard]] std::size_t size_line_room() const {
    return max_chunk_size_digits + extension_room_ + line_end_size;
  }

  [[nodiscard]] unsigned too_long_status() const {
    return stage_ == stage::head || next_chunk_line_ == chunk_line::trailer ? 431 : 400;
  }

  /// Passes a complete unit to Beast; returns its size.
  std::size_t finish_unit(std::string_view unit) {
    const auto size = unit.size();
    const bool understood = give_to_beast(unit) == size && status_ == 0;
    if (!understood) {
      if (status_ == 0) fail(400);
    } else if (stage_ == stage::head) {
      finish_head();
    } else if (next_chunk_line_ == chunk_line::trailer) {
      stage_ = stage::complete;
    } else {
      stage_ = stage::chunk_data;
    }
    held_ = {};
    scanned_ = 0;
    line_start_ = 0;
    return size;
  }

  std::size_t give_to_beast(std::string_view bytes) {
    error_code error;
    const auto used = put(boost::asio::buffer(bytes), error);
    if (error) fail(error == http::error::body_limit ? 413 : 400);
    return used;
  }

  void finish_head() {
    if (const auto status = check_fields(); status != 0) return fail(status);
    if (const auto absolute = split_absolute(request_.target)) {
      request_.headers.set("Host", absolute->authority);
      std::string reduced(absolute->path_and_query);
      if (!reduced.starts_with('/')) reduced.insert(0, 1, '/');
      request_.target = std::move(reduced);
    }
    const auto& headers = request_.headers;
    keep_alive_ = !headers.has_token("Connection", "close") &&
                  (request_.version == 11 || headers.has_token("Connection", "keep-alive"));
    // RFC 9110, section 10.1.1: an HTTP/1.0 client does not wait.
    expects_continue_ = expectations_ != 0 && request_.version == 11;
    has_body_ = !is_done();
    field_room_ = room_;
    room_ = size_line_room();
    head_complete_ = true;
    stage_ = is_done() ? stage::complete : chunked() ? stage::chunk_header : stage::body;
  }

  /// Refuses what Beast accepts and no server may (RFC 9112, sections 3.2 and 6).
  [[nodiscard]] unsigned check_fields() const {
    const auto& headers = request_.headers;
    if (hosts_ > 1 || (hosts_ == 0 && request_.version == 11)) return 400;
    if (!is_authority(headers["Host"])) return 400;
    if (transfer_encodings_ != 0) {
      if (transfer_encodings_ > 1 || content_lengths_ != 0 || request_.version == 10) return 400;
      const auto status = check_transfer_encoding(headers["Transfer-Encoding"]);
      if (status != 0) return status;
    }
    if (content_lengths_ > 1) return 400;
    if (content_lengths_ == 1) {
      const auto length = headers["Content-Length"];
      if (length.empty() || !std::all_of(length.begin(), length.end(), is_decimal_digit))
        return 400;
    }
    return unknown_expectation_ ? 417 : 0;
  }

  std::size_t take_body(std::string_view bytes) {
    if (*content_length() > body_limit_) {
      fail(413);
      return 0;
    }
    if (bytes.empty()) return 0;
    const auto used = give_to_beast(bytes);
    if (is_done()) stage_ = stage::complete;
    return used;
  }

  std::size_t take_chunk_data(std::string_view bytes) {
    const auto used = give_to_beast(bytes);
    chunk_remaining_ -= used;
    if (chunk_remaining_ == 0) {
      stage_ = stage::chunk_header;
      next_chunk_line_ = chunk_line::end_of_data;
      room_ = line_end_size;
    }
    return used;
  }

  // Beast's callbacks.

  void on_request_impl(http::verb, boost::beast::string_view method,
                       boost::beast::string_view target, int version, error_code&) override {
    request_.method = to_std(method);
    request_.target = to_std(target);
    request_.version = static_cast<unsigned>(version);
  }

  void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}

  void on_field_impl(http::field field, boost::beast::string_view name,
                     boost::beast::string_view value, error_code&) override {
    if (head_complete_) return;  // a trailer: not merged (RFC 9110, section 6.5.1)
    if (field == http::field::host) ++hosts_;
    if (field == http::field::content_length) ++content_lengths_;
    if (field == http::field::transfer_encoding) ++transfer_encodings_;
    if (field == http::field::expect) {
      ++expectations_;
      if (!equals_ignoring_case(to_std(value), "100-continue")) unknown_expectation_ = true;
    }
    request_.headers.append(to_std(name), to_std(value));
  }

  void on_header_impl(error_code&) override {}

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    body_begun_ = true;
    // A declared length costs the peer nothing, so it must not make the server allocate.
    if (length) {
      request_.body.reserve(static_cast<std::size_t>(std::min(*length, max_body_reserve)));
    }
  }

  std::size_t on_body_impl(boost::beast::string_view body, error_code&) override {
    request_.body.append(to_std(body));
    return body.size();
  }

  void on_chunk_header_impl(std::uint64_t size, boost::beast::string_view,
                            error_code& error) override {
    if (body_received_ > body_limit_ || size > body_limit_ - body_received_) {
      error = http::error::body_limit;
      return;
    }
    body_received_ += size;
    chunk_remaining_ = size;
  }

  std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view body,
                                 error_code&) override {
    request_.body.append(to_std(body));
    return body.size();
  }

  void on_finish_impl(error_code&) override {}

  enum class chunk_line { size, end_of_data, trailer };

  http_request request_;
  std::string held_;  // an incomplete unit
  std::size_t scanned_ = 0;
  std::size_t line_start_ = 0;
  std::uint64_t body_limit_;
  std::uint64_t body_received_ = 0;  // bytes of a chunked body, including the whole current chunk
  std::uint64_t chunk_remaining_ = 0;
  std::size_t max_fields_;
  std::size_t fields_ = 0;
  std::size_t room_;            // bytes left for the current lines
  std::size_t field_room_ = 0;  // bytes that the head left for trailers
  std::size_t extension_room_ = max_chunk_extensions;
  std::size_t hosts_ = 0;
  std::size_t content_lengths_ = 0;
  std::size_t transfer_encodings_ = 0;
  std::size_t expectations_ = 0;
  unsigned status_ = 0;
  stage stage_ = stage::before;
  chunk_line next_chunk_line_ = chunk_line::size;
  line_scanner lines_;
  bool after_carriage_return_ = false;  // in an empty line before the request
  bool request_line_seen_ = false;
  bool unknown_expectation_ = false;
  bool head_complete_ = false;
  bool has_body_ = false;
  bool body_begun_ = false;
  bool expects_continue_ = false;
  bool keep_alive_ = false;
};

http_request_parser::http_request_parser(const http_limits& limits) : limits_(limits) {}
http_request_parser::~http_request_parser() = default;
http_request_parser::http_request_parser(http_request_parser&&) noexcept = default;
http_request_parser& http_request_parser::operator=(http_request_parser&&) noexcept = default;

http_request_parser::state& http_request_parser::started() {
  if (!state_) state_ = std::make_unique<state>(limits_, body_limit_);
  return *state_;
}

std::size_t http_request_parser::put(std::string_view bytes) {
  return bytes.empty() && !state_ ? 0 : started().take(bytes);
}

bool http_request_parser::idle() const {
  return !state_ || state_->idle();
}

bool http_request_parser::head_complete() const {
  return state_ && state_->head_complete();
}

bool http_request_parser::complete() const {
  return state_ && state_->complete();
}

unsigned http_request_parser::error_status() const {
  return state_ ? state_->error_status() : 0;
}

void http_request_parser::set_body_limit(std::uint64_t bytes) {
  body_limit_ = bytes;
  if (state_) state_->set_body_limit(bytes);
}

bool http_request_parser::expects_continue() const {
  return state_ && state_->expects_continue();
}

bool http_request_parser::keep_alive() const {
  return state_ && state_->keeps_alive();
}

bool http_request_parser::has_body() const {
  return state_ && state_->has_body();
}

http_request& http_request_parser::request() {
  return started().request();
}

}  // namespace socketio::detail
