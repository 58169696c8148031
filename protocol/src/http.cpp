#include <socketio/protocol/http.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>

#include "encoded_size.hpp"
#include "text.hpp"

namespace socketio {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      decoded.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else {
      decoded.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return decoded;
}

// The first block of memory for fields; those of most messages fit into it.
constexpr std::size_t first_fields_size = 256;

// The characters of a token (RFC 9110, section 5.6.2).
constexpr auto token_characters = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

}  // namespace

bool equals_ignoring_case(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return token_characters[static_cast<unsigned char>(c)];
  });
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
        c == '.' || c == '_' || c == '~') {
      encoded.push_back(c);
    } else {
      encoded += {'%', digits[byte >> 4U], digits[byte & 0xFU]};
    }
  }
  return encoded;
}

std::string percent_decode(std::string_view text) {
  return decode(text, false);
}

// --- Fields

void http_fields_view::iterator::read() {
  if (left_.empty()) {
    size_ = 0;
    field_ = {};
    return;
  }
  const auto* position = left_.data();
  const auto name_size = detail::take_size(position);
  const auto value_size = detail::take_size(position);
  field_ = {{position, name_size}, {position + name_size, value_size}};
  size_ = static_cast<std::size_t>(position - left_.data()) + name_size + value_size;
}

http_fields_view::iterator http_fields_view::begin() const {
  return iterator(encoded_);
}

http_fields_view::iterator http_fields_view::end() const {
  return {};
}

std::optional<std::string_view> http_fields_view::find(std::string_view name) const {
  for (const auto& [key, value] : *this) {
    if (equals_ignoring_case(key, name)) return value;
  }
  return std::nullopt;
}

std::string_view http_fields_view::operator[](std::string_view name) const {
  return find(name).value_or(std::string_view{});
}

std::size_t http_fields_view::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      begin(), end(), [&](const field& each) { return equals_ignoring_case(each.first, name); }));
}

bool http_fields_view::has_token(std::string_view name, std::string_view token) const {
  for (auto [key, list] : *this) {
    if (!equals_ignoring_case(key, name)) continue;
    while (true) {
      const auto comma = list.find(',');
      if (equals_ignoring_case(detail::trim(list.substr(0, comma)), token)) return true;
      if (comma == std::string_view::npos) break;
      list.remove_prefix(comma + 1);
    }
  }
  return false;
}

std::size_t http_fields_view::size() const {
  return static_cast<std::size_t>(std::distance(begin(), end()));
}

http_fields_view::field http_fields_view::at(std::size_t position) const {
  for (const auto& each : *this) {
    if (position-- == 0) return each;
  }
  throw std::out_of_range("http_fields::at(): there are fewer fields");
}

http_fields::http_fields(std::initializer_list<field> fields) {
  for (const auto& [name, value] : fields) append(name, value);
}

void http_fields::append(std::string_view name, std::string_view value) {
  const auto size = encoded_.size() + name.size() + value.size() + 2 * detail::max_encoded_size;
  if (size > encoded_.capacity()) encoded_.reserve(std::max(2 * size, first_fields_size));
  detail::append_size(encoded_, name.size());
  detail::append_size(encoded_, value.size());
  encoded_.append(name).append(value);
}

void http_fields::set(std::string_view name, std::string_view value) {
  erase(name);
  append(name, value);
}

void http_fields::erase(std::string_view name) {
  if (!find(name)) return;
  http_fields kept;
  for (const auto& [key, value] : *this) {
    if (!equals_ignoring_case(key, name)) kept.append(key, value);
  }
  *this = std::move(kept);
}

// --- Requests and responses

std::string_view http_request::path() const {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string_view http_request::query() const {
  const auto mark = target.find('?');
  return mark == std::string::npos ? std::string_view{} : std::string_view(target).substr(mark + 1);
}

http_response::http_response(unsigned code, std::string_view content_type, std::string content)
    : status(code), body(std::move(content)) {
  if (!content_type.empty()) headers.append("Content-Type", content_type);
}

http_response http_response::redirect(std::string_view location, unsigned code) {
  http_response response(code);
  response.headers.append("Location", location);
  return response;
}

query_parameters::query_parameters(std::string_view query) {
  std::map<std::string, std::size_t, std::less<>> positions;
  while (!query.empty()) {
    const auto ampersand = query.find('&');
    const auto pair = query.substr(0, ampersand);
    query.remove_prefix(ampersand == std::string_view::npos ? query.size() : ampersand + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = decode(pair.substr(0, equals), true);
    auto value =
        equals == std::string_view::npos ? std::string{} : decode(pair.substr(equals + 1), true);
    const auto [known, inserted] = positions.try_emplace(name, parameters_.size());
    if (inserted) {
      parameters_.emplace_back(std::move(name), std::move(value));
    } else {
      parameters_[known->second].second = std::move(value);
    }
  }
}

std::optional<std::string_view> query_parameters::find(std::string_view name) const {
  for (const auto& [key, value] : parameters_) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::string_view query_parameters::operator[](std::string_view name) const {
  return find(name).value_or(std::string_view{});
}

query_parameter::query_parameter(std::string_view query, std::string_view name) {
  const bool has_escapes =
      query.find('%') != std::string_view::npos || query.find('+') != std::string_view::npos;
  while (!query.empty()) {
    const auto ampersand = query.find('&');
    const auto pair = query.substr(0, ampersand);
    query.remove_prefix(ampersand == std::string_view::npos ? query.size() : ampersand + 1);
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    const auto key = pair.substr(0, equals);
    if (has_escapes ? decode(key, true) != name : key != name) continue;
    text_ = pair.substr(std::min(equals + 1, pair.size()));
  }
  if (text_ && has_escapes) decoded_ = decode(*text_, true);
}

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

}  // namespace socketio
