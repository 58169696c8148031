#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <socketio/error.hpp>
#include <socketio/protocol/json.hpp>

namespace socketio {

/// What the clients of a broadcast have acknowledged.
template <class Value = json>
struct broadcast_answers {
  /// The first value of a client's acknowledgement.
  struct answer {
    std::string id;  ///< the socket's
    Value value;
  };

  std::vector<answer> received;      ///< in the order in which they came
  std::vector<std::string> missing;  ///< the ids of the sockets that have not answered rightly
  error_code error;                  ///< why some are missing, for example error::timed_out
};

namespace detail {

template <class T>
inline constexpr bool is_broadcast_answers = false;
template <class Value>
inline constexpr bool is_broadcast_answers<broadcast_answers<Value>> = true;

template <class Answers>
using answer_value = decltype(Answers::answer::value);

/// Calls a function with each client's answer; see socketio::each_answer().
template <class Function>
struct answer_visitor {
  Function function;
};

template <class T>
inline constexpr bool is_answer_visitor = false;
template <class Function>
inline constexpr bool is_answer_visitor<answer_visitor<Function>> = true;

}  // namespace detail

/// As the last argument of a broadcast's emit(): a function `(std::string_view id, error_code
/// error, T value)` to call with the answer of each client as it comes, with the id of its socket.
/// It is called exactly once for each client, in the end also with error::timed_out, for example.
template <class Function>
[[nodiscard]] auto each_answer(Function&& function) {
  return detail::answer_visitor<std::decay_t<Function>>{std::forward<Function>(function)};
}

}  // namespace socketio
