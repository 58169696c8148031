#include <socketio/protocol/multipart.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "text.hpp"

namespace socketio {
namespace {

constexpr std::string_view hyphens = "--";
constexpr std::size_t max_boundary_size = 70;
// More than browsers send; bounded, because each is compared with all before it.
constexpr std::size_t max_parameters = 16;

using parameters = std::vector<std::pair<std::string_view, std::string>>;

bool is_blank(char c) {
  return detail::blanks.find(c) != std::string_view::npos;
}

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(detail::blanks), text.size()));
}

// RFC 2046, section 5.1.1.
bool is_boundary(std::string_view text) {
  constexpr std::string_view symbols = "'()+_,-./:=? ";
  const auto is_allowed = [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           symbols.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= max_boundary_size && !text.ends_with(' ') &&
         std::all_of(text.begin(), text.end(), is_allowed);
}

// Takes a quoted string, after its opening quotation mark, from the front of the text; nothing if
// the closing one is missing.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string value;
  while (!text.empty()) {
    const auto plain = std::min(text.find_first_of("\"\\"), text.size());
    value.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const bool ended = text.front() == '"';
    // Old browsers send whole paths and do not escape their backslashes.
    if (!ended && text.size() > 1 && (text[1] == '"' || text[1] == '\\')) text.remove_prefix(1);
    if (!ended) value.push_back(text.front());
    text.remove_prefix(1);
    if (ended) return value;
  }
  return std::nullopt;
}

// Parses the parameters that follow a value (RFC 9110, section 5.6.6); nothing if they are
// malformed. Unquoted values may have other characters than tokens, as boundaries do.
std::optional<parameters> parse_parameters(std::string_view text) {
  parameters found;
  skip_blanks(text);
  while (!text.empty()) {
    if (text.front() != ';') return std::nullopt;
    text.remove_prefix(1);
    skip_blanks(text);
    if (text.empty() || text.front() == ';') continue;
    const auto equals = text.find('=');
    const auto name = text.substr(0, equals);
    if (equals == std::string_view::npos || !is_token(name)) return std::nullopt;
    const auto is_same = [name](const auto& known) {
      return equals_ignoring_case(known.first, name);
    };
    if (found.size() == max_parameters || std::any_of(found.begin(), found.end(), is_same)) {
      return std::nullopt;
    }
    text.remove_prefix(equals + 1);
    if (text.starts_with('"')) {
      text.remove_prefix(1);
      auto value = take_quoted(text);
      if (!value) return std::nullopt;
      found.emplace_back(name, *std::move(value));
    } else {
      const auto value = text.substr(0, text.find_first_of("; \t\""));
      if (value.empty()) return std::nullopt;
      text.remove_prefix(value.size());
      found.emplace_back(name, value);
    }
    skip_blanks(text);
  }
  return found;
}

std::optional<std::string> take_parameter(parameters& all, std::string_view name) {
  for (auto& [known, value] : all) {
    if (equals_ignoring_case(known, name)) return std::move(value);
  }
  return std::nullopt;
}

// Decodes the three escapes that browsers use in names. This is not percent encoding: browsers
// leave percent signs as they are.
std::string decode_name(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 3> escapes = {
      {{"%22", '"'}, {"%0D", '\r'}, {"%0A", '\n'}}};
  std::string name;
  name.reserve(text.size());
  while (!text.empty()) {
    const auto known = std::find_if(escapes.begin(), escapes.end(), [text](const auto& escape) {
      return text.starts_with(escape.first);
    });
    name.push_back(known != escapes.end() ? known->second : text.front());
    text.remove_prefix(known != escapes.end() ? known->first.size() : 1);
  }
  return name;
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
}

}  // namespace

std::optional<std::string> multipart_boundary(std::string_view content_type) {
  const auto semicolon = std::min(content_type.find(';'), content_type.size());
  if (!equals_ignoring_case(detail::trim(content_type.substr(0, semicolon)),
                            "multipart/form-data")) {
    return std::nullopt;
  }
  auto found = parse_parameters(content_type.substr(semicolon));
  if (!found) return std::nullopt;
  auto boundary = take_parameter(*found, "boundary");
  return boundary && is_boundary(*boundary) ? boundary : std::nullopt;
}

multipart_parser::multipart_parser(std::string_view boundary, multipart_handler& handler,
                                   const multipart_limits& limits)
    : handler_(&handler), limits_(limits) {
  if (!is_boundary(boundary)) {
    throw std::invalid_argument("a multipart boundary has 1 to 70 characters of RFC 2046's set");
  }
  delimiter_.append(detail::line_end).append(hyphens).append(boundary);
  shifts_.fill(static_cast<std::uint8_t>(delimiter_.size()));
  for (std::size_t i = 0; i + 1 < delimiter_.size(); ++i) {
    shifts_[static_cast<unsigned char>(delimiter_[i])] =
        static_cast<std::uint8_t>(delimiter_.size() - 1 - i);
  }
  begin_content();
}

bool multipart_parser::put(std::string_view bytes) {
  while (!bytes.empty() && error_ == multipart_error::none && stage_ != stage::epilogue) {
    switch (stage_) {
      case stage::content:
        read_content(bytes);
        break;
      case stage::boundary_end:
        read_boundary_end(bytes);
        break;
      case stage::head:
        read_head(bytes);
        break;
      case stage::epilogue:
        break;
    }
  }
  return error_ == multipart_error::none;
}

void multipart_parser::fail(multipart_error error, std::string_view message) {
  error_ = error;
  error_message_ = message;
}

// The end of a part's head, or the beginning of the input, counts as the line end that a delimiter
// begins with.
void multipart_parser::begin_content() {
  stage_ = stage::content;
  matched_ = detail::line_end.size();
  implied_ = detail::line_end.size();
}

// The parser does not store a partial delimiter: matched_ says how much of delimiter_ has arrived.
void multipart_parser::read_content(std::string_view& bytes) {
  if (matched_ != 0 && continue_delimiter(bytes)) return;
  const auto position = find_delimiter(bytes);
  hand_out(bytes.substr(0, position));
  bytes.remove_prefix(position);
  if (!bytes.empty()) continue_delimiter(bytes);
}

// Returns the position of a delimiter, or of a partial one at the end of the bytes, or else their
// size. Horspool's algorithm; it is linear here, because a delimiter's only carriage return is its
// first byte, so that candidates do not overlap.
std::size_t multipart_parser::find_delimiter(std::string_view bytes) const {
  const auto last = delimiter_.size() - 1;
  std::size_t position = 0;
  while (position + last < bytes.size()) {
    const char end = bytes[position + last];
    if (end == delimiter_.back() && bytes[position] == delimiter_.front() &&
        bytes.substr(position, delimiter_.size()) == delimiter_) {
      return position;
    }
    position += shifts_[static_cast<unsigned char>(end)];
  }
  position = std::min(bytes.substr(position).rfind('\r'), bytes.size() - position) + position;
  return delimiter_.starts_with(bytes.substr(position)) ? position : bytes.size();
}

// Goes on matching the delimiter. Returns false if the bytes turn out to be content.
bool multipart_parser::continue_delimiter(std::string_view& bytes) {
  const auto rest = std::string_view(delimiter_).substr(matched_);
  const auto [end, other] = std::mismatch(bytes.begin(), bytes.end(), rest.begin(), rest.end());
  const auto size = static_cast<std::size_t>(end - bytes.begin());
  bytes.remove_prefix(size);
  matched_ += size;
  if (matched_ == delimiter_.size()) {
    matched_ = 0;
    implied_ = 0;
    boundary_end_ = 0;
    stage_ = stage::boundary_end;
    return true;
  }
  if (bytes.empty()) return true;
  hand_out(std::string_view(delimiter_).substr(implied_, matched_ - implied_));
  matched_ = 0;
  implied_ = 0;
  return error_ != multipart_error::none;
}

void multipart_parser::hand_out(std::string_view content) {
  if (!in_part_ || content.empty() || error_ != multipart_error::none) return;
  if (!handler_->handle_data(content)) fail(multipart_error::refused, "refused");
}

void multipart_parser::read_boundary_end(std::string_view& bytes) {
  const char next = bytes.front();
  bytes.remove_prefix(1);
  if (boundary_end_ == '\r' && next == '\n') {
    end_part();
    begin_head();
  } else if (boundary_end_ == '-' && next == '-') {
    end_part();
    if (error_ == multipart_error::none) stage_ = stage::epilogue;
  } else if (boundary_end_ != '\r' && boundary_end_ != '-' &&
             (is_blank(next) || next == '\r' || (next == '-' && boundary_end_ == 0))) {
    boundary_end_ = next;
  } else {
    fail(multipart_error::malformed, "a boundary is not followed by a line end");
  }
}

void multipart_parser::end_part() {
  if (!std::exchange(in_part_, false)) return;
  if (!handler_->handle_part_end()) fail(multipart_error::refused, "refused");
}

void multipart_parser::begin_head() {
  if (error_ != multipart_error::none) return;
  if (parts_ == limits_.max_parts) {
    return fail(multipart_error::too_many_parts, "there are too many parts");
  }
  ++parts_;
  stage_ = stage::head;
}

void multipart_parser::read_head(std::string_view& bytes) {
  const auto end = std::min(bytes.find('\n'), bytes.size() - 1);
  const auto piece = bytes.substr(0, end + 1);
  bytes.remove_prefix(piece.size());
  // Checked first, so that the verdict does not depend on where the input was split.
  if (piece.size() > limits_.max_header_size - head_size_) {
    return fail(multipart_error::header_too_large, "the fields of a part are too long");
  }
  head_size_ += piece.size();
  line_.append(piece);
  if (!piece.ends_with('\n')) return;
  if (!line_.ends_with(detail::line_end)) {
    return fail(multipart_error::malformed, "a field of a part does not end with CR LF");
  }
  line_.resize(line_.size() - detail::line_end.size());
  if (line_.empty()) {
    end_head();
  } else {
    read_field(line_);
    line_.clear();
  }
}

void multipart_parser::read_field(std::string_view line) {
  if (headers_.size() == limits_.max_header_count) {
    return fail(multipart_error::header_too_large, "a part has too many fields");
  }
  if (is_blank(line.front())) {
    return fail(multipart_error::malformed, "a field of a part is folded");
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)) ||
      std::any_of(line.begin(), line.end(), is_control)) {
    return fail(multipart_error::malformed, "a field of a part is malformed");
  }
  headers_.append(line.substr(0, colon), detail::trim(line.substr(colon + 1)));
}

void multipart_parser::end_head() {
  part_head head;
  head.headers = std::exchange(headers_, {});
  head_size_ = 0;
  if (head.headers.count("Content-Disposition") != 1) {
    return fail(multipart_error::malformed, "a part needs exactly one Content-Disposition");
  }
  const auto disposition = head.headers["Content-Disposition"];
  const auto semicolon = std::min(disposition.find(';'), disposition.size());
  if (!equals_ignoring_case(detail::trim(disposition.substr(0, semicolon)), "form-data")) {
    return fail(multipart_error::malformed, "a part's Content-Disposition is not form-data");
  }
  auto found = parse_parameters(disposition.substr(semicolon));
  if (!found) {
    return fail(multipart_error::malformed, "a part's Content-Disposition is malformed");
  }
  const auto name = take_parameter(*found, "name");
  if (!name) return fail(multipart_error::malformed, "a part has no name");
  head.name = decode_name(*name);
  if (const auto filename = take_parameter(*found, "filename")) {
    head.filename = decode_name(*filename);
  }
  head.content_type = head.headers.find("Content-Type").value_or("text/plain");
  in_part_ = true;
  begin_content();
  if (!handler_->handle_part(std::move(head))) fail(multipart_error::refused, "refused");
}

std::vector<std::pair<std::string, std::string>> parse_form_urlencoded(std::string_view body) {
  const auto decode = [](std::string_view text) {
    std::string spaced(text);
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    return percent_decode(spaced);
  };
  std::vector<std::pair<std::string, std::string>> fields;
  while (!body.empty()) {
    const auto pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(pair.size() + 1, body.size()));
    if (pair.empty()) continue;
    const auto name = pair.substr(0, pair.find('='));
    const auto value = pair.substr(std::min(name.size() + 1, pair.size()));
    fields.emplace_back(decode(name), decode(value));
  }
  return fields;
}

}  // namespace socketio
