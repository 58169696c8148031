#pragma once

#include <cstdint>

namespace socketio {

/// What a read or a write came to.
enum class io_status : std::uint8_t {
  done,        ///< some bytes were moved
  want_read,   ///< to be repeated when the socket is readable
  want_write,  ///< to be repeated when the socket is writable
  end,         ///< the peer has closed its side
  failed       ///< the connection is broken
};

}  // namespace socketio
