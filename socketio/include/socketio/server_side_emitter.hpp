#pragma once

#include <memory>
#include <utility>

#include <socketio/emit.hpp>

namespace socketio {

namespace detail {
class namespace_state;
}

/// Emits events to a namespace on the other servers of the cluster, to the handlers of
/// io_namespace::on_server_side(). io_namespace::server_side() returns it. Acknowledgements are
/// those of a broadcast: one of each server, whose id stands for a socket's. Any thread.
class server_side_emitter : public emit_interface<server_side_emitter> {
 public:
  explicit server_side_emitter(std::shared_ptr<detail::namespace_state> target)
      : namespace_(std::move(target)) {}

  /// Sets how long to wait for acknowledgements, instead of the option broadcast_ack_timeout.
  [[nodiscard]] server_side_emitter timeout(std::chrono::milliseconds time) const;

 private:
  friend class emit_interface<server_side_emitter>;

  static constexpr auto asks = detail::asked::servers;

  [[nodiscard]] const server_side_emitter& sender() const { return *this; }
  void check_event(std::string_view event) const;
  void check_attachments(const encoded_arguments& encoded) const;
  void send_encoded(const encoded_arguments& encoded, detail::ack_handler acknowledged) const;
  void send_encoded_with_ack(const encoded_arguments& encoded, ack_completion handler) const;
  void send_encoded_to_each(const encoded_arguments& encoded, detail::answer_handler handler) const;

  std::shared_ptr<detail::namespace_state> namespace_;
  emit_flags flags_;
};

}  // namespace socketio
