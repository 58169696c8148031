#include "websocket_client_handshake.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include <socketio/detail/check_option.hpp>
#include <socketio/protocol/base64.hpp>
#include <socketio/protocol/websocket_handshake.hpp>

namespace socketio::websocket::detail {
namespace {

constexpr std::string_view blanks = " \t";

bool is_own_field(std::string_view name) {
  constexpr std::array<std::string_view, 5> own{"Host", "Upgrade", "Connection", "Content-Length",
                                                "Transfer-Encoding"};
  constexpr std::string_view own_prefix = "Sec-WebSocket-";
  return equals_ignoring_case(name.substr(0, own_prefix.size()), own_prefix) ||
         std::any_of(own.begin(), own.end(),
                     [&](std::string_view other) { return equals_ignoring_case(name, other); });
}

bool is_field_value(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7F';
  });
}

void append_field(std::string& request, std::string_view name, std::string_view value) {
  request.append(name).append(": ").append(value).append("\r\n");
}

// The values of all fields of a name as one list (RFC 9110, section 5.3).
std::string joined(const http_fields& fields, std::string_view name) {
  std::string all;
  for (const auto& [field, value] : fields) {
    if (!equals_ignoring_case(field, name)) continue;
    if (!all.empty()) all += ", ";
    all += value;
  }
  return all;
}

}  // namespace

void check(const client_options& options) {
  for (const auto& [name, value] : options.headers) {
    if (!is_token(name) || !is_field_value(value)) {
      throw std::invalid_argument("malformed header field: " + std::string(name));
    }
    if (is_own_field(name)) {
      throw std::invalid_argument("header field of the handshake's own: " + std::string(name));
    }
  }
  socketio::detail::check_tokens("a subprotocol", options.subprotocols);
  if (options.deflate) check(*options.deflate);
  socketio::detail::check_positive("max_message_size", options.max_message_size);
  socketio::detail::check_positive("max_send_queue", options.max_send_queue);
  socketio::detail::check_time("connect_timeout", options.connect_timeout);
  socketio::detail::check_time("close_timeout", options.close_timeout);
  std::error_code ignored;
  const auto& authority = options.certificate_authority;
  if (!authority.empty() && (!std::filesystem::exists(authority, ignored) ||
                             std::filesystem::is_directory(authority, ignored))) {
    socketio::detail::refuse_text("certificate_authority", authority.string(), "be a file");
  }
}

std::string make_key() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("the system's random generator failed");
  }
  std::string key;
  append_base64(key, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return key;
}

std::string handshake_request(const url& where, const client_options& options,
                              std::string_view key) {
  std::string request = "GET " + where.target + " HTTP/1.1\r\n";
  append_field(request, "Host", where.authority());
  append_field(request, "Upgrade", "websocket");
  append_field(request, "Connection", "Upgrade");
  append_field(request, "Sec-WebSocket-Key", key);
  append_field(request, "Sec-WebSocket-Version", "13");
  if (!options.subprotocols.empty()) {
    std::string list;
    for (const auto& subprotocol : options.subprotocols) {
      list.append(list.empty() ? "" : ", ").append(subprotocol);
    }
    append_field(request, "Sec-WebSocket-Protocol", list);
  }
  if (options.deflate) {
    append_field(request, "Sec-WebSocket-Extensions", deflate_offer(*options.deflate));
  }
  for (const auto& [name, value] : options.headers) {
    append_field(request, name, value);
  }
  return request.append("\r\n");
}

std::optional<agreement> check_response(const http_response& response,
                                        const client_options& options, std::string_view key) {
  const auto& headers = response.headers;
  if (response.status != 101 || !headers.has_token("Upgrade", "websocket") ||
      !headers.has_token("Connection", "upgrade")) {
    return std::nullopt;
  }
  if (headers.count("Sec-WebSocket-Accept") != 1 ||
      headers["Sec-WebSocket-Accept"] != accept_value(key)) {
    return std::nullopt;
  }
  agreement agreed;
  if (const auto chosen = headers.find("Sec-WebSocket-Protocol")) {
    const auto& offered = options.subprotocols;
    if (headers.count("Sec-WebSocket-Protocol") != 1 ||
        std::find(offered.begin(), offered.end(), *chosen) == offered.end()) {
      return std::nullopt;
    }
    agreed.subprotocol = *chosen;
  }
  const auto extensions = joined(headers, "Sec-WebSocket-Extensions");
  if (extensions.find_first_not_of(blanks) != std::string::npos) {
    if (options.deflate) agreed.deflate = accept_deflate(extensions, *options.deflate);
    if (!agreed.deflate) return std::nullopt;
  }
  return agreed;
}

}  // namespace socketio::websocket::detail
