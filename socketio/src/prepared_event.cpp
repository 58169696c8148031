#include <socketio/prepared_event.hpp>

#include "packets/prepared_packets.hpp"

namespace socketio {

prepared_event::packets_pointer prepared_event::make_packets(std::string_view event,
                                                             encoded_arguments&& encoded) {
  return std::make_shared<detail::prepared_packets>(event, std::move(encoded));
}

std::string_view prepared_event::name() const {
  return packets_->name;
}

const encoded_arguments& prepared_event::encoded() const {
  return packets_->values;
}

}  // namespace socketio
