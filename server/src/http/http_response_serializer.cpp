#include "http_response_serializer.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

#include <socketio/detail/http_date.hpp>

#include "field_text.hpp"

namespace socketio::detail {
namespace {

void append_number(std::string& text, std::uint64_t number) {
  std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append(digits.data(), end);
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
    append_http_date(message.append("Date: "), std::chrono::system_clock::now());
    message.append("\r\n");
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

}  // namespace socketio::detail
