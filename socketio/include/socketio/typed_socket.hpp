#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <socketio/detail/declared_handler.hpp>
#include <socketio/disconnect_reason.hpp>
#include <socketio/events.hpp>
#include <socketio/listener.hpp>
#include <socketio/socket.hpp>
#include <socketio/typed_emitter.hpp>

namespace socketio {

namespace detail {

/// The events that the server itself causes on a socket.
using socket_events = events<declaration<"disconnecting", void(disconnect_reason, std::string)>,
                             declaration<"disconnect", void(disconnect_reason, std::string)>,
                             declaration<"error", void(std::string, json)>>;

/// A reason is also a text.
template <class Parameter>
requires(std::same_as<Parameter, std::string> ||
         std::same_as<Parameter,
                      std::string_view>) inline constexpr bool takes_declared<Parameter,
                                                                              disconnect_reason> =
    true;

/// An event that a socket may have handlers for.
template <class Contract, fixed_string Name>
using received_event = std::conditional_t<std::is_void_v<found_event<socket_events, Name>>,
                                          found_event<client_to_server<Contract>, Name>,
                                          found_event<socket_events, Name>>;

}  // namespace detail

/// A socket with a contract: it emits the events of the contract's `server_to_client`, and has
/// handlers for those of `client_to_server`. Make it of any socket; typed_namespace does so.
///
/// Event names stand in angle brackets: `socket.on<"sum">([](int a, int b) { return a + b; })`. A
/// wrong name, value or answer does not compile, and the first error says what to write. All other
/// functions are those of socket, to which it converts; untyped() returns it.
template <class Contract>
class typed_socket : public typed_emitter<socket, detail::server_to_client<Contract>> {
  using base = typed_emitter<socket, detail::server_to_client<Contract>>;

 public:
  explicit typed_socket(socket client) : base(std::move(client)) {}

  /// Adds a handler for an event of the contract. Its parameters take the declared values: each is
  /// the declared type, a view of it, a std::optional of these, or JSON; the last ones may be left
  /// out. If the contract declares an answer, the handler returns what converts to it, or takes a
  /// typed_ack as the last parameter; it may be a coroutine. The events `disconnecting` and
  /// `disconnect` have a disconnect_reason, or its text, and a description.
  /// @throws std::invalid_argument for an empty std::function, or a pointer that is null
  template <fixed_string Name, class Handler>
  listener_id on(Handler&& handler) const {
    return this->untyped().on(Name.view(), declared<Name>(std::forward<Handler>(handler)));
  }
  /// Compiles only with the event's name in angle brackets.
  template <class... Arguments>
  void on(Arguments&&... /*arguments*/) const {
    static_assert(detail::never<Arguments...>,
                  "with a contract the event's name stands in angle brackets, as in "
                  "on<\"name\">(handler); untyped().on() takes any event");
  }
  /// Adds such a handler for the next event only.
  template <fixed_string Name, class Handler>
  listener_id once(Handler&& handler) const {
    return this->untyped().once(Name.view(), declared<Name>(std::forward<Handler>(handler)));
  }
  /// Adds such a handler before those that there are.
  template <fixed_string Name, class Handler>
  listener_id prepend_listener(Handler&& handler) const {
    return this->untyped().prepend_listener(Name.view(),
                                            declared<Name>(std::forward<Handler>(handler)));
  }
  /// Adds such a handler for the next event only, before those that there are.
  template <fixed_string Name, class Handler>
  listener_id prepend_once_listener(Handler&& handler) const {
    return this->untyped().prepend_once_listener(Name.view(),
                                                 declared<Name>(std::forward<Handler>(handler)));
  }
  using base::off;
  /// Removes all handlers of an event of the contract.
  template <fixed_string Name>
  void off() const {
    constexpr bool is_declared = !std::is_void_v<detail::received_event<Contract, Name>>;
    static_assert(is_declared, "the contract declares no event of this name that arrives here");
    this->untyped().off(Name.view());
  }

 private:
  template <fixed_string Name, class Handler>
  static decltype(auto) declared(Handler&& handler) {
    return detail::make_declared_handler<detail::received_event<Contract, Name>>(
        std::forward<Handler>(handler));
  }
};

}  // namespace socketio
