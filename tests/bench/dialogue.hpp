#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// What is measured.
enum class scenario {
  echo,            ///< an event with an acknowledgement, over WebSocket
  polling,         ///< the same over HTTP long-polling
  binary,          ///< the same with bytes, over WebSocket
  visit,           ///< an event whose handler joins a room and leaves it
  websocket_echo,  ///< a native WebSocket
  broadcast,       ///< one client's events go to all
  rooms,           ///< the same within rooms
  connect,         ///< clients come
  idle             ///< clients are there
};

/// A scenario by its name on the command line. @throws std::invalid_argument
[[nodiscard]] scenario parse_scenario(std::string_view name);

/// A message of Socket.IO or of a native WebSocket: its text, and one attachment or none.
struct spoken {
  std::string text;
  std::string attachment;
};

/// What the clients of a scenario say and hear, made once: a client that has said `requests[i]`
/// hears `replies[i]`, or all that are meant hear `delivery`.
struct dialogue {
  std::vector<spoken> requests;
  std::vector<spoken> replies;  ///< to one client, in the order of its requests
  spoken delivery;              ///< to many; not used together with replies

  /// @param count of different requests: those of one client at a time, or one for each room
  dialogue(scenario what, std::size_t count, std::size_t payload);
};

/// The name of a room, always of the same length.
[[nodiscard]] std::string room_name(std::size_t number);

/// Most requests of one client at a time, so that the ids of acknowledgements are equally long.
inline constexpr std::size_t max_in_flight = 900;

/// A request as the frames of a client.
[[nodiscard]] std::string client_frames(const spoken& message, scenario what);
/// How many bytes a server's frames of a message have.
[[nodiscard]] std::size_t server_frames_size(const spoken& message);

}  // namespace bench
