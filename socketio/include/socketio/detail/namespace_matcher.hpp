#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <socketio/detail/unique_function.hpp>
#include <socketio/middleware.hpp>

namespace socketio::detail {

/// Says which names a parent namespace makes children for. One of the functions is set.
struct namespace_matcher {
  unique_function<bool(std::string_view name)> matches;
  unique_function<void(std::string_view name, const json& auth, allow_namespace)> decide;
};

/// A regular expression of any library whose regex_search() stands beside it, as that of
/// std::regex.
template <class T>
concept regular_expression = requires(const std::string& text, const T& pattern) {
  { regex_search(text, pattern) } -> std::convertible_to<bool>;
};

template <class Source>
namespace_matcher make_namespace_matcher(Source&& source) {
  using pattern = std::decay_t<Source>;
  namespace_matcher made;
  if constexpr (regular_expression<pattern>) {
    made.matches = [regex = pattern(std::forward<Source>(source))](std::string_view name) {
      return static_cast<bool>(regex_search(std::string(name), regex));
    };
  } else if constexpr (std::is_invocable_v<pattern&, std::string_view, const json&,
                                           allow_namespace>) {
    made.decide = make_function<decltype(made.decide)>(std::forward<Source>(source));
  } else {
    constexpr bool fits = std::is_invocable_r_v<bool, pattern&, std::string_view, const json&>;
    static_assert(
        fits,
        "of() takes a name, a std::regex, or a function with the parameters "
        "(std::string_view name, const socketio::json& auth) that returns a bool, or with "
        "a third one, socketio::allow_namespace, to decide later");
    if constexpr (fits) {
      auto asked = make_function<unique_function<bool(std::string_view, const json&)>>(
          std::forward<Source>(source));
      made.decide = [asked = std::move(asked)](std::string_view name, const json& auth,
                                               const allow_namespace& allow) {
        allow(asked(name, auth));
      };
    }
  }
  return made;
}

}  // namespace socketio::detail
