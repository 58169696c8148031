#include "http_codec.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

namespace socketio {
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

bool is_decimal_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_hex_digit(char c) {
  return is_decimal_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/// Whether a field's value may have that byte: any except controls, also those above ASCII.
constexpr bool is_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

/// The number of leading bytes that are text other than tabs. Checks eight at a time.
std::size_t text_prefix(std::string_view bytes) {
  constexpr std::uint64_t each = 0x0101010101010101;
  constexpr std::uint64_t high_bits = each * 0x80;
  std::size_t size = 0;
  for (; bytes.size() - size >= sizeof(std::uint64_t); size += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + size, sizeof(word));
    const auto below_blank = (word - each * 0x20) & ~word;
    const auto no_delete = word ^ (each * 0x7f);
    const auto is_delete = (no_delete - each) & ~no_delete;
    if (((below_blank | is_delete) & high_bits) != 0) break;
  }
  while (size < bytes.size() && bytes[size] != '\t' && is_text(bytes[size])) ++size;
  return size;
}

/// Whether all bytes may stand in a field's value.
bool is_text(std::string_view bytes) {
  return std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(text_prefix(bytes)), bytes.end(),
                     [](char c) { return is_text(c); });
}

/// Whether a request target may have that byte. Characters such as `|` and `"`, which have to be
/// percent-encoded but which browsers send as they are, pass; a fragment does not.
bool is_target_character(char c) {
  return c > 0x20 && c < 0x7f && c != '#';
}

/// Whether the text is `uri-host [":" port]` (RFC 9110, section 7.2), by its characters.
bool is_authority(std::string_view text) {
  constexpr std::string_view symbols = "-._~!$&'()*+,;=:[]%";
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_decimal_digit(c) || is_letter(c) || symbols.find(c) != std::string_view::npos;
  });
}

bool is_version(std::string_view text) {
  return text.size() == 8 && text.starts_with("HTTP/") && is_decimal_digit(text[5]) &&
         text[6] == '.' && is_decimal_digit(text[7]);
}

/// A target in absolute form, cut at the end of its authority.
struct absolute_target {
  std::string_view authority;
  std::string_view path_and_query;
};

std::optional<absolute_target> split_absolute(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equals_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const auto authority = target.substr(0, target.find_first_of("/?"));
    if (authority.empty() || !is_authority(authority)) return std::nullopt;
    return absolute_target{authority, target.substr(authority.size())};
  }
  return std::nullopt;
}

/// The status that refuses a request line, or 0.
unsigned check_request_line(std::string_view line) {
  const auto method_end = line.find(' ');
  const auto target_end = line.rfind(' ');
  if (method_end == target_end) return 400;
  const auto method = line.substr(0, method_end);
  const auto target = line.substr(method_end + 1, target_end - method_end - 1);
  const auto version = line.substr(target_end + 1);
  if (!is_token(method) || !is_version(version)) return 400;
  if (!std::all_of(target.begin(), target.end(), is_target_character)) return 400;
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return 505;
  if (method == "CONNECT") return 400;
  const bool known_form = target.starts_with('/') || (target == "*" && method == "OPTIONS") ||
                          split_absolute(target).has_value();
  return known_form ? 0 : 400;
}

/// The status that refuses a Transfer-Encoding, or 0.
unsigned check_transfer_encoding(std::string_view value) {
  if (equals_ignoring_case(value, "chunked")) return 0;
  bool after_chunked = false;
  while (true) {
    const auto comma = value.find(',');
    auto coding = value.substr(0, comma);
    coding.remove_prefix(std::min(coding.find_first_not_of(" \t"), coding.size()));
    coding = coding.substr(0, coding.find_last_not_of(" \t") + 1);
    // Recipients disagree about the end of a body whose last coding is not chunked.
    if (after_chunked || !is_token(coding)) return 400;
    after_chunked = equals_ignoring_case(coding, "chunked");
    if (comma == std::string_view::npos) return 501;
    value.remove_prefix(comma + 1);
  }
}

}  // namespace

/// Finds the ends of lines byte by byte, so that any split gives the same lines. Refuses what a
/// lenient recipient may accept as the end of a line: a bare CR or LF, and a line that continues
/// the previous one (obs-fold); also refuses controls.
class line_scanner {
 public:
  enum class result { more, line, malformed };

  /// Checks the bytes from `position` to the end of the line, or to the last byte.
  result next(std::string_view bytes, std::size_t& position) {
    while (position < bytes.size()) {
      const char c = bytes[position++];
      if (after_carriage_return_) {
        if (c != '\n') return result::malformed;
        *this = {};
        return result::line;
      }
      if (c == '\r') {
        after_carriage_return_ = true;
      } else if (!is_text(c) || (at_start_ && (c == ' ' || c == '\t'))) {
        return result::malformed;
      }
      at_start_ = false;
      if (!after_carriage_return_) position += text_prefix(bytes.substr(position));
    }
    return result::more;
  }

 private:
  bool after_carriage_return_ = false;
  bool at_start_ = true;
};

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

namespace {

void append_number(std::string& text, std::uint64_t number) {
  std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append(digits.data(), end);
}

using date_array = std::array<char, 29>;

/// A date in the format of http_date().
date_array date_text(std::chrono::system_clock::time_point time) {
  constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed",
                                                    "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));

  constexpr std::string_view form = "Sun, 00 Jan 0000 00:00:00 GMT";
  date_array text{};
  form.copy(text.data(), text.size());
  const auto put_two_digits = [&text](std::size_t position, auto number) {
    const auto value = static_cast<unsigned>(number);
    text[position] = static_cast<char>('0' + value / 10 % 10);
    text[position + 1] = static_cast<char>('0' + value % 10);
  };
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  days[std::chrono::weekday(day).c_encoding()].copy(text.data(), 3);
  put_two_digits(5, static_cast<unsigned>(date.day()));
  months[static_cast<unsigned>(date.month()) - 1].copy(text.data() + 8, 3);
  put_two_digits(12, year / 100);
  put_two_digits(14, year % 100);
  put_two_digits(17, clock.hours().count());
  put_two_digits(20, clock.minutes().count());
  put_two_digits(23, clock.seconds().count());
  return text;
}

bool is_safe_field(std::string_view name, std::string_view value) {
  return is_token(name) && is_text(value);
}

}  // namespace

bool may_have_body(unsigned status) {
  return status >= 200 && status != 204 && status != 304;
}

std::string serialize_response(const http_response& response, unsigned version, bool keep_alive,
                               bool head) {
  const auto status = response.status >= 100 && response.status <= 999 ? response.status : 500;
  const bool informational = status < 200;
  const bool bodiless = !may_have_body(status);
  const auto& headers = response.headers;
  bool announce_close = !informational && !keep_alive && !headers.has_token("Connection", "close");
  bool has_connection = false;
  bool has_date = false;

  std::size_t size = 160;  // the status line and the added fields
  for (const auto& [name, value] : headers) {
    size += name.size() + value.size() + 4;
  }
  std::string message;
  message.reserve(size + response.body.size());

  message.append("HTTP/1.1 ");
  append_number(message, status);
  message.append(" ").append(reason_phrase(status)).append("\r\n");
  for (const auto& [name, value] : headers) {
    if (!is_safe_field(name, value) || equals_ignoring_case(name, "Content-Length") ||
        equals_ignoring_case(name, "Transfer-Encoding")) {
      continue;
    }
    message.append(name).append(": ").append(value);
    if (equals_ignoring_case(name, "Date")) has_date = true;
    if (equals_ignoring_case(name, "Connection")) {
      has_connection = true;
      if (std::exchange(announce_close, false)) message.append(value.empty() ? "close" : ", close");
    }
    message.append("\r\n");
  }
  if (!informational && !has_date) {
    const auto date = date_text(std::chrono::system_clock::now());
    message.append("Date: ").append(date.data(), date.size()).append("\r\n");
  }
  if (announce_close) {
    message.append("Connection: close\r\n");
  } else if (!informational && keep_alive && version == 10 && !has_connection) {
    message.append("Connection: keep-alive\r\n");
  }
  if (!bodiless) {
    message.append("Content-Length: ");
    append_number(message, response.source ? response.source->size() : response.body.size());
    message.append("\r\n");
  }
  message.append("\r\n");
  if (!bodiless && !head && !response.source) message.append(response.body);
  return message;
}

std::string http_date(std::chrono::system_clock::time_point time) {
  const auto text = date_text(time);
  return {text.data(), text.size()};
}

}  // namespace socketio
