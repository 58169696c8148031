#include <socketio/protocol/websocket_handshake.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>

#include <openssl/evp.h>

#include <socketio/protocol/base64.hpp>

#include "text.hpp"

namespace socketio::websocket {
namespace {

http_response refuse(unsigned status, std::string_view why) {
  return {status, "text/plain; charset=utf-8", std::string(why)};
}

// 16 bytes in base64 are 22 digits and two paddings.
bool is_valid_key(std::string_view key) {
  constexpr std::string_view padding = "==";
  constexpr std::size_t digits = 22;
  const auto is_digit = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
  };
  return key.size() == digits + padding.size() && key.ends_with(padding) &&
         std::all_of(key.begin(), key.begin() + digits, is_digit);
}

}  // namespace

bool is_upgrade(const http_request& request) {
  return request.headers.has_token("Connection", "upgrade") &&
         request.headers.has_token("Upgrade", "websocket");
}

std::optional<http_response> check_handshake(const http_request& request) {
  const auto& headers = request.headers;
  if (request.method != "GET") {
    auto response = refuse(405, "A WebSocket handshake has to be a GET request");
    response.headers.append("Allow", "GET");
    return response;
  }
  if (request.version != 11) return refuse(400, "A WebSocket handshake needs HTTP/1.1");
  if (!headers.has_token("Upgrade", "websocket")) {
    return refuse(400, "Missing or invalid Upgrade header");
  }
  if (!headers.has_token("Connection", "upgrade")) {
    return refuse(400, "Missing or invalid Connection header");
  }
  if (headers.count("Sec-WebSocket-Key") != 1 || !is_valid_key(headers["Sec-WebSocket-Key"])) {
    return refuse(400, "Missing or invalid Sec-WebSocket-Key header");
  }
  const auto version = headers["Sec-WebSocket-Version"];
  if (headers.count("Sec-WebSocket-Version") != 1 || (version != "13" && version != "8")) {
    auto response = refuse(400, "Missing or invalid Sec-WebSocket-Version header");
    response.headers.append("Sec-WebSocket-Version", "13, 8");
    return response;
  }
  return std::nullopt;
}

std::string accept_value(std::string_view key) {
  std::string salted(key);
  salted += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(salted.data(), salted.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL offers no SHA-1, which the WebSocket handshake needs");
  }
  std::string value;
  append_base64(value, std::string(digest.begin(), digest.begin() + size));
  return value;
}

std::optional<std::vector<std::string>> offered_subprotocols(const http_request& request) {
  std::vector<std::string> offered;
  // Ordered, not hashed: the client chooses the names.
  std::set<std::string_view> seen;
  for (auto [name, list] : request.headers) {
    if (!equals_ignoring_case(name, "Sec-WebSocket-Protocol")) continue;
    while (true) {
      const auto comma = list.find(',');
      const auto element = detail::trim(list.substr(0, comma));
      if (!is_token(element) || !seen.insert(element).second) return std::nullopt;
      offered.emplace_back(element);
      if (comma == std::string_view::npos) break;
      list.remove_prefix(comma + 1);
    }
  }
  return offered;
}

http_response handshake_response(const http_request& request, std::string_view subprotocol) {
  http_response response(101);
  response.headers.append("Upgrade", "websocket");
  response.headers.append("Connection", "Upgrade");
  response.headers.append("Sec-WebSocket-Accept",
                          accept_value(request.headers["Sec-WebSocket-Key"]));
  if (!subprotocol.empty()) response.headers.append("Sec-WebSocket-Protocol", subprotocol);
  return response;
}

}  // namespace socketio::websocket
