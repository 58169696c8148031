#pragma once

#include <type_traits>

#include <socketio/detail/language.hpp>

namespace socketio::detail {

/// The result of a coroutine, for example boost::asio::awaitable, which runs only when awaited.
template <class T>
concept coroutine_result = requires(T value) {
  value.await_ready();
}
|| requires {
  typename T::promise_type;
};

/// Stops the compiler if a function called with these arguments is a coroutine.
/// @return whether it may be a handler
template <class Function, class... Arguments>
consteval bool require_no_coroutine() {
  constexpr bool is_coroutine =
      coroutine_result<std::remove_cvref_t<std::invoke_result_t<Function&, Arguments...>>>;
  static_assert(!is_coroutine,
                "this function may not be a coroutine; start one in it with boost::asio::co_spawn");
  return !is_coroutine;
}

}  // namespace socketio::detail
