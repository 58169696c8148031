#pragma once

#include <openssl/bio.h>

namespace socketio {

/// What OpenSSL reads from and writes to: a non-blocking socket, which stays the caller's.
/// OpenSSL's own would raise SIGPIPE, and end the process, when the peer has gone.
/// @throws std::bad_alloc
[[nodiscard]] BIO* make_socket_bio(int descriptor);

}  // namespace socketio
