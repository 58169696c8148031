#include <socketio/ack.hpp>

#include "packets/ack_target.hpp"

namespace socketio {

std::string ack::take_buffer() const {
  return target_->take_buffer();
}

void ack::send(encoded_arguments&& encoded) const {
  target_->acknowledge(std::move(encoded));
}

}  // namespace socketio
