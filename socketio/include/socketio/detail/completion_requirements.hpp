#pragma once

#include <concepts>
#include <type_traits>

#include <socketio/detail/coroutine_result.hpp>
#include <socketio/detail/emitted.hpp>
#include <socketio/detail/typed_function.hpp>

namespace socketio::detail {

/// Requirements on completion tokens.
template <class Token>
consteval bool require_completion_token() {
  using token = std::decay_t<Token>;
  static_assert(!is_emittable<token>(),
                "the last argument has to be a completion token, such as "
                "boost::asio::use_awaitable, or a function");
  if constexpr (typed_function<token>) {
    constexpr bool is_coroutine = coroutine_result<std::remove_cvref_t<result_of<token>>>;
    static_assert(
        !is_coroutine,
        "this function may not be a coroutine; start one in it with boost::asio::co_spawn");
    return !is_coroutine;
  }
  return !is_emittable<token>();
}
/// Whether a completion token, if it is a function, can be called with the results.
template <class Token, class... Results>
concept completes_with =
    !typed_function<std::decay_t<Token>> || std::invocable<std::decay_t<Token>, Results...>;

}  // namespace socketio::detail
