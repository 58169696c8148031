#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <socketio/arguments.hpp>
#include <socketio/detail/handler_requirements.hpp>

/// How an application declares its events.
namespace socketio {

/// A text as a template argument: `"sum"` in `socket.on<"sum">(...)`.
template <std::size_t Size>
struct fixed_string {
  consteval fixed_string(const char (&source)[Size]) {  // NOLINT(*-explicit-*, *-avoid-c-arrays)
    std::copy_n(source, Size, text.begin());
  }

  [[nodiscard]] constexpr std::string_view view() const { return {text.data(), Size - 1}; }

  std::array<char, Size> text{};
};

namespace detail {

/// The answers of an event: none for void, several for a std::tuple.
template <class Result>
struct answers_of {
  using type = std::tuple<Result>;
};
template <>
struct answers_of<void> {
  using type = std::tuple<>;
};
template <class... Results>
struct answers_of<std::tuple<Results...>> {
  using type = std::tuple<Results...>;
};

/// What a contract says of an event.
template <fixed_string Name, class Signature>
struct declaration {
  static_assert(std::is_function_v<Signature>,
                "an event is declared by its name and the type of a function, as in "
                "socketio::event<\"sum\", int(int, int)>");
  static constexpr std::string_view name = Name.view();
  using values = std::tuple<>;
  using answers = std::tuple<>;
};
template <fixed_string Name, class Result, class... Values>
struct declaration<Name, Result(Values...)> {
  static constexpr std::string_view name = Name.view();
  using values = std::tuple<Values...>;
  using answers = typename answers_of<Result>::type;
  using result = Result;
  /// Whether there is an acknowledgement. It may be without values: std::tuple<>.
  static constexpr bool is_answered = !std::is_void_v<Result>;
};

/// Whether types are values, as the events of a contract have them.
template <class Values>
inline constexpr bool are_values = false;
template <class... Values>
inline constexpr bool are_values<std::tuple<Values...>> =
    ((std::is_same_v<Values, std::decay_t<Values>> && !std::is_pointer_v<Values> &&
      !is_view<Values>)&&...);

/// The position of a name among events; their number if there is none.
template <class... Events>
consteval std::size_t position_of([[maybe_unused]] std::string_view name) {
  std::size_t position = 0;
  static_cast<void>(((Events::name != name && (++position, true)) && ...));
  return position;
}

template <class... Events>
consteval bool have_different_names() {
  std::size_t position = 0;
  return ((position_of<Events...>(Events::name) == position++) && ...);
}

}  // namespace detail

/// An event of a contract: its name, and as a function's type the values that it carries, and the
/// answer. `event<"sum", int(int, int)>` carries two numbers, and is acknowledged with one; a
/// result of std::tuple is an acknowledgement with several values, and void none.
///
/// The types are values of any type that emit() takes and that handlers take: std::string, not
/// std::string_view.
template <fixed_string Name, class Signature>
struct event : detail::declaration<Name, Signature> {
  static_assert(!is_reserved_event(Name.view()),
                "this name is reserved: connect, connect_error, disconnect, disconnecting, "
                "newListener and removeListener are no events of an application");
  static_assert(detail::are_values<typename event::values> &&
                    detail::are_values<typename event::answers>,
                "a contract has values, not views, references or pointers: std::string for "
                "std::string_view, socketio::json for json_view");
};

/// The events that one side emits, and the other one has handlers for.
template <class... Events>
struct events {
  static_assert(detail::have_different_names<Events...>(),
                "the names of a list of events have to be different");
};

namespace detail {

/// The declaration of an event; void if the list has none of this name.
template <class List, fixed_string Name>
struct find_event;
template <class... Events, fixed_string Name>
struct find_event<events<Events...>, Name> {
  using type =
      std::tuple_element_t<position_of<Events...>(Name.view()), std::tuple<Events..., void>>;
};
template <class List, fixed_string Name>
using found_event = typename find_event<List, Name>::type;

/// The values of an event; none if the list has none of this name.
template <class Event>
struct values_of {
  using type = typename Event::values;
};
template <>
struct values_of<void> {
  using type = std::tuple<>;
};

/// The lists of a contract. Any of them may be missing.
template <class Contract>
consteval auto find_client_to_server() {
  if constexpr (requires { typename Contract::client_to_server; }) {
    return typename Contract::client_to_server();
  } else {
    return events<>();
  }
}
template <class Contract>
consteval auto find_server_to_client() {
  if constexpr (requires { typename Contract::server_to_client; }) {
    return typename Contract::server_to_client();
  } else {
    return events<>();
  }
}
template <class Contract>
consteval auto find_server_side() {
  if constexpr (requires { typename Contract::server_side; }) {
    return typename Contract::server_side();
  } else {
    return events<>();
  }
}
template <class Contract>
using client_to_server = decltype(find_client_to_server<Contract>());
template <class Contract>
using server_to_client = decltype(find_server_to_client<Contract>());
template <class Contract>
using server_side = decltype(find_server_side<Contract>());

}  // namespace detail
}  // namespace socketio
