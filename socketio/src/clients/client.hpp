#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/engineio/session.hpp>
#include <socketio/engineio/timer.hpp>
#include <socketio/protocol/packet_codec.hpp>

#include "namespace_registry.hpp"
#include "namespaces/core_context.hpp"
#include "sockets/socket_client.hpp"
#include "sockets/socket_state.hpp"

namespace socketio::detail {

/// One client: its packets, and its sockets in the namespaces. Lives on the shard of its session.
class client final : public engineio::session_handler,
                     private socket_client,
                     public std::enable_shared_from_this<client> {
 public:
  client(std::shared_ptr<namespace_registry> namespaces, engineio::session& session);
  ~client() override;

  /// Starts the time-out for joining a namespace.
  void begin();

 private:
  // A socket, or one that waits for the middlewares (pending).
  struct entry {
    std::shared_ptr<socket_state> socket;
    bool pending = true;
  };

  [[nodiscard]] bool is_open() const override { return session_ != nullptr && session_->is_open(); }
  [[nodiscard]] bool writable() const override {
    return session_ != nullptr && session_->writable();
  }
  [[nodiscard]] std::size_t buffered() const override {
    return session_ != nullptr ? session_->buffered() : 0;
  }
  void send(const packet_header& header, encoded_arguments&& payload) override;
  void send(const encoded_packet& packet) override;
  void remove(const socket_state& socket) override;
  void disconnect_all() override;

  void handle_message(engineio::received_message message) override;
  void handle_upgrade() override;
  void handle_end(std::string_view reason, std::string_view description) override;

  void receive(const decoded_packet& packet);
  void connect(const decoded_packet& packet);
  void run_middlewares(const std::shared_ptr<socket_state>& joining, std::size_t position);
  void connected(const std::shared_ptr<socket_state>& joined);
  void refuse(const std::string& nsp, const connect_error& error);
  void violation(std::string_view what);
  void connect_timed_out();
  [[nodiscard]] entry* find(std::string_view nsp);

  [[nodiscard]] const core_context& shared() const { return namespaces_->shared(); }

  const std::shared_ptr<namespace_registry> namespaces_;
  engineio::session* session_;  // owns this client; null after the session has ended
  packet_decoder decoder_;
  std::vector<entry> entries_;
  // Null once the client has joined a namespace.
  std::unique_ptr<engineio::member_timer<client, &client::connect_timed_out>> connect_deadline_;
};

}  // namespace socketio::detail
