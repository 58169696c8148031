#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include <socketio/detail/coroutine_result.hpp>

namespace socketio::detail {

template <class Signature>
class unique_function;

/// Whether functions of a type may be empty.
template <class T>
inline constexpr bool may_be_empty = std::is_pointer_v<T> || std::is_member_pointer_v<T>;
template <class Signature>
inline constexpr bool may_be_empty<std::function<Signature>> = true;
template <class Signature>
inline constexpr bool may_be_empty<unique_function<Signature>> = true;

/// Whether there is nothing to call.
template <class Function>
[[nodiscard]] bool is_empty(const Function& function) {
  if constexpr (may_be_empty<Function>) {
    return !function;
  } else {
    return false;
  }
}

/// A std::function that is not copyable, and so can hold move-only functions. A function of up to
/// three pointers fits into it without an allocation.
template <class Result, class... Parameters>
class unique_function<Result(Parameters...)> {
 public:
  /// Holds nothing; a call throws std::bad_function_call.
  unique_function() noexcept = default;
  unique_function(std::nullptr_t) noexcept {}  // NOLINT(*-explicit-*)

  /// Holds a function, or nothing if the function is empty.
  template <class Function>
  requires(!std::same_as<std::remove_cvref_t<Function>, unique_function>)
      unique_function(Function&& function) {  // NOLINT(*-explicit-*)
    using held = std::decay_t<Function>;
    constexpr bool can_be_held = std::is_constructible_v<held, Function>;
    static_assert(can_be_held, "this handler cannot be copied: hand it over with std::move()");
    constexpr bool fits = std::is_invocable_r_v<Result, held&, Parameters...>;
    static_assert(fits,
                  "a handler's parameters and its result have to be as they are declared here");
    if constexpr (can_be_held && fits) {
      if constexpr (require_no_coroutine<held, Parameters...>()) {
        if (!is_empty<held>(function)) hold<held>(std::forward<Function>(function));
      }
    }
  }

  unique_function(unique_function&& other) noexcept { take(other); }
  unique_function& operator=(unique_function&& other) noexcept {
    if (this != &other) {
      operations_->destroy(buffer_.data());
      take(other);
    }
    return *this;
  }
  ~unique_function() { operations_->destroy(buffer_.data()); }

  /// Whether it holds a function.
  explicit operator bool() const noexcept { return operations_ != &nothing; }

  /// Calls the function, which may change what it has captured.
  Result operator()(Parameters... parameters) const {
    return operations_->call(buffer_.data(), std::forward<Parameters>(parameters)...);
  }

 private:
  static constexpr std::size_t capacity = 3 * sizeof(void*);

  struct operations {
    Result (*call)(void* held, Parameters&&... parameters);
    void (*move)(void* from, void* to) noexcept;  // destroys what was at `from`
    void (*destroy)(void* held) noexcept;
  };

  template <class Function>
  static Result call(Function& function, Parameters&&... parameters) {
    if constexpr (std::is_void_v<Result>) {
      std::invoke(function, std::forward<Parameters>(parameters)...);
    } else {
      return std::invoke(function, std::forward<Parameters>(parameters)...);
    }
  }

  // A function that is too large for the buffer.
  template <class Function>
  struct boxed {
    std::unique_ptr<Function> function;

    template <class Source>
    explicit boxed(Source&& source)
        : function(std::make_unique<Function>(std::forward<Source>(source))) {}

    Result operator()(Parameters&&... parameters) {
      return call(*function, std::forward<Parameters>(parameters)...);
    }
  };

  template <class Function>
  static constexpr bool fits_in_buffer =
      // NOLINTNEXTLINE(misc-redundant-expression): redundant for some of the types only
      sizeof(Function) <= capacity &&
      alignof(Function) <= alignof(void*) && std::is_nothrow_move_constructible_v<Function>;

  template <class Held>
  static constexpr operations operations_of = {
      [](void* held, Parameters&&... parameters) -> Result {
        return call(*static_cast<Held*>(held), std::forward<Parameters>(parameters)...);
      },
      [](void* from, void* to) noexcept {
        auto& source = *static_cast<Held*>(from);
        ::new (to) Held(std::move(source));
        std::destroy_at(&source);
      },
      [](void* held) noexcept { std::destroy_at(static_cast<Held*>(held)); }};

  static constexpr operations nothing = {
      [](void*, Parameters&&...) -> Result { throw std::bad_function_call(); },
      [](void*, void*) noexcept {}, [](void*) noexcept {}};

  template <class Function, class Source>
  void hold(Source&& source) {
    using held = std::conditional_t<fits_in_buffer<Function>, Function, boxed<Function>>;
    ::new (buffer_.data()) held(std::forward<Source>(source));
    operations_ = &operations_of<held>;
  }

  void take(unique_function& other) noexcept {
    other.operations_->move(other.buffer_.data(), buffer_.data());
    operations_ = std::exchange(other.operations_, &nothing);
  }

  // NOLINTNEXTLINE(*-member-init): a function is made in it
  alignas(void*) mutable std::array<std::byte, capacity> buffer_;
  const operations* operations_ = &nothing;
};

/// Converts a function, for example to a unique_function.
/// @throws std::invalid_argument if the function is empty
template <class Target, class Source>
[[nodiscard]] Target make_function(Source&& source) {
  if (is_empty<std::decay_t<Source>>(source)) {
    throw std::invalid_argument("a handler may not be empty");
  }
  return Target(std::forward<Source>(source));
}

/// A function that coroutines share, since they may run longer than whoever has called it holds it.
/// @throws std::invalid_argument if the function is empty
template <class Source>
[[nodiscard]] auto share_function(Source&& source) {
  using function = std::decay_t<Source>;
  return std::make_shared<function>(make_function<function>(std::forward<Source>(source)));
}

}  // namespace socketio::detail
