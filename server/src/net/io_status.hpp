#pragma once

#include <cstdint>

namespace socketio::detail {

/// The result of a read or a write.
enum class io_status : std::uint8_t {
  done,        ///< it moved some bytes
  want_read,   ///< repeat it when the socket is readable
  want_write,  ///< repeat it when the socket is writable
  end,         ///< the peer has closed its side
  failed       ///< the connection is broken
};

}  // namespace socketio::detail
