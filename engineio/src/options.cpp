#include <algorithm>
#include <array>
#include <limits>

#include <socketio/detail/check_option.hpp>
#include <socketio/engineio/options.hpp>
#include <socketio/protocol/utf8.hpp>

namespace socketio::engineio {
namespace {

// Whether an attribute's value has only valid characters (RFC 6265, section 4.1.1).
void check_attribute(std::string_view option, std::string_view value) {
  detail::check_field_value(option, value);
  if (value.find_first_of(";,\" ") != std::string_view::npos) {
    detail::refuse_text(option, value, "have no semicolons, commas, quotes and spaces");
  }
}

void check(const cookie_options& cookie) {
  detail::check_token("cookie.name", cookie.name);
  check_attribute("cookie.path", cookie.path);
  check_attribute("cookie.domain", cookie.domain);
  if (!cookie.path.empty() && !cookie.path.starts_with('/')) {
    detail::refuse_text("cookie.path", cookie.path, "begin with a slash");
  }
  if (cookie.max_age && cookie.max_age->count() <= 0) {
    detail::refuse_option("cookie.max_age", std::to_string(cookie.max_age->count()) + " s",
                          "be positive: browsers would remove the cookie");
  }
  constexpr std::array<std::string_view, 4> policies = {"", "Strict", "Lax", "None"};
  if (std::find(policies.begin(), policies.end(), cookie.same_site) == policies.end()) {
    detail::refuse_text("cookie.same_site", cookie.same_site, "be Strict, Lax, None or empty");
  }
  // Browsers refuse such a cookie.
  const bool prefixed_host = cookie.name.starts_with("__Host-");
  const bool needs_secure =
      prefixed_host || cookie.name.starts_with("__Secure-") || cookie.same_site == "None";
  if (needs_secure && !cookie.secure) {
    detail::refuse_option("cookie.secure", "false",
                          "be true for SameSite=None and for names that begin with __Secure- or "
                          "__Host-: browsers refuse the cookie");
  }
  if (prefixed_host && cookie.path != "/") {
    detail::refuse_text("cookie.path", cookie.path, "be / for names that begin with __Host-");
  }
  if (prefixed_host && !cookie.domain.empty()) {
    detail::refuse_text("cookie.domain", cookie.domain,
                        "be empty for names that begin with __Host-");
  }
}

}  // namespace

void check(const options& settings) {
  using std::chrono::milliseconds;
  detail::check_time("ping_interval", settings.ping_interval);
  detail::check_time("ping_timeout", settings.ping_timeout);
  detail::check_time("upgrade_timeout", settings.upgrade_timeout);
  // The longest wait of JavaScript's timers, which expire at once for a longer one.
  constexpr milliseconds longest(std::numeric_limits<std::int32_t>::max());
  if (const auto sum = settings.ping_interval + settings.ping_timeout; sum > longest) {
    detail::refuse_option("the sum of ping_interval and ping_timeout",
                          std::to_string(sum.count()) + " ms",
                          "be at most 2147483647 ms, the longest time that browsers can wait");
  }
  detail::check_positive("max_payload", settings.max_payload);
  detail::check_positive("max_send_queue", settings.max_send_queue);
  if (!settings.polling && !settings.websocket) {
    detail::refuse_option("polling", "false, as is websocket",
                          "be true, or websocket has to be: clients need a transport");
  }
  if (settings.cookie) check(*settings.cookie);
  if (settings.per_message_deflate) websocket::check(*settings.per_message_deflate);
  if (settings.initial_packet && !is_valid_utf8(*settings.initial_packet)) {
    detail::refuse_text("initial_packet", *settings.initial_packet, "be UTF-8");
  }
}

}  // namespace socketio::engineio
