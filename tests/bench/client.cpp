#include "client.hpp"

#include <stdexcept>

#include "polling_client.hpp"
#include "record_client.hpp"
#include "websocket_client.hpp"

namespace bench {

client_settings::client_settings(const target& where, scenario measured, const dialogue& spoken,
                                 bool compressed)
    : server(where), what(measured), words(spoken), deflate(compressed) {
  for (const auto& request : words.requests) {
    wire_requests.push_back(client_frames(request, what));
  }
  if (!words.replies.empty()) wire_reply_size = server_frames_size(words.replies.front());
  if (!words.delivery.text.empty()) wire_reply_size = server_frames_size(words.delivery);
  if (server.is_floor() && (what == scenario::polling || what == scenario::visit)) {
    throw std::invalid_argument("the floor knows nothing of this scenario");
  }
}

std::unique_ptr<client> make_client(event_loop& loop, const client_settings& settings,
                                    client::observer& owner, const std::vector<std::string>& rooms,
                                    std::uint32_t group) {
  if (settings.server.is_floor()) {
    return std::make_unique<record_client>(loop, settings, owner, group);
  }
  if (settings.what == scenario::polling) {
    return std::make_unique<polling_client>(loop, settings, owner);
  }
  return std::make_unique<websocket_client>(loop, settings, owner, rooms);
}

}  // namespace bench
