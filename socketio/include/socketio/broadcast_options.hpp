#pragma once

#include <string>
#include <vector>

#include <socketio/emit.hpp>

namespace socketio {

/// The sockets that a broadcast reaches: those in any of `rooms` (all sockets if it is empty),
/// except those in any of `except`.
struct broadcast_options {
  std::vector<std::string> rooms;
  std::vector<std::string> except;
  emit_flags flags;
};

}  // namespace socketio
