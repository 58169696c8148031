#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>

#include <socketio/detail/check_option.hpp>
#include <socketio/protocol/http.hpp>

namespace socketio::detail {
namespace {

using std::chrono::milliseconds;

// Far from the end of any clock.
constexpr milliseconds longest = std::chrono::hours(24 * 365);

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '\x7F';
}

std::string text_of(milliseconds value) {
  return std::to_string(value.count()) + " ms";
}

}  // namespace

void refuse_option(std::string_view option, std::string_view value, std::string_view requirement) {
  std::string sentence(option);
  sentence.append(" is ").append(value).append(": it has to ").append(requirement);
  throw std::invalid_argument(sentence);
}

void refuse_text(std::string_view option, std::string_view text, std::string_view requirement) {
  auto quoted = '"' + std::string(text) + '"';
  std::replace_if(quoted.begin(), quoted.end(), is_control, '?');
  refuse_option(option, quoted, requirement);
}

void check_range(std::string_view option, std::uint64_t value, std::uint64_t least,
                 std::uint64_t most) {
  if (value >= least && value <= most) return;
  refuse_option(option, std::to_string(value),
                "be " + std::to_string(least) + " to " + std::to_string(most));
}

void check_positive(std::string_view option, std::uint64_t value) {
  if (value == 0) refuse_option(option, "0", "be positive");
}

void check_time(std::string_view option, milliseconds value) {
  if (value > milliseconds::zero() && value <= longest) return;
  refuse_option(option, text_of(value), "be 1 ms to 365 days");
}

void check_time_or_zero(std::string_view option, milliseconds value) {
  if (value >= milliseconds::zero() && value <= longest) return;
  refuse_option(option, text_of(value), "be 0 ms to 365 days");
}

void check_field_value(std::string_view option, std::string_view text) {
  const auto ends_field = [](char c) { return is_control(c) && c != '\t'; };
  if (std::none_of(text.begin(), text.end(), ends_field)) return;
  refuse_text(option, text, "have no control characters");
}

void check_token(std::string_view option, std::string_view text) {
  if (!is_token(text)) {
    refuse_text(option, text, "be a token: letters, digits and some signs, without spaces");
  }
}

void check_tokens(std::string_view option, const std::vector<std::string>& texts) {
  std::set<std::string_view> seen;
  for (const auto& text : texts) {
    check_token(option, text);
    if (!seen.insert(text).second) refuse_text(option, text, "be given once");
  }
}

}  // namespace socketio::detail
