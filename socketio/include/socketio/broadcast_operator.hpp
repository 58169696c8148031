#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/broadcast_options.hpp>
#include <socketio/emit.hpp>
#include <socketio/error.hpp>
#include <socketio/room_list.hpp>

namespace socketio {

class remote_socket;
namespace detail {
class namespace_state;
}

/// Completes fetch_sockets().
using fetch_completion =
    boost::asio::any_completion_handler<void(error_code, std::vector<remote_socket>)>;

/// A set of sockets of a namespace, to send to. Immutable: a function that changes the set returns
/// another operator. Each socket receives a broadcast at most once. Any thread.
class broadcast_operator : public emit_interface<broadcast_operator> {
 public:
  broadcast_operator(std::shared_ptr<detail::namespace_state> target, broadcast_options options)
      : namespace_(std::move(target)), options_(std::move(options)) {}

  /// Adds the sockets of these rooms.
  [[nodiscard]] broadcast_operator to(const room_list& rooms) const;
  /// Adds the sockets of these rooms.
  [[nodiscard]] broadcast_operator in(const room_list& rooms) const { return to(rooms); }
  /// Excludes the sockets of these rooms.
  [[nodiscard]] broadcast_operator except(const room_list& rooms) const;
  /// Only the sockets of this process.
  [[nodiscard]] broadcast_operator local() const;
  /// Drops events for clients that cannot take them at once.
  [[nodiscard]] broadcast_operator volatile_() const;
  /// Sets whether the transports may compress the events, as they do by default if they compress.
  [[nodiscard]] broadcast_operator compress(bool allowed) const;
  /// Sets how long to wait for acknowledgements, instead of the option broadcast_ack_timeout.
  [[nodiscard]] broadcast_operator timeout(std::chrono::milliseconds time) const;

  /// Completes with the sockets, with the signature `void(error_code, std::vector<remote_socket>)`.
  /// The handler runs on its associated executor, else on a shard; its cancellation slot ends the
  /// wait. Errors: error::disconnected, `boost::asio::error::operation_aborted`.
  template <class Token>
  auto fetch_sockets(Token&& token) const {
    if constexpr (detail::require_completion_token<Token>()) {
      constexpr bool fits = detail::completes_with<Token, error_code, std::vector<remote_socket>>;
      static_assert(fits,
                    "a function that completes fetch_sockets() takes (socketio::error_code error, "
                    "std::vector<socketio::remote_socket> sockets)");
      if constexpr (fits) {
        return boost::asio::async_initiate<Token, void(error_code, std::vector<remote_socket>)>(
            [self = *this](auto&& handler) {
              self.fetch(fetch_completion(std::forward<decltype(handler)>(handler)));
            },
            token);
      }
    }
  }
  /// Adds the sockets to rooms.
  void sockets_join(const room_list& rooms) const;
  /// Removes the sockets from rooms.
  void sockets_leave(const room_list& rooms) const;
  /// Disconnects the sockets from the namespace; with `close`, closes their connections.
  void disconnect_sockets(bool close = false) const;
  /// Compiles only for a bool, because the protocol has no reason to send.
  template <class Other>
  void disconnect_sockets(const Other& /*close*/) const {
    static_assert(std::same_as<Other, bool>,
                  "disconnect_sockets() takes a bool, whether to close the connections too; no "
                  "reason is sent to the clients");
  }

 protected:
  /// No sockets.
  broadcast_operator() = default;

  std::shared_ptr<detail::namespace_state> namespace_;

 private:
  friend class emit_interface<broadcast_operator>;

  static constexpr auto asks = detail::asked::many;

  [[nodiscard]] const broadcast_operator& sender() const { return *this; }
  void check_attachments(const encoded_arguments& encoded) const;
  void send_encoded(const encoded_arguments& encoded, detail::ack_handler acknowledged) const;
  void send_encoded_with_ack(const encoded_arguments& encoded, ack_completion handler) const;
  void send_encoded_to_each(const encoded_arguments& encoded, detail::answer_handler handler) const;
  void fetch(fetch_completion completion) const;

  broadcast_options options_;
};

}  // namespace socketio
