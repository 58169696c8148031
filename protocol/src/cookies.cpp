#include <algorithm>
#include <array>

#include <socketio/detail/check_option.hpp>
#include <socketio/detail/http_date.hpp>
#include <socketio/protocol/cookies.hpp>

namespace socketio {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Whether an attribute's value has only valid characters (RFC 6265, section 4.1.1).
void check_attribute(std::string_view option, std::string_view value) {
  detail::check_field_value(option, value);
  if (value.find_first_of(";,\" ") != std::string_view::npos) {
    detail::refuse_text(option, value, "have no semicolons, commas, quotes and spaces");
  }
}

// Checks what names with a prefix promise, and what browsers refuse of other sites' cookies.
void check_security(std::string_view name, const cookie_attributes& attributes) {
  const bool prefixed_host = name.starts_with("__Host-");
  const bool needs_secure = prefixed_host || name.starts_with("__Secure-") ||
                            attributes.same_site == "None" || attributes.partitioned;
  if (needs_secure && !attributes.secure) {
    detail::refuse_option(
        "cookie.secure", "false",
        "be true for SameSite=None, for partitioned, and for names that begin with "
        "__Secure- or __Host-: browsers refuse the cookie");
  }
  if (prefixed_host && attributes.path != "/") {
    detail::refuse_text("cookie.path", attributes.path, "be / for names that begin with __Host-");
  }
  if (prefixed_host && !attributes.domain.empty()) {
    detail::refuse_text("cookie.domain", attributes.domain,
                        "be empty for names that begin with __Host-");
  }
}

}  // namespace

std::optional<std::string_view> find_cookie(http_fields_view headers, std::string_view name) {
  for (const auto& [field, value] : headers) {
    if (!equals_ignoring_case(field, "Cookie")) continue;
    for (auto rest = value; !rest.empty();) {
      const auto pair = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos || trimmed(pair.substr(0, equals)) != name) continue;
      return trimmed(pair.substr(equals + 1));
    }
  }
  return std::nullopt;
}

void check_cookie(std::string_view name, const cookie_attributes& attributes) {
  detail::check_token("cookie.name", name);
  check_attribute("cookie.path", attributes.path);
  check_attribute("cookie.domain", attributes.domain);
  if (!attributes.path.empty() && !attributes.path.starts_with('/')) {
    detail::refuse_text("cookie.path", attributes.path, "begin with a slash");
  }
  constexpr std::array<std::string_view, 4> policies = {"", "Strict", "Lax", "None"};
  if (std::find(policies.begin(), policies.end(), attributes.same_site) == policies.end()) {
    detail::refuse_text("cookie.same_site", attributes.same_site, "be Strict, Lax, None or empty");
  }
  constexpr std::array<std::string_view, 4> priorities = {"", "Low", "Medium", "High"};
  if (std::find(priorities.begin(), priorities.end(), attributes.priority) == priorities.end()) {
    detail::refuse_text("cookie.priority", attributes.priority, "be Low, Medium, High or empty");
  }
  check_security(name, attributes);
}

bool is_cookie_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c <= '~' && c != '"' && c != ',' && c != ';' && c != '\\';
  });
}

void set_cookie(http_fields& fields, std::string_view name, std::string_view value,
                const cookie_attributes& attributes) {
  check_cookie(name, attributes);
  if (!is_cookie_value(value)) {
    detail::refuse_text("the value of a cookie", value,
                        "have only characters of cookies: percent_encode() replaces others");
  }
  std::string text(name);
  text.append("=").append(value);
  if (attributes.max_age) text += "; Max-Age=" + std::to_string(attributes.max_age->count());
  if (!attributes.domain.empty()) text += "; Domain=" + attributes.domain;
  if (!attributes.path.empty()) text += "; Path=" + attributes.path;
  if (attributes.expires) {
    detail::append_http_date(text.append("; Expires="), *attributes.expires);
  }
  if (attributes.http_only) text += "; HttpOnly";
  if (attributes.secure) text += "; Secure";
  if (attributes.partitioned) text += "; Partitioned";
  if (!attributes.priority.empty()) text += "; Priority=" + attributes.priority;
  if (!attributes.same_site.empty()) text += "; SameSite=" + attributes.same_site;
  fields.append("Set-Cookie", text);
}

}  // namespace socketio
