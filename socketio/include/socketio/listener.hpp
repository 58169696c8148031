#pragma once

#include <cstdint>

#include <socketio/detail/language.hpp>

namespace socketio {

/// Names a handler, to remove it.
enum class listener_id : std::uint64_t {};

namespace detail {

/// How a handler is added.
struct listener_place {
  bool once = false;   ///< for the next event only
  bool first = false;  ///< before the handlers that there are
};

/// Whether events come from the client or go to it.
enum class event_direction : std::uint8_t { incoming, outgoing };

}  // namespace detail
}  // namespace socketio
