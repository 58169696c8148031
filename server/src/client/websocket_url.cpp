#include "websocket_url.hpp"

#include <algorithm>
#include <charconv>

#include <socketio/protocol/http.hpp>

namespace socketio::websocket::detail {
namespace {

constexpr std::uint16_t port_of(bool secure) {
  return secure ? 443 : 80;
}

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_name(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
  });
}

// Checks the characters only: the resolver decides whether it is an address.
bool is_ipv6_address(std::string_view host) {
  return host.find(':') != std::string_view::npos &&
         std::all_of(host.begin(), host.end(),
                     [](char c) { return is_alphanumeric(c) || c == ':' || c == '.'; });
}

bool is_target(std::string_view target) {
  return std::all_of(target.begin(), target.end(),
                     [](char c) { return c > ' ' && c < '\x7F' && c != '#'; });
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stop, failed] = std::from_chars(digits.data(), end, port);
  if (failed != std::errc{} || stop != end || port == 0) return std::nullopt;
  return port;
}

}  // namespace

std::string url::authority() const {
  auto text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != port_of(secure)) text.append(":").append(std::to_string(port));
  return text;
}

std::optional<url> parse_url(std::string_view text) {
  constexpr std::string_view separator = "://";
  const auto scheme_end = text.find(separator);
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const auto scheme = text.substr(0, scheme_end);
  url parsed;
  parsed.secure = equals_ignoring_case(scheme, "wss");
  if (!parsed.secure && !equals_ignoring_case(scheme, "ws")) return std::nullopt;
  text.remove_prefix(scheme_end + separator.size());

  const auto authority_end = std::min(text.find_first_of("/?#"), text.size());
  auto authority = text.substr(0, authority_end);
  const auto target = text.substr(authority_end);
  if (!is_target(target)) return std::nullopt;
  if (target.starts_with('/')) {
    parsed.target = target;
  } else {
    parsed.target.append(target);
  }

  const auto bracketed = authority.starts_with('[');
  const auto host_end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && host_end == std::string_view::npos) return std::nullopt;
  parsed.host = authority.substr(bracketed ? 1 : 0, host_end - (bracketed ? 1 : 0));
  if (bracketed ? !is_ipv6_address(parsed.host) : !is_name(parsed.host)) return std::nullopt;
  authority.remove_prefix(std::min(host_end + (bracketed ? 1 : 0), authority.size()));

  parsed.port = port_of(parsed.secure);
  if (!authority.empty()) {
    const auto port = authority.starts_with(':') ? parse_port(authority.substr(1)) : std::nullopt;
    if (!port) return std::nullopt;
    parsed.port = *port;
  }
  return parsed;
}

}  // namespace socketio::websocket::detail
