#include <socketio/detail/http_date.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace socketio::detail {

void append_http_date(std::string& text, std::chrono::system_clock::time_point time) {
  constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed",
                                                    "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));

  constexpr std::string_view form = "Sun, 00 Jan 0000 00:00:00 GMT";
  const auto start = text.size();
  text.append(form);
  const auto put_two_digits = [&text, start](std::size_t position, auto number) {
    const auto value = static_cast<unsigned>(number);
    text[start + position] = static_cast<char>('0' + value / 10 % 10);
    text[start + position + 1] = static_cast<char>('0' + value % 10);
  };
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  days[std::chrono::weekday(day).c_encoding()].copy(text.data() + start, 3);
  put_two_digits(5, static_cast<unsigned>(date.day()));
  months[static_cast<unsigned>(date.month()) - 1].copy(text.data() + start + 8, 3);
  put_two_digits(12, year / 100);
  put_two_digits(14, year % 100);
  put_two_digits(17, clock.hours().count());
  put_two_digits(20, clock.minutes().count());
  put_two_digits(23, clock.seconds().count());
}

std::string http_date(std::chrono::system_clock::time_point time) {
  std::string text;
  append_http_date(text, time);
  return text;
}

}  // namespace socketio::detail
