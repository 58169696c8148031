#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

#include <socketio/detail/coroutine_result.hpp>

namespace socketio::detail {

/// A function in an option: a std::function, because options are copyable, to which no coroutine
/// can be assigned.
template <class Signature>
class hook;

template <class Result, class... Parameters>
class hook<Result(Parameters...)> : public std::function<Result(Parameters...)> {
  using function = std::function<Result(Parameters...)>;

 public:
  hook() = default;
  hook(std::nullptr_t) {}  // NOLINT(*-explicit-*)

  template <class Function>
  requires(!std::same_as<std::remove_cvref_t<Function>, hook>)
      hook(Function&& assigned) {  // NOLINT(*-explicit-*)
    using held = std::decay_t<Function>;
    constexpr bool can_be_copied = std::copy_constructible<held>;
    static_assert(can_be_copied,
                  "an option is copied: share what its function holds, in a std::shared_ptr");
    constexpr bool fits = std::is_invocable_r_v<Result, held&, Parameters...>;
    static_assert(fits, "a function's parameters and its result have to be those of the option");
    if constexpr (can_be_copied && fits) {
      if constexpr (require_no_coroutine<held, Parameters...>()) {
        function::operator=(std::forward<Function>(assigned));
      }
    }
  }
};

}  // namespace socketio::detail
