#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include <socketio/protocol/http.hpp>

/// What the parts of a request's head have to look like, more strictly than Beast's parser wants
/// it. Inline, because every request goes through it.
namespace socketio::detail {

inline bool is_decimal_digit(char c) {
  return c >= '0' && c <= '9';
}

inline bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

inline bool is_hex_digit(char c) {
  return is_decimal_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/// Whether a request target may have that byte. Characters such as `|` and `"`, which have to be
/// percent-encoded but which browsers send as they are, pass; a fragment does not.
inline bool is_target_character(char c) {
  return c > 0x20 && c < 0x7f && c != '#';
}

/// Whether the text is `uri-host [":" port]` (RFC 9110, section 7.2), by its characters.
inline bool is_authority(std::string_view text) {
  constexpr std::string_view symbols = "-._~!$&'()*+,;=:[]%";
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_decimal_digit(c) || is_letter(c) || symbols.find(c) != std::string_view::npos;
  });
}

inline bool is_version(std::string_view text) {
  return text.size() == 8 && text.starts_with("HTTP/") && is_decimal_digit(text[5]) &&
         text[6] == '.' && is_decimal_digit(text[7]);
}

/// A target in absolute form, cut at the end of its authority.
struct absolute_target {
  std::string_view authority;
  std::string_view path_and_query;
};

inline std::optional<absolute_target> split_absolute(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equals_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const auto authority = target.substr(0, target.find_first_of("/?"));
    if (authority.empty() || !is_authority(authority)) return std::nullopt;
    return absolute_target{authority, target.substr(authority.size())};
  }
  return std::nullopt;
}

/// The status that refuses a request line, or 0.
inline unsigned check_request_line(std::string_view line) {
  const auto method_end = line.find(' ');
  const auto target_end = line.rfind(' ');
  if (method_end == target_end) return 400;
  const auto method = line.substr(0, method_end);
  const auto target = line.substr(method_end + 1, target_end - method_end - 1);
  const auto version = line.substr(target_end + 1);
  if (!is_token(method) || !is_version(version)) return 400;
  if (!std::all_of(target.begin(), target.end(), is_target_character)) return 400;
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return 505;
  if (method == "CONNECT") return 400;
  const bool known_form = target.starts_with('/') || (target == "*" && method == "OPTIONS") ||
                          split_absolute(target).has_value();
  return known_form ? 0 : 400;
}

/// The status that refuses a Transfer-Encoding, or 0.
inline unsigned check_transfer_encoding(std::string_view value) {
  if (equals_ignoring_case(value, "chunked")) return 0;
  bool after_chunked = false;
  while (true) {
    const auto comma = value.find(',');
    auto coding = value.substr(0, comma);
    coding.remove_prefix(std::min(coding.find_first_not_of(" \t"), coding.size()));
    coding = coding.substr(0, coding.find_last_not_of(" \t") + 1);
    // Recipients disagree about the end of a body whose last coding is not chunked.
    if (after_chunked || !is_token(coding)) return 400;
    after_chunked = equals_ignoring_case(coding, "chunked");
    if (comma == std::string_view::npos) return 501;
    value.remove_prefix(comma + 1);
  }
}

}  // namespace socketio::detail
