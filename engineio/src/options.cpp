#include <limits>

#include <socketio/detail/check_option.hpp>
#include <socketio/engineio/options.hpp>
#include <socketio/protocol/utf8.hpp>

namespace socketio::engineio {
namespace {

void check(const cookie_options& cookie) {
  check_cookie(cookie.name, cookie);
  if (cookie.max_age && cookie.max_age->count() <= 0) {
    detail::refuse_option("cookie.max_age", std::to_string(cookie.max_age->count()) + " s",
                          "be positive: browsers would remove the cookie");
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
  detail::check_positive("max_sessions", settings.max_sessions);
  if (settings.max_sessions_per_address) {
    detail::check_positive("max_sessions_per_address", *settings.max_sessions_per_address);
  }
  if (!settings.polling && !settings.websocket) {
    detail::refuse_option("polling", "false, as is websocket",
                          "be true, or websocket has to be: clients need a transport");
  }
  if (settings.cookie) check(*settings.cookie);
  if (settings.per_message_deflate) websocket::check(*settings.per_message_deflate);
  if (!settings.initial_packet) return;
  const auto* text = std::get_if<std::string>(&*settings.initial_packet);
  if (text != nullptr && !is_valid_utf8(*text)) {
    detail::refuse_text("initial_packet", *text, "be UTF-8");
  }
}

}  // namespace socketio::engineio
