#include "msgpack_to_json.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <utility>

#include <socketio/protocol/json_writer.hpp>

namespace socketio::detail {
namespace {

constexpr std::string_view invalid = "invalid MessagePack";

template <class Integer>
void append_integer(std::string& text, Integer number) {
  std::array<char, 20> digits;  // NOLINT(*-member-init): to_chars writes it
  text.append(digits.data(),
              std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

// A whole number with all its digits, as if it had been sent as an integer.
void append_number(std::string& text, double number) {
  const bool is_whole = std::trunc(number) == number;
  if (is_whole && number >= -0x1p63 && number < 0x1p63) {
    append_integer(text, static_cast<std::int64_t>(number));
  } else if (is_whole && number > 0 && number < 0x1p64) {
    append_integer(text, static_cast<std::uint64_t>(number));
  } else {
    append_json_number(text, number);
    // Without a fraction it would be an integer beyond 64 bits, which the parser does not take.
    if (is_whole && std::abs(number) < 1e21) text.append(".0");
  }
}

// Appends a date as `Date.prototype.toJSON()` does.
void append_date(std::string& text, std::int64_t milliseconds) {
  using namespace std::chrono;
  constexpr std::int64_t farthest_date = 8'640'000'000'000'000;
  if (milliseconds < -farthest_date || milliseconds > farthest_date) {
    text.append("null");
    return;
  }
  // The calendar repeats after 400 years, and std::chrono has fewer years than JavaScript.
  constexpr std::int64_t days_of_cycle = 146'097;
  const std::chrono::milliseconds since_1970(milliseconds);
  const auto day = floor<days>(since_1970);
  auto cycles = day.count() / days_of_cycle;
  if (day.count() % days_of_cycle < 0) --cycles;
  const year_month_day date(sys_days(day - days(cycles * days_of_cycle)));
  const auto year = static_cast<long long>(static_cast<int>(date.year())) + 400 * cycles;
  const hh_mm_ss time(since_1970 - day);
  const char* format = year >= 0 && year <= 9999 ? "\"%04lld-%02u-%02uT%02d:%02d:%02d.%03dZ\""
                                                 : "\"%+07lld-%02u-%02uT%02d:%02d:%02d.%03dZ\"";
  std::array<char, 40> characters;  // NOLINT(*-member-init): snprintf writes it
  const int size = std::snprintf(
      characters.data(), characters.size(), format, year, static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
      static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
      static_cast<int>(time.subseconds().count()));
  text.append(characters.data(), static_cast<std::size_t>(size));
}

}  // namespace

bool msgpack_to_json::append_value(std::string& text, const msgpack_value& value,
                                   std::size_t depth) {
  switch (value.type) {
    case msgpack_type::nil:
    case msgpack_type::undefined:
      text.append("null");
      return true;
    case msgpack_type::boolean:
      text.append(value.unsigned_integer != 0 ? "true" : "false");
      return true;
    case msgpack_type::integer:
      append_integer(text, value.integer);
      return true;
    case msgpack_type::unsigned_integer:
      append_integer(text, value.unsigned_integer);
      return true;
    case msgpack_type::floating:
      append_number(text, value.floating);
      return true;
    case msgpack_type::string:
      append_json_string(text, value.bytes);
      return true;
    case msgpack_type::date:
      append_date(text, value.integer);
      return true;
    case msgpack_type::binary:
      return append_bytes(text, value.bytes, depth);
    case msgpack_type::extension:
      return append_extension(text, value, depth);
    case msgpack_type::array:
      return append_array(text, value.unsigned_integer, depth);
    case msgpack_type::map:
      return append_map(text, value.unsigned_integer, depth);
  }
  return false;
}

bool msgpack_to_json::check_depth(std::size_t depth) {
  return depth < max_json_depth || fail("nested too deeply");
}

bool msgpack_to_json::append_array(std::string& text, std::size_t size, std::size_t depth) {
  if (!check_depth(depth)) return false;
  text.push_back('[');
  for (std::size_t i = 0; i < size; ++i) {
    if (i > 0) text.push_back(',');
    const auto element = reader_.next();
    if (!element) return fail(invalid);
    if (!append_value(text, *element, depth + 1)) return false;
  }
  text.push_back(']');
  return true;
}

bool msgpack_to_json::append_map(std::string& text, std::size_t size, std::size_t depth) {
  if (!check_depth(depth)) return false;
  text.push_back('{');
  const auto first = text.size();
  for (std::size_t i = 0; i < size; ++i) {
    const auto before = text.size();
    if (before > first) text.push_back(',');
    const auto member = text.size();
    if (!append_member(text, depth + 1)) return false;
    if (text.size() == member) text.resize(before);
  }
  text.push_back('}');
  return true;
}

// Appends nothing for a member that is undefined.
bool msgpack_to_json::append_member(std::string& text, std::size_t depth) {
  const auto before = text.size();
  const auto key = reader_.next();
  if (!key) return fail(invalid);
  if (!append_key(text, *key)) return false;
  text.push_back(':');
  const auto value = reader_.next();
  if (!value) return fail(invalid);
  if (value->type == msgpack_type::undefined) {
    text.resize(before);
    return true;
  }
  const auto first = text.size();
  if (!append_value(text, *value, depth)) return false;
  if (marks_ && key->bytes == "num" && value->whole_number() &&
      text.find_first_of(".e", first) == std::string::npos) {
    text.append(".0");
  }
  return true;
}

// As a property's name in JavaScript.
bool msgpack_to_json::append_key(std::string& text, const msgpack_value& key) {
  switch (key.type) {
    case msgpack_type::string:
    case msgpack_type::binary:
      if (key.bytes == "_placeholder") has_other_placeholders_ = true;
      append_json_string(text, key.bytes);
      return true;
    case msgpack_type::nil:
      text.append("\"null\"");
      return true;
    case msgpack_type::undefined:
      text.append("\"undefined\"");
      return true;
    case msgpack_type::boolean:
      text.append(key.unsigned_integer != 0 ? "\"true\"" : "\"false\"");
      return true;
    case msgpack_type::integer:
    case msgpack_type::unsigned_integer:
    case msgpack_type::floating: {
      const auto number = key.type == msgpack_type::integer ? static_cast<double>(key.integer)
                          : key.type == msgpack_type::floating
                              ? key.floating
                              : static_cast<double>(key.unsigned_integer);
      if (!std::isfinite(number)) return fail("illegal key");
      text.push_back('"');
      append_json_number(text, number);
      text.push_back('"');
      return true;
    }
    default:
      return fail("illegal key");
  }
}

// A placeholder is an object.
bool msgpack_to_json::append_bytes(std::string& text, std::string_view bytes, std::size_t depth) {
  if (!check_depth(depth)) return false;
  if (attachments_.size() >= max_attachments_) return fail("too many attachments");
  append_placeholder(text, attachments_.size());
  attachments_.push_back({static_cast<std::size_t>(bytes.data() - message_.data()), bytes.size()});
  return true;
}

bool msgpack_to_json::append_extension(std::string& text, const msgpack_value& value,
                                       std::size_t depth) {
  if (!check_depth(depth)) return false;
  text.push_back('[');
  append_integer(text, int{value.extension});
  text.push_back(',');
  if (!append_bytes(text, value.bytes, depth + 1)) return false;
  text.push_back(']');
  return true;
}

}  // namespace socketio::detail
