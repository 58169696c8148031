#pragma once

#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <socketio/arguments.hpp>
#include <socketio/detail/emitted.hpp>

namespace socketio {

namespace detail {
class ack_target;
}

/// Acknowledges an event. A handler takes it as its last parameter and calls it, at once or later.
/// Copies share the acknowledgement, and only the first call counts. If the client did not ask for
/// one, a call does nothing. Any thread.
class ack {
 public:
  ack() = default;
  explicit ack(std::shared_ptr<detail::ack_target> target) : target_(std::move(target)) {}

  /// Whether the client asked for an acknowledgement.
  explicit operator bool() const { return target_ != nullptr; }

  /// Sends the acknowledgement with any arguments, of the types that emit() takes; the first three
  /// may be lists in braces: `reply({{"ok", true}})`.
  /// @throws std::invalid_argument as emit() does, except for the name
  void operator()() const { acknowledge(); }
  template <class First = detail::braces>
  void operator()(First&& first) const {
    acknowledge(std::forward<First>(first));
  }
  template <class First = detail::braces, class Second = detail::braces>
  void operator()(First&& first, Second&& second) const {
    acknowledge(std::forward<First>(first), std::forward<Second>(second));
  }
  template <class First = detail::braces, class Second = detail::braces,
            class Third = detail::braces, class... Rest>
  void operator()(First&& first, Second&& second, Third&& third, Rest&&... rest) const {
    acknowledge(std::forward<First>(first), std::forward<Second>(second),
                std::forward<Third>(third), std::forward<Rest>(rest)...);
  }

 private:
  template <class... Arguments>
  void acknowledge(Arguments&&... values) const {
    constexpr bool has_callback = (detail::callback<std::decay_t<Arguments>> || ...);
    static_assert(!has_callback, "an acknowledgement is not acknowledged: it takes no function");
    if constexpr (!has_callback) {
      if constexpr ((detail::require_emittable<std::remove_cvref_t<Arguments>>() && ...)) {
        if (!target_) return;
        encoded_arguments encoded{take_buffer(), {}};
        detail::append_arguments(encoded, detail::written(std::forward<Arguments>(values))...);
        send(std::move(encoded));
      }
    }
  }
  [[nodiscard]] std::string take_buffer() const;
  void send(encoded_arguments&& encoded) const;

  std::shared_ptr<detail::ack_target> target_;
};

namespace detail {

/// Acknowledges an event with a handler's result; a tuple is several values.
template <class Ack, class Result>
void acknowledge_with(const Ack& reply, Result&& result) {
  if constexpr (is_std_tuple<std::remove_cvref_t<Result>>) {
    std::apply([&](auto&&... values) { reply(std::forward<decltype(values)>(values)...); },
               std::forward<Result>(result));
  } else {
    reply(std::forward<Result>(result));
  }
}

}  // namespace detail
}  // namespace socketio
