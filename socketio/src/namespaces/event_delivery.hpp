#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/engineio/shard.hpp>
#include <socketio/protocol/packet_codec.hpp>

#include "core_context.hpp"
#include "packets/encoded_packet.hpp"
#include "recovery/event_log.hpp"
#include "recovery/recovery_context.hpp"
#include "recovery/recovery_record.hpp"
#include "rooms/namespace_rooms.hpp"

namespace socketio::detail {

/// The events of a namespace that keeps a log: each shard sends them to its sockets in the order of
/// the log, so that a client which knows the last one that it has received knows all others, too.
/// Any thread, unless a function takes the shard that calls it.
class event_delivery : public std::enable_shared_from_this<event_delivery> {
 public:
  event_delivery(std::string nsp, std::shared_ptr<const core_context> shared,
                 const namespace_rooms& rooms, const journalled_namespace& kept);

  /// Sends an event to its sockets on a shard.
  using sender = void (*)(room_table& table, const encoded_packet& packet,
                          const logged_event& event);
  /// Sets the function that does it; before there are sockets.
  void send_with(sender function) { send_ = function; }

  /// Logs an event, and sends it to its sockets.
  /// @param home the shard of the only socket that it is for, if there is one that is connected
  void send(event_target target, const encoded_arguments& event, const engineio::shard* home);
  /// Encodes an event that is not logged for the sockets of a shard.
  [[nodiscard]] encoded_packet encode_unlogged(const engineio::shard& home,
                                               const encoded_arguments& event, bool compress) const;
  /// Encodes an event of the log for a socket that is not to go back to it.
  [[nodiscard]] encoded_packet encode_again(const engineio::shard& home,
                                            const encoded_arguments& event, bool compress) const {
    return encode(event, compress, position(home));
  }
  /// The number of the last event that a shard has sent to its sockets, or would have.
  [[nodiscard]] std::uint64_t position(const engineio::shard& home) const {
    return parts_[home.index()]->position;
  }

  /// The number that an offset of a client stands for; nothing if it is none of this log.
  [[nodiscard]] std::optional<std::uint64_t> number_of(std::string_view offset) const;
  /// The offset of an event.
  [[nodiscard]] std::string offset_of(std::uint64_t number) const;
  /// Whether everything that a socket was sent after an event is known.
  [[nodiscard]] bool has_missed(const recovery_record& record, std::uint64_t number) const;
  /// The events that were sent to a socket after an event, up to the shard's position. From the
  /// next one on the shard sends them to the socket, if it has one with the id by then. Nothing if
  /// they are not all there.
  [[nodiscard]] std::optional<std::vector<event_pointer>> missed(engineio::shard& home,
                                                                 const recovery_record& record,
                                                                 std::string_view id,
                                                                 std::uint64_t number);
  /// The packet with which a socket receives a missed event.
  [[nodiscard]] encoded_packet encode(const logged_event& event) const;

  /// The latest events of a room's history, up to the shard's position; oldest first.
  [[nodiscard]] std::vector<event_pointer> latest(engineio::shard& home, std::string_view room,
                                                  std::size_t most);
  /// The events of a room's history after an event; all of them for 0.
  [[nodiscard]] std::vector<event_pointer> history(std::string_view room,
                                                   std::uint64_t number) const;

  /// Drops what is too old.
  void trim(std::chrono::steady_clock::time_point now);

 private:
  struct delivery {
    event_pointer event;
    std::shared_ptr<const encoded_packet> packet;
  };
  // The namespace on one shard.
  struct shard_part {
    std::shared_ptr<engineio::shard> home;
    std::shared_ptr<room_table> table;
    std::deque<delivery> waiting;  // for the shard, under the lock
    // On the shard:
    std::deque<delivery> taken;
    std::uint64_t position = 0;
    bool delivering = false;
  };

  // Sends what waits for the shard.
  void deliver(shard_part& part);
  // Takes what waits for the shard. Returns whether there is anything.
  bool take(shard_part& part);
  [[nodiscard]] encoded_packet encode(const encoded_arguments& event, bool compress,
                                      std::uint64_t number) const;

  const std::string nsp_;
  const std::shared_ptr<const core_context> shared_;
  recovery_context& context_;  // of the same
  sender send_ = nullptr;
  mutable std::mutex mutex_;  // for the log, and what waits
  event_log log_;
  // The last event of each earlier run of the server, by the run's number.
  std::map<std::uint64_t, std::uint64_t> runs_;
  std::vector<std::unique_ptr<shard_part>> parts_;
};

}  // namespace socketio::detail
