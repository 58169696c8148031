#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <socketio/detail/address_counts.hpp>
#include <socketio/detail/unique_function.hpp>
#include <socketio/engineio/cors.hpp>
#include <socketio/engineio/http_middleware.hpp>
#include <socketio/engineio/middleware_list.hpp>
#include <socketio/engineio/options.hpp>
#include <socketio/engineio/socket.hpp>
#include <socketio/protocol/http.hpp>

namespace socketio::detail {
class id_table;
struct session_extras;
}  // namespace socketio::detail

namespace socketio::engineio {

class http_exchange;
class codec;
class session;
class session_observer;
class shard;
class transport;

/// Whether a request of an Engine.IO client opens a session, so that it names none; each later one
/// does. For middlewares, which see all.
[[nodiscard]] bool is_handshake(const http_request& request);

/// An Engine.IO server without the network: a host passes it HTTP exchanges, which it answers. Each
/// session lives on one of the shards. It brings the transports polling and WebSocket, and the
/// protocol's revisions 4 and, with the option allow_eio3, 3.
class server {
 public:
  /// @param shards those of the host: at least one, at most 256
  /// @throws std::invalid_argument for options out of range
  server(options settings, std::vector<std::shared_ptr<shard>> shards);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Sets the function to call with each new session, on its shard. Set it before requests arrive.
  void on_connection(detail::unique_function<void(socket)> handler);

  /// Adds a middleware: each request passes through all of them in their order, upgrades included,
  /// before the server looks at it. One that throws refuses the request with error 3,
  /// `MIDDLEWARE_FAILURE`. Call it before requests arrive.
  /// @throws std::invalid_argument for an empty function
  void use(http_middleware added);
  /// Adds a revision of the protocol, which has to live as long as the server. Call it before
  /// requests arrive.
  void add_codec(const codec& added);
  /// Offers clients to upgrade to a transport that the host brings, by its name. Call it before
  /// requests arrive.
  void offer_upgrade(std::string name);
  /// The names of the transports that a client may upgrade to.
  [[nodiscard]] const std::vector<std::string>& upgrades() const { return upgrades_; }

  /// Adds an observer of all sessions. Call it before requests arrive.
  void add_observer(std::shared_ptr<session_observer> observer);
  [[nodiscard]] const std::vector<std::shared_ptr<session_observer>>& observers() const {
    return observers_;
  }

  /// The shard that has to handle a request: that of the session it names, or nothing for any.
  /// Any thread.
  [[nodiscard]] std::optional<std::size_t> shard_of(const http_request& request) const;

  /// Call it when a request's head has arrived and its body follows. A session receives one body at
  /// a time: a second one ends the session.
  /// @param cut_off closes the request's connection; the session calls it if it ends meanwhile. The
  /// host keeps it until the request is handled or it calls body_failed().
  /// @return false if the host has to answer the request with status 400 at once
  [[nodiscard]] bool begin_body(shard& current, const http_request& request,
                                const std::weak_ptr<const std::function<void()>>& cut_off);
  /// Call it when the body of a request will not arrive. It ends the request's session.
  /// @param why the description with which the session ends
  void body_failed(shard& current, const http_request& request, std::string_view why);

  /// Handles a request, also one for an upgrade. Call it on the shard that shard_of() names.
  void handle(shard& current, std::unique_ptr<http_exchange> exchange);

  /// Opens a session on a transport that the host brings, with an id of the server's own. Call it
  /// on the shard.
  /// @param request what the client asks for; its query names the revision of the protocol
  /// @return false if the server is closed or has no room, or the revision is unknown
  [[nodiscard]] bool open(shard& current, const http_request& request,
                          std::unique_ptr<transport> first);
  /// Begins the upgrade of a session to a transport that the host brings. Call it on the shard that
  /// the id names.
  /// @return false if there is no such session
  [[nodiscard]] bool upgrade(shard& current, std::string_view sid,
                             std::unique_ptr<transport> candidate);

  /// Ends all sessions and refuses new ones. Any thread; does not wait until they have ended.
  /// @param ended called once when they have, or when the shards stop, on any thread
  void close(std::function<void()> ended = {});
  /// Opens a closed server again. Any thread.
  void reopen() { closed_ = false; }

  /// The number of sessions. Any thread.
  [[nodiscard]] std::size_t clients_count() const { return clients_count_; }
  [[nodiscard]] const options& settings() const { return settings_; }
  [[nodiscard]] const std::vector<std::shared_ptr<shard>>& shards() const { return shards_; }

  // For sessions and transports, on their shard.

  /// Removes a session that has ended.
  void remove(const session& ended);
  /// What a session has beside it; empty at first.
  [[nodiscard]] detail::session_extras& extras_of(const session& owner);
  /// Releases that.
  void drop_extras(const session& owner);
  /// Adds the fields common to all responses, and calls the application's hooks.
  /// @param opened the id of the session that the request opens, if it does
  void add_headers(const http_request& request, http_fields& headers,
                   std::string_view opened = {}) const;

 private:
  // Hashes and compares sessions by their id.
  struct by_id {
    using is_transparent = void;

    static std::string_view id_of(std::string_view id) noexcept { return id; }
    static std::string_view id_of(const std::shared_ptr<session>& each) noexcept;

    template <class Key>
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<std::string_view>()(id_of(key));
    }
    template <class Left, class Right>
    bool operator()(const Left& left, const Right& right) const noexcept {
      return id_of(left) == id_of(right);
    }
  };
  using session_set = std::unordered_set<std::shared_ptr<session>, by_id, by_id>;

  struct handshake;

  // The codec of the revision that a request names; null if there is none.
  [[nodiscard]] const codec* codec_of(const http_request& request) const;
  void start(const std::shared_ptr<session>& opened, std::unique_ptr<transport> first);
  // The session whose messages a request brings.
  [[nodiscard]] std::shared_ptr<session> receiver_of(shard& current,
                                                     const http_request& request) const;
  // The response has the message of the details, if there is one.
  void refuse(shard& current, http_exchange& exchange, int code, std::string_view context,
              error_details details = {}) const;
  // Refuses a WebSocket of a page that may not poll; see options::check_websocket_origin. Returns
  // whether it does.
  // @param policy null without cors
  [[nodiscard]] bool refuse_foreign_page(shard& current, http_exchange& exchange,
                                         const cors* policy) const;
  // Refuses a request whose WebSocket handshake is invalid. Returns whether it is.
  [[nodiscard]] bool refuse_bad_websocket(shard& current, http_exchange& exchange) const;
  // Refuses a handshake for which the server has no room.
  void refuse_full(shard& current, http_exchange& exchange) const;
  void tell_refusal(shard& current, const http_request& request,
                    const connection_error& error) const;
  // Adds the fields common to all responses, and responds.
  void respond_plainly(http_exchange& exchange, http_response response) const;
  // Runs the middlewares, and then serves the request.
  void run_middlewares(shard& current, std::unique_ptr<http_exchange> exchange);
  void serve(shard& current, std::unique_ptr<http_exchange> exchange);
  void handle_session(shard& current, const std::shared_ptr<session>& target,
                      std::unique_ptr<http_exchange> exchange, std::string_view transport);
  void begin_handshake(shard& home, std::unique_ptr<http_exchange> exchange);
  void choose_id(shard& home, const std::shared_ptr<handshake>& allowed);
  void open(shard& home, handshake& accepted, std::string_view id);

  options settings_;
  std::optional<cors> cors_;
  std::vector<const codec*> codecs_;
  detail::middleware_list middlewares_;
  std::vector<std::string> upgrades_;
  std::vector<std::shared_ptr<session_observer>> observers_;
  std::vector<std::shared_ptr<shard>> shards_;
  std::unique_ptr<detail::id_table> chosen_ids_;  // null without generate_id()
  // One for each shard.
  std::vector<session_set> sessions_;
  std::vector<std::unordered_map<const session*, std::unique_ptr<detail::session_extras>>> extras_;
  detail::unique_function<void(socket)> on_connection_;
  std::atomic<std::size_t> clients_count_{0};
  detail::address_counts counts_;
  std::atomic<bool> closed_{false};
};

}  // namespace socketio::engineio
