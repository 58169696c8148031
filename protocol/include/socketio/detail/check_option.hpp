#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/detail/language.hpp>

/// How options are checked: a value that cannot work throws std::invalid_argument with a sentence
/// such as `ping_interval is 0 ms: it has to be 1 ms to 365 days`.
namespace socketio::detail {

[[noreturn]] void refuse_option(std::string_view option, std::string_view value,
                                std::string_view requirement);
/// The same for a text, which is quoted, with question marks for control characters.
[[noreturn]] void refuse_text(std::string_view option, std::string_view text,
                              std::string_view requirement);

void check_range(std::string_view option, std::uint64_t value, std::uint64_t least,
                 std::uint64_t most);
/// @param value at least 1
void check_positive(std::string_view option, std::uint64_t value);
/// @param value 1 ms to 365 days
void check_time(std::string_view option, std::chrono::milliseconds value);
/// The same, or zero.
void check_time_or_zero(std::string_view option, std::chrono::milliseconds value);
/// @param text the value of a header field: without control characters, which could end it
void check_field_value(std::string_view option, std::string_view text);
/// @param text a token (RFC 9110, section 5.6.2)
void check_token(std::string_view option, std::string_view text);
/// @param texts tokens, each of them given once
void check_tokens(std::string_view option, const std::vector<std::string>& texts);

}  // namespace socketio::detail
