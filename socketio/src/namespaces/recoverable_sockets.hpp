#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "recovery/recovery_context.hpp"
#include "recovery/recovery_record.hpp"
#include "socket_data.hpp"

namespace socketio::detail {

class socket_state;

/// A socket whose client may come back.
struct saved_socket {
  std::string id;
  std::string pid;  ///< the secret by which the client proves that it is the same
  recovery_record record;
  socket_data data;
  std::chrono::steady_clock::time_point since;  ///< when the client has gone
};

/// The sockets of a namespace that may be restored, by their private ids: those whose clients are
/// away, and those that are connected, since a client may have noticed earlier than the server that
/// its connection is broken. Any thread.
class recoverable_sockets {
 public:
  /// @param kept those of earlier runs of the server, by their private ids
  recoverable_sockets(std::string nsp, recovery_context& context,
                      std::map<std::string, journalled_socket>&& kept);
  ~recoverable_sockets();
  recoverable_sockets(const recoverable_sockets&) = delete;
  recoverable_sockets& operator=(const recoverable_sockets&) = delete;

  /// A socket has connected.
  void add(const std::string& pid, const std::shared_ptr<socket_state>& socket, std::string id,
           const recovery_record& record, json data);
  /// A connected socket has joined or left a room, or its data has changed.
  void joined(const std::string& pid, std::string_view room, std::uint64_t number);
  void left(const std::string& pid, std::string_view room, std::uint64_t number);
  void changed(const std::string& pid, json data);
  /// A socket has ended for good.
  void remove(const std::string& pid);
  /// The client of a socket has gone. Drops others if there are too many.
  void save(std::unique_ptr<saved_socket> saved);
  /// Takes back a socket that was claimed, but not restored.
  void take_back(std::unique_ptr<saved_socket> saved);
  /// Whether there is a socket with a private id, connected or not.
  [[nodiscard]] bool contains(const std::string& pid) const;

  /// What claim() finds: nothing, a socket that is now the caller's, or one that is connected.
  using claimed =
      std::variant<std::monostate, std::unique_ptr<saved_socket>, std::shared_ptr<socket_state>>;
  /// Takes the socket with a private id, so that nobody else can restore it.
  [[nodiscard]] claimed claim(const std::string& pid);
  /// Forgets all of them; files keep them.
  void clear();

  /// Drops the sockets whose time is over.
  void trim(std::chrono::steady_clock::time_point now);

 private:
  // Those whose clients have gone, the first one first.
  using away_list = std::list<std::unique_ptr<saved_socket>>;
  using entry = std::variant<std::weak_ptr<socket_state>, away_list::iterator>;

  [[nodiscard]] bool is_over(const saved_socket& saved,
                             std::chrono::steady_clock::time_point now) const {
    return saved.since + context_.recovery->max_disconnection_duration <= now;
  }
  // Under the lock.
  std::unique_ptr<saved_socket> take(away_list::iterator taken);
  std::unique_ptr<saved_socket> drop(away_list::iterator dropped);

  const std::string nsp_;
  recovery_context& context_;
  mutable std::mutex mutex_;
  away_list away_;
  std::unordered_map<std::string, entry> by_pid_;
};

}  // namespace socketio::detail
