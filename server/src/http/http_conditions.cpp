#include "http_conditions.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <iomanip>
#include <limits>
#include <locale>
#include <sstream>
#include <string>
#include <system_error>

namespace socketio::detail {
namespace {

/// Whether the fields of that name, lists of entity tags or `*`, contain the tag.
/// @param weak whether weak tags match, too (weak comparison, RFC 9110, section 8.8.3.2)
bool lists_tag(const http_fields& headers, std::string_view field, std::string_view tag,
               bool weak) {
  for (auto [name, list] : headers) {
    if (!equals_ignoring_case(name, field)) continue;
    if (list == "*") return true;
    while (true) {
      list.remove_prefix(std::min(list.find_first_not_of(" \t,"), list.size()));
      const bool is_weak = list.starts_with("W/");
      if (is_weak) list.remove_prefix(2);
      if (!list.starts_with('"')) break;
      const auto end = list.find('"', 1);
      if (end == std::string_view::npos) break;
      if (list.substr(0, end + 1) == tag && (weak || !is_weak)) return true;
      list.remove_prefix(end + 1);
    }
  }
  return false;
}

/// Whether If-Range allows the request's range (RFC 9110, section 13.1.5).
bool range_applies(const http_fields& headers, const http_validators& current) {
  const auto condition = headers.find("If-Range");
  if (!condition) return true;
  if (condition->starts_with('"')) return *condition == current.tag;
  // A date is a strong validator only if the file did not change again within that second.
  const bool settled =
      current.modified + std::chrono::seconds(1) <= std::chrono::system_clock::now();
  return settled && parse_http_date(*condition) == current.modified;
}

/// Parses a number of digits only; returns the largest number for one that is too big.
std::optional<std::uint64_t> parse_position(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  std::uint64_t position = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), position);
  return parsed.ec == std::errc() ? position : std::numeric_limits<std::uint64_t>::max();
}

range_request parse_range(std::string_view field, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (!equals_ignoring_case(field.substr(0, unit.size()), unit)) return {};
  field.remove_prefix(unit.size());
  const auto dash = field.find('-');
  if (dash == std::string_view::npos) return {};
  const auto first = parse_position(field.substr(0, dash));
  const auto last = parse_position(field.substr(dash + 1));

  if (dash == 0) {
    if (!last) return {};
    const auto count = std::min(*last, size);
    if (count == 0) return {range_request::outcome::unsatisfiable, {}};
    return {range_request::outcome::part, {size - count, count}};
  }
  const bool open = dash + 1 == field.size();
  if (!first || (!open && (!last || *last < *first))) return {};
  if (*first >= size) return {range_request::outcome::unsatisfiable, {}};
  const auto end = open ? size - 1 : std::min(*last, size - 1);
  return {range_request::outcome::part, {*first, end - *first + 1}};
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  for (const char* form :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    std::istringstream input{std::string(text)};
    input.imbue(std::locale::classic());
    std::tm fields{};
    input >> std::get_time(&fields, form);
    if (!input || input.peek() != std::istringstream::traits_type::eof()) continue;
    const std::chrono::year_month_day date(
        std::chrono::year(fields.tm_year + 1900),
        std::chrono::month(static_cast<unsigned>(fields.tm_mon + 1)),
        std::chrono::day(static_cast<unsigned>(fields.tm_mday)));
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(fields.tm_hour) +
           std::chrono::minutes(fields.tm_min) + std::chrono::seconds(fields.tm_sec);
  }
  return std::nullopt;
}

unsigned check_preconditions(const http_fields& headers, const http_validators& current) {
  if (headers.find("If-Match")) {
    if (!lists_tag(headers, "If-Match", current.tag, false)) return 412;
  } else if (const auto date = parse_http_date(headers["If-Unmodified-Since"])) {
    if (current.modified > *date) return 412;
  }
  if (headers.find("If-None-Match")) {
    if (lists_tag(headers, "If-None-Match", current.tag, true)) return 304;
  } else if (const auto since = parse_http_date(headers["If-Modified-Since"])) {
    if (current.modified <= *since) return 304;
  }
  return 0;
}

range_request requested_range(const http_fields& headers, const http_validators& current,
                              std::uint64_t size) {
  if (headers.count("Range") != 1 || !range_applies(headers, current)) return {};
  return parse_range(headers["Range"], size);
}

}  // namespace socketio::detail
