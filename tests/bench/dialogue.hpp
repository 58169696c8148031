#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// What a run measures.
enum class scenario {
  echo,            ///< an event with an acknowledgement, over WebSocket
  polling,         ///< an event with an acknowledgement, over HTTP long-polling
  binary,          ///< a binary event with an acknowledgement, over WebSocket
  visit,           ///< an event whose handler joins and leaves a room
  websocket_echo,  ///< a native WebSocket
  broadcast,       ///< one client's events go to all clients
  rooms,           ///< one client's events go to all of a room
  connect,         ///< clients connect
  idle             ///< connected clients do nothing
};

/// Finds a scenario by its name. @throws std::invalid_argument
[[nodiscard]] scenario parse_scenario(std::string_view name);

/// A message of Socket.IO or of a native WebSocket: its text, and at most one attachment.
struct spoken {
  std::string text;
  std::string attachment;
};

/// What the clients of a scenario send and receive, prepared once. The server answers
/// `requests[i]` with `replies[i]` to the sender, or with `delivery` to all recipients.
struct dialogue {
  std::vector<spoken> requests;
  std::vector<spoken> replies;  ///< to one client, in the order of its requests
  spoken delivery;              ///< to many; not used together with `replies`

  /// @param count the number of different requests: the requests in flight, or one for each room
  dialogue(scenario what, std::size_t count, std::size_t payload);
};

/// The name of a room; all have the same length.
[[nodiscard]] std::string room_name(std::size_t number);

/// The largest number of requests in flight, so that all ids of acknowledgements have one length.
inline constexpr std::size_t max_in_flight = 900;

/// Encodes a request as the frames of a client.
[[nodiscard]] std::string client_frames(const spoken& message, scenario what);
/// The number of bytes in a server's frames of a message.
[[nodiscard]] std::size_t server_frames_size(const spoken& message);

}  // namespace bench
