#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <socketio/detail/namespace_matcher.hpp>
#include <socketio/protocol/json.hpp>

namespace socketio {

/// Options of connection state recovery: a client that comes back soon after its connection broke
/// goes on as the same socket, with its id, rooms and data, and receives what it has missed.
struct recovery_options {
  /// How long a client may be away, and events are kept for it.
  std::chrono::milliseconds max_disconnection_duration{120'000};
  /// Whether a socket that recovers skips the middlewares of its namespace.
  bool skip_middlewares = true;

  recovery_options() = default;
};

/// Says which rooms something is about: one by its name, those whose name a regular expression
/// finds, of std::regex or of a library whose regex_search() is found beside it, or those for which
/// a function returns true.
class room_pattern {
 public:
  /// All rooms.
  room_pattern() = default;
  template <class Source>
  requires(!std::same_as<std::decay_t<Source>, room_pattern>)
      room_pattern(Source&& source) {  // NOLINT(*-explicit-*, *-forwarding-reference-overload)
    using pattern = std::decay_t<Source>;
    if constexpr (std::convertible_to<Source, std::string_view>) {
      matches_ = [name = std::string(std::string_view(source))](std::string_view room) {
        return room == name;
      };
    } else if constexpr (detail::regular_expression<pattern>) {
      matches_ = [regex = pattern(std::forward<Source>(source))](std::string_view room) {
        return static_cast<bool>(regex_search(std::string(room), regex));
      };
    } else {
      constexpr bool fits = std::is_invocable_r_v<bool, pattern&, std::string_view>;
      static_assert(fits,
                    "a room_pattern is a room's name, a std::regex, or a function with the "
                    "parameter (std::string_view room) that returns a bool");
      if constexpr (fits) matches_ = std::forward<Source>(source);
    }
  }

  [[nodiscard]] bool matches(std::string_view room) const { return !matches_ || matches_(room); }

 private:
  std::function<bool(std::string_view)> matches_;
};

/// Rooms whose latest events are kept, for sockets that join later. The event has to be sent to the
/// room; that it left out some sockets does not matter. Events to all sockets of the namespace are
/// those of the room with the empty name.
struct room_history {
  std::string nsp = "/";         ///< the namespace's name
  room_pattern rooms;            ///< which rooms; all of them by default
  std::size_t max_events = 100;  ///< of each room
  std::chrono::milliseconds max_age{3'600'000};

  room_history() = default;
  room_history(std::string in_nsp, room_pattern of_rooms, std::size_t events,
               std::chrono::milliseconds age)
      : nsp(std::move(in_nsp)), rooms(std::move(of_rooms)), max_events(events), max_age(age) {}
};

/// When what has been written to a file is forced onto the disk, in case the machine stops. The end
/// of the process alone loses nothing.
enum class sync_policy : std::uint8_t {
  never,         ///< when the system does it by itself
  every_second,  ///< in the background
  always         ///< before clients receive the event; blocks the thread that emits meanwhile
};

/// A folder with files in which events, and sockets that may be restored, survive a restart of the
/// server: their ids, rooms and JSON data, not the objects of data<T>().
struct event_storage {
  std::filesystem::path folder;  ///< none if empty; made if it is missing; for one server at a time
  sync_policy sync = sync_policy::every_second;

  event_storage() = default;
  explicit event_storage(std::filesystem::path where, sync_policy when = sync_policy::every_second)
      : folder(std::move(where)), sync(when) {}
};

/// An event of a room's history.
struct past_event {
  std::string offset;                          ///< its position, to read on from
  std::chrono::system_clock::time_point time;  ///< when it was sent
  std::string name;
  std::vector<json> values;
};

/// What is kept for clients that are away, and in the histories of rooms.
struct recovery_statistics {
  std::uint64_t events = 0;       ///< now
  std::uint64_t event_bytes = 0;  ///< that they take, about
  std::uint64_t sockets = 0;      ///< that are away now
  std::uint64_t socket_bytes = 0;
  std::uint64_t recovered = 0;  ///< how many sockets have been restored so far
};

/// How a socket joins rooms.
struct join_options {
  /// How many of the latest events of each room's history the socket receives first.
  std::size_t rewind = 0;
};

}  // namespace socketio
