#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <socketio/broadcast_operator.hpp>
#include <socketio/detail/declared_emit.hpp>
#include <socketio/emit.hpp>
#include <socketio/events.hpp>
#include <socketio/remote_socket.hpp>
#include <socketio/room_list.hpp>
#include <socketio/server_side_emitter.hpp>

namespace socketio {

/// What events can be emitted to, with a contract: `Untyped` is a socket, a broadcast_operator and
/// the like, and `Events` are those that may be emitted to it. Events have their names in angle
/// brackets, `socket.emit<"sum">(1, 2, callback)`; all else is as without a contract. Any thread.
///
/// It converts to `Untyped`, whose functions take and emit any event.
template <class Untyped, class Events>
class typed_emitter : public Untyped {
  template <fixed_string Name>
  using event_named = detail::found_event<Events, Name>;
  template <fixed_string Name, std::size_t Position>
  using braces = detail::braces_at<typename detail::values_of<event_named<Name>>::type, Position>;

 public:
  explicit typed_emitter(Untyped target) : Untyped(std::move(target)) {}

  /// The same without the contract.
  [[nodiscard]] const Untyped& untyped() const { return *this; }

  /// Sends an event with the values that the contract declares: they convert to the declared types.
  /// The first three may be lists in braces, which make values of these types. If the contract
  /// declares an answer, a function follows that takes it, as in emit_interface::emit().
  /// @throws std::invalid_argument as emit_interface::emit() does, and for a number out of the
  /// declared type's range
  template <fixed_string Name>
  void emit() const {
    emit_event<event_named<Name>>();
  }
  template <fixed_string Name, class First = braces<Name, 0>>
  void emit(First&& first) const {
    emit_event<event_named<Name>>(std::forward<First>(first));
  }
  template <fixed_string Name, class First = braces<Name, 0>, class Second = braces<Name, 1>>
  void emit(First&& first, Second&& second) const {
    emit_event<event_named<Name>>(std::forward<First>(first), std::forward<Second>(second));
  }
  template <fixed_string Name, class First = braces<Name, 0>, class Second = braces<Name, 1>,
            class Third = braces<Name, 2>, class... Rest>
  void emit(First&& first, Second&& second, Third&& third, Rest&&... rest) const {
    emit_event<event_named<Name>>(std::forward<First>(first), std::forward<Second>(second),
                                  std::forward<Third>(third), std::forward<Rest>(rest)...);
  }
  /// Compiles only with the event's name in angle brackets.
  template <class... Arguments>
  void emit(Arguments&&... /*arguments*/) const {
    static_assert(detail::never<Arguments...>,
                  "with a contract the event's name stands in angle brackets, as in "
                  "emit<\"name\">(values); untyped().emit() emits any event");
  }

  /// Sends the event `message`, if the contract declares it.
  void send() const { send_message(); }
  template <class First = braces<"message", 0>>
  void send(First&& first) const {
    send_message(std::forward<First>(first));
  }
  template <class First = braces<"message", 0>, class Second = braces<"message", 1>>
  void send(First&& first, Second&& second) const {
    send_message(std::forward<First>(first), std::forward<Second>(second));
  }
  template <class First = braces<"message", 0>, class Second = braces<"message", 1>,
            class Third = braces<"message", 2>, class... Rest>
  void send(First&& first, Second&& second, Third&& third, Rest&&... rest) const {
    send_message(std::forward<First>(first), std::forward<Second>(second),
                 std::forward<Third>(third), std::forward<Rest>(rest)...);
  }

  /// Sends an event and completes with the answer of the type that the contract declares; a
  /// broadcast with broadcast_answers of its first value. A completion token may follow the values,
  /// as in emit_interface::emit_with_ack(): `int sum = co_await socket.emit_with_ack<"sum">(1, 2);`
  template <fixed_string Name>
  auto emit_with_ack() const {
    return emit_event_with_ack<event_named<Name>>();
  }
  template <fixed_string Name, class First = braces<Name, 0>>
  auto emit_with_ack(First&& first) const {
    return emit_event_with_ack<event_named<Name>>(std::forward<First>(first));
  }
  template <fixed_string Name, class First = braces<Name, 0>, class Second = braces<Name, 1>>
  auto emit_with_ack(First&& first, Second&& second) const {
    return emit_event_with_ack<event_named<Name>>(std::forward<First>(first),
                                                  std::forward<Second>(second));
  }
  template <fixed_string Name, class First = braces<Name, 0>, class Second = braces<Name, 1>,
            class Third = braces<Name, 2>, class... Rest>
  auto emit_with_ack(First&& first, Second&& second, Third&& third, Rest&&... rest) const {
    return emit_event_with_ack<event_named<Name>>(
        std::forward<First>(first), std::forward<Second>(second), std::forward<Third>(third),
        std::forward<Rest>(rest)...);
  }
  /// Compiles only with the event's name in angle brackets.
  template <class... Arguments>
  void emit_with_ack(Arguments&&... /*arguments*/) const {
    static_assert(detail::never<Arguments...>,
                  "with a contract the event's name stands in angle brackets, as in "
                  "emit_with_ack<\"name\">(values); untyped().emit_with_ack() emits any event");
  }

  // The functions of `Untyped` that return what events can be emitted to: they keep the contract.

  [[nodiscard]] auto to(const room_list& rooms) const { return keep(untyped().to(rooms)); }
  [[nodiscard]] auto in(const room_list& rooms) const { return keep(untyped().in(rooms)); }
  [[nodiscard]] auto except(const room_list& rooms) const { return keep(untyped().except(rooms)); }
  [[nodiscard]] auto broadcast() const { return keep(untyped().broadcast()); }
  [[nodiscard]] auto local() const { return keep(untyped().local()); }
  [[nodiscard]] auto volatile_() const { return keep(untyped().volatile_()); }
  [[nodiscard]] auto compress(bool allowed) const { return keep(untyped().compress(allowed)); }
  [[nodiscard]] auto timeout(std::chrono::milliseconds time) const {
    return keep(untyped().timeout(time));
  }

 private:
  static constexpr bool asks_many =
      std::derived_from<Untyped, broadcast_operator> || std::same_as<Untyped, server_side_emitter>;

  template <class Other>
  static typed_emitter<Other, Events> keep(Other target) {
    return typed_emitter<Other, Events>(std::move(target));
  }

  template <class Event, class... Arguments>
  void emit_event(Arguments&&... arguments) const {
    if constexpr (detail::require_declared_emit<Event, asks_many, Arguments...>()) {
      emit_declared<Event>(std::index_sequence_for<Arguments...>(),
                           std::forward<Arguments>(arguments)...);
    }
  }
  template <class... Arguments>
  void send_message(Arguments&&... arguments) const {
    constexpr bool is_declared = !std::is_void_v<event_named<"message">>;
    static_assert(is_declared,
                  "send() sends the event \"message\", which the contract does not declare");
    if constexpr (is_declared) {
      emit_event<event_named<"message">>(std::forward<Arguments>(arguments)...);
    }
  }
  template <class Event, class... Arguments>
  auto emit_event_with_ack(Arguments&&... arguments) const {
    if constexpr (detail::require_declared_emit_with_ack<Event, Arguments...>()) {
      return emit_declared_with_ack<Event>(std::index_sequence_for<Arguments...>(),
                                           std::forward<Arguments>(arguments)...);
    }
  }

  template <class Event, std::size_t... Positions, class... Arguments>
  void emit_declared(std::index_sequence<Positions...> /*tag*/, Arguments&&... arguments) const {
    untyped().emit(Event::name, detail::to_argument<typename Event::values, Positions>(
                                    std::forward<Arguments>(arguments))...);
  }
  template <class Event, std::size_t... Positions, class... Arguments>
  auto emit_declared_with_ack(std::index_sequence<Positions...> /*tag*/,
                              Arguments&&... arguments) const {
    using answer = typename detail::declared_answer<Event, asks_many>::type;
    return untyped().template emit_with_ack<answer>(
        Event::name, detail::to_argument<typename Event::values, Positions>(
                         std::forward<Arguments>(arguments))...);
  }
};

/// A set of sockets with a contract.
template <class Contract>
using typed_broadcast_operator =
    typed_emitter<broadcast_operator, detail::server_to_client<Contract>>;

/// A socket of any server with a contract. Make it of one that fetch_sockets() completes with.
template <class Contract>
using typed_remote_socket = typed_emitter<remote_socket, detail::server_to_client<Contract>>;

}  // namespace socketio
