#pragma once

#include <concepts>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <socketio/detail/awaitable.hpp>
#include <socketio/io_namespace.hpp>
#include <socketio/typed_emitter.hpp>
#include <socketio/typed_socket.hpp>

namespace socketio {

namespace detail {

/// A handler of new sockets with a contract as one of sockets without.
/// @throws std::invalid_argument for an empty std::function, or a pointer that is null
template <class Contract, class Source>
auto make_typed_connection_handler(Source&& source) {
  using function_type = std::decay_t<Source>;
  constexpr bool fits = std::is_invocable_v<function_type&, typed_socket<Contract>>;
  static_assert(fits,
                "on() of a namespace with a contract takes a handler of \"connection\" with the "
                "parameter (socketio::typed_socket<contract> socket)");
  if constexpr (!fits) {
    return [](const socket&) {};
  } else if constexpr (is_awaitable<std::invoke_result_t<function_type&, typed_socket<Contract>>>) {
    const auto function = share_function(std::forward<Source>(source));
    // Keeps the socket, too, as long as the coroutine runs.
    return [function](const socket& connected) {
      return keep_running(function, typed_socket<Contract>(connected));
    };
  } else {
    return [function = make_function<function_type>(std::forward<Source>(source))](
               const socket& connected) mutable { function(typed_socket<Contract>(connected)); };
  }
}

}  // namespace detail

/// A namespace with a contract: its sockets are typed_sockets. Make it of any namespace, or of a
/// server: `socketio::typed_namespace<chat> io(server);`. It emits the events of the contract's
/// `server_to_client`, and those of `server_side` to the other servers of the cluster. All other
/// functions are those of io_namespace, to which it converts; untyped() returns it. Any thread.
template <class Contract>
class typed_namespace : public typed_emitter<io_namespace, detail::server_to_client<Contract>> {
 public:
  explicit typed_namespace(const io_namespace& untyped)
      : typed_emitter<io_namespace, detail::server_to_client<Contract>>(untyped) {}

  /// Adds a handler `(typed_socket<Contract>)` for new sockets, the event `connection`; it may be a
  /// coroutine.
  /// @throws std::invalid_argument as io_namespace::on() does
  template <class Handler>
  listener_id on(std::string_view event, Handler&& handler) const {
    return this->untyped().on(event, declared(std::forward<Handler>(handler)));
  }
  /// Adds such a handler for the next event only.
  template <class Handler>
  listener_id once(std::string_view event, Handler&& handler) const {
    return this->untyped().once(event, declared(std::forward<Handler>(handler)));
  }
  /// Adds such a handler before those that there are.
  template <class Handler>
  listener_id prepend_listener(std::string_view event, Handler&& handler) const {
    return this->untyped().prepend_listener(event, declared(std::forward<Handler>(handler)));
  }
  /// Adds such a handler for the next event only, before those that there are.
  template <class Handler>
  listener_id prepend_once_listener(std::string_view event, Handler&& handler) const {
    return this->untyped().prepend_once_listener(event, declared(std::forward<Handler>(handler)));
  }

  /// The sockets of the namespace that are connected to this server.
  [[nodiscard]] std::vector<typed_socket<Contract>> sockets() const {
    std::vector<typed_socket<Contract>> all;
    for (auto& found : this->untyped().sockets()) all.emplace_back(std::move(found));
    return all;
  }
  /// The socket of this server with an id.
  [[nodiscard]] std::optional<typed_socket<Contract>> find_socket(std::string_view id) const {
    auto found = this->untyped().find_socket(id);
    if (!found) return std::nullopt;
    return typed_socket<Contract>(std::move(*found));
  }

  /// Adds a handler for an event of the contract's `server_side`, as typed_socket::on() does.
  template <fixed_string Name, class Handler>
  listener_id on_server_side(Handler&& handler) const {
    return this->untyped().on_server_side(Name.view(),
                                          server_declared<Name>(std::forward<Handler>(handler)));
  }
  /// Adds such a handler for the next event only.
  template <fixed_string Name, class Handler>
  listener_id once_server_side(Handler&& handler) const {
    return this->untyped().once_server_side(Name.view(),
                                            server_declared<Name>(std::forward<Handler>(handler)));
  }
  /// Emits the events of the contract's `server_side` to the other servers of the cluster.
  [[nodiscard]] auto server_side() const {
    return typed_emitter<server_side_emitter, detail::server_side<Contract>>(
        this->untyped().server_side());
  }
  /// Emits an event of the contract's `server_side` to the other servers of the cluster.
  template <fixed_string Name, class... Arguments>
  void server_side_emit(Arguments&&... arguments) const {
    server_side().template emit<Name>(std::forward<Arguments>(arguments)...);
  }
  /// The same, and completes with broadcast_answers of the declared type.
  template <fixed_string Name, class... Arguments>
  auto server_side_emit_with_ack(Arguments&&... arguments) const {
    return server_side().template emit_with_ack<Name>(std::forward<Arguments>(arguments)...);
  }

 private:
  template <class Handler>
  static auto declared(Handler&& handler) {
    return detail::make_typed_connection_handler<Contract>(std::forward<Handler>(handler));
  }
  template <fixed_string Name, class Handler>
  static decltype(auto) server_declared(Handler&& handler) {
    return detail::make_declared_handler<detail::found_event<detail::server_side<Contract>, Name>>(
        std::forward<Handler>(handler));
  }
};

}  // namespace socketio
