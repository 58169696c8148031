#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <socketio/arguments.hpp>
#include <socketio/detail/emitted.hpp>
#include <socketio/protocol/socketio_packet.hpp>

namespace socketio {

namespace detail {
class prepared_packets;

/// Writes the name and the values of an event.
/// @param buffer an empty string, which may have memory
template <class... Values>
encoded_arguments write_event(std::string buffer, std::string_view event, Values&&... values) {
  encoded_arguments encoded{std::move(buffer), {}};
  if constexpr ((require_emittable<std::remove_cvref_t<Values>>() && ...)) {
    append_arguments(encoded, event, written(std::forward<Values>(values))...);
  }
  return encoded;
}

/// @throws std::invalid_argument if is_reserved_event()
inline void check_event_name(std::string_view event) {
  if (is_reserved_event(event)) {
    throw std::invalid_argument("\"" + std::string(event) + "\" is a reserved event name");
  }
}

}  // namespace detail

/// An event that is encoded once, to be sent to many sockets one by one: `for (...)
/// socket.emit(event)`. They share its bytes. Copies share the event. Any thread.
class prepared_event {
 public:
  /// Takes the arguments of emit_interface::emit(), without a function for the acknowledgement.
  /// @throws std::invalid_argument as that does, except for the number of binary values
  explicit prepared_event(std::string_view event) : packets_(prepare(event)) {}
  template <class First = detail::braces>
  prepared_event(std::string_view event, First&& first)
      : packets_(prepare(event, std::forward<First>(first))) {}
  template <class First = detail::braces, class Second = detail::braces>
  prepared_event(std::string_view event, First&& first, Second&& second)
      : packets_(prepare(event, std::forward<First>(first), std::forward<Second>(second))) {}
  template <class First = detail::braces, class Second = detail::braces,
            class Third = detail::braces, class... Rest>
  prepared_event(std::string_view event, First&& first, Second&& second, Third&& third,
                 Rest&&... rest)
      : packets_(prepare(event, std::forward<First>(first), std::forward<Second>(second),
                         std::forward<Third>(third), std::forward<Rest>(rest)...)) {}

  /// The event's name.
  [[nodiscard]] std::string_view name() const;

  /// What is sent, independent of the receivers.
  [[nodiscard]] const encoded_arguments& encoded() const;

 private:
  friend class socket_emitter;

  using packets_pointer = std::shared_ptr<detail::prepared_packets>;

  template <class... Values>
  static packets_pointer prepare(std::string_view event, Values&&... values) {
    detail::check_event_name(event);
    return make_packets(event, detail::write_event({}, event, std::forward<Values>(values)...));
  }
  static packets_pointer make_packets(std::string_view event, encoded_arguments&& encoded);

  packets_pointer packets_;
};

}  // namespace socketio
