#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/protocol/json.hpp>

#include "logged_event.hpp"

namespace socketio::detail {

/// When a socket has connected, and when it has been in which rooms, in numbers of the log: which
/// events it was sent follows from that.
class recovery_record {
 public:
  /// @param began the number of the last event before the socket connected
  explicit recovery_record(std::uint64_t began) : began_(began) {}

  /// The socket has joined a room after an event, unless it is in it.
  void join(std::string_view room, std::uint64_t number);
  /// It has left a room after an event.
  void leave(std::string_view room, std::uint64_t number);
  /// The rooms that it is in, in the order of joining.
  [[nodiscard]] std::vector<std::string> rooms() const;

  /// The number of the last event before the socket connected.
  [[nodiscard]] std::uint64_t began() const { return began_; }
  /// Whether it is known for all events after a number if the socket has received them.
  [[nodiscard]] bool reaches_back_to(std::uint64_t number) const { return number >= known_after_; }
  /// The events among these, which are all after a number, that were sent to the socket.
  [[nodiscard]] std::vector<event_pointer> received(std::string_view id,
                                                    std::vector<event_pointer> events) const;
  /// As a record of a journal, and back.
  [[nodiscard]] json write() const;
  [[nodiscard]] static recovery_record read(const json& written);
  /// The memory that it takes, about.
  [[nodiscard]] std::size_t size() const;

 private:
  static constexpr auto still = std::numeric_limits<std::uint64_t>::max();
  // Of rooms that the socket has left.
  static constexpr std::size_t max_former = 1000;

  struct stay {
    std::string room;
    std::uint64_t after = 0;  // the last event before it
    std::uint64_t until = still;
  };

  void forget_former();

  std::uint64_t began_;
  std::uint64_t known_after_ = 0;
  std::vector<stay> stays_;
  std::size_t former_ = 0;  // how many of them have ended
};

}  // namespace socketio::detail
