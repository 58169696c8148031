#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <socketio/protocol/packet_codec.hpp>

#include "encoded_packet.hpp"

namespace socketio::detail {

/// The packets of a prepared event, each encoded when the first socket needs it. Any thread.
class prepared_packets {
 public:
  prepared_packets(std::string_view event, encoded_arguments&& arguments)
      : name(event), values(std::move(arguments)) {}

  const std::string name;
  const encoded_arguments values;

  /// The packet for the sockets of a namespace.
  /// @param server_id the server's, whose codec it is
  [[nodiscard]] std::shared_ptr<const encoded_packet> packet_for(std::string_view server_id,
                                                                 const packet_codec& codec,
                                                                 std::string_view nsp,
                                                                 bool compress);

 private:
  struct entry {
    std::string server_id;
    std::string nsp;
    bool compress;
    std::shared_ptr<const encoded_packet> packet;
  };

  std::mutex mutex_;
  std::deque<entry> entries_;
};

}  // namespace socketio::detail
