#include "prepared_packets.hpp"

#include <algorithm>

namespace socketio::detail {

std::shared_ptr<const encoded_packet> prepared_packets::packet_for(std::string_view server_id,
                                                                   const packet_codec& codec,
                                                                   std::string_view nsp,
                                                                   bool compress) {
  // There may be any number of namespaces.
  constexpr std::size_t max_entries = 16;
  const std::scoped_lock lock(mutex_);
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const entry& each) {
    return each.compress == compress && each.nsp == nsp && each.server_id == server_id;
  });
  if (found != entries_.end()) return found->packet;
  if (entries_.size() >= max_entries) entries_.pop_front();
  auto packet =
      std::make_shared<const encoded_packet>(encode_event(codec, values, nsp, {}, compress));
  entries_.push_back({std::string(server_id), std::string(nsp), compress, packet});
  return packet;
}

}  // namespace socketio::detail
