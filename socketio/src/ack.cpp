#include <socketio/ack.hpp>

#include "ack_target.hpp"

namespace socketio {

void ack::send(encoded_arguments encoded) const {
  target_->send(std::move(encoded));
}

}  // namespace socketio
