#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <socketio/ack.hpp>
#include <socketio/detail/declared_values.hpp>
#include <socketio/events.hpp>

namespace socketio {

namespace detail {

/// Requirements on the values of an acknowledgement.
template <class Answers, class... Values>
consteval bool require_answers() {
  constexpr bool same_number = sizeof...(Values) == std::tuple_size_v<Answers>;
  static_assert(same_number,
                "an acknowledgement has as many values as the contract declares for the event's "
                "answer");
  if constexpr (same_number) {
    constexpr bool convert = elements_convert<Answers, std::tuple<Values...>>;
    static_assert(convert,
                  "a value of the acknowledgement does not convert to the type that the contract "
                  "declares");
    return convert;
  }
  return false;
}

template <class Answers, class... Values, std::size_t... Positions>
void acknowledge_declared(const ack& reply, std::index_sequence<Positions...> /*tag*/,
                          const Values&... values) {
  reply(to_declared<std::tuple_element_t<Positions, Answers>>(values)...);
}

}  // namespace detail

/// Acknowledges an event of a contract, like ack, with the values of the type that the contract
/// declares as the event's result. Any thread.
template <class Result>
class typed_ack {
  using answers = typename detail::answers_of<Result>::type;
  template <std::size_t Position>
  using braces = detail::braces_at<answers, Position>;

 public:
  typed_ack() = default;
  explicit typed_ack(ack reply) : reply_(std::move(reply)) {}

  /// Whether the client asked for an acknowledgement.
  explicit operator bool() const { return static_cast<bool>(reply_); }

  /// Sends the acknowledgement; its values convert to the declared types; the first three
  /// may be lists in braces, which make values of these types.
  /// @throws std::invalid_argument as ack does, and for a number out of the declared type's range
  void operator()() const { acknowledge(); }
  template <class First = braces<0>>
  void operator()(const First& first) const {
    acknowledge(first);
  }
  template <class First = braces<0>, class Second = braces<1>>
  void operator()(const First& first, const Second& second) const {
    acknowledge(first, second);
  }
  template <class First = braces<0>, class Second = braces<1>, class Third = braces<2>,
            class... Rest>
  void operator()(const First& first, const Second& second, const Third& third,
                  const Rest&... rest) const {
    acknowledge(first, second, third, rest...);
  }

  /// The same acknowledgement without the contract.
  [[nodiscard]] const ack& untyped() const { return reply_; }

 private:
  template <class... Values>
  void acknowledge(const Values&... values) const {
    if constexpr (detail::require_answers<answers, Values...>()) {
      detail::acknowledge_declared<answers>(reply_, std::index_sequence_for<Values...>(),
                                            values...);
    }
  }

  ack reply_;
};

}  // namespace socketio
