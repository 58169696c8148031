#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/engineio/session.hpp>
#include <socketio/protocol/packet_codec.hpp>

#include "namespace_registry.hpp"
#include "namespaces/core_context.hpp"
#include "socketio_2.hpp"
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

  /// Begins when the session has opened: the client has to join a namespace in time. One of
  /// Socket.IO 2 is joined to `/`.
  void begin();

 private:
  // A socket, or one that waits for the middlewares (pending).
  struct entry {
    std::shared_ptr<socket_state> socket;
    bool pending = true;
  };

  [[nodiscard]] std::shared_ptr<engineio::session> session() const override {
    return session_ != nullptr ? session_->shared_from_this() : nullptr;
  }
  // What most clients have only until they are in a namespace.
  struct joining_state;

  [[nodiscard]] bool is_open() const override { return session_ != nullptr && session_->is_open(); }
  [[nodiscard]] bool writable() const override {
    return session_ != nullptr && session_->writable();
  }
  [[nodiscard]] std::size_t buffered() const override {
    return session_ != nullptr ? session_->buffered() : 0;
  }
  void send(const packet_header& header, encoded_arguments&& payload) override;
  void send(const encoded_packet& packet) override;
  void update_reading() override;
  void remove(const socket_state& socket) override;
  void disconnect_all() override;

  void handle_message(engineio::received_message message) override;
  void handle_upgrade() override;
  void handle_end(std::string_view reason, std::string_view description) override;

  void receive(const decoded_packet& packet);
  using middleware_list = handler_list<middleware>::entries;

  // Starts the time-out for joining a namespace.
  void await_joining();
  void connect(const decoded_packet& packet);
  void connect(const std::string& name, json auth);
  // Asks the parent namespaces whether there may be a namespace with a name.
  void ask_parents(const std::string& name, json auth);
  // Returns whether the client still waits for the request.
  bool forget(const namespace_request& request);
  void join(const std::shared_ptr<namespace_state>& nsp, json auth);
  // Joins with a new socket, or with one that is restored.
  void join(const std::shared_ptr<namespace_state>& nsp, json auth,
            std::unique_ptr<saved_socket> restored);
  // Joins as a socket that has not noticed that its connection is broken.
  void take_over(const std::shared_ptr<socket_state>& former,
                 const std::shared_ptr<namespace_state>& nsp, json auth);
  void make_recoverable(socket_state& joined);
  // Restores rooms, and sends what the client has missed. Returns false if that is not possible.
  [[nodiscard]] bool restore(socket_state& joined);
  // Joins with a new socket in place of one that could not be restored.
  void join_anew(const std::shared_ptr<socket_state>& given_up);
  void run_middlewares(const std::shared_ptr<socket_state>& joining,
                       const std::shared_ptr<const middleware_list>& middlewares,
                       std::size_t position);
  void connected(const std::shared_ptr<socket_state>& joined);
  void refuse(const std::string& nsp, json reason);
  void violation(std::string_view what);
  void connect_timed_out();
  // Whether it speaks Socket.IO 2; not after the session has ended.
  [[nodiscard]] bool is_old() const { return session_ != nullptr && speaks_socketio_2(*session_); }
  [[nodiscard]] entry* find(std::string_view nsp);
  [[nodiscard]] joining_state& begin_joining();
  void settle_joining();

  [[nodiscard]] const core_context& shared() const { return namespaces_->shared(); }

  const std::shared_ptr<namespace_registry> namespaces_;
  engineio::session* session_;  // owns this client; null after the session has ended
  packet_decoder decoder_;
  std::vector<entry> entries_;
  std::unique_ptr<joining_state> joining_;  // null while there is nothing of it
};

}  // namespace socketio::detail
