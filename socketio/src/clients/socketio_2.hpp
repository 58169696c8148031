#pragma once

#include <string>
#include <string_view>

#include <socketio/middleware.hpp>
#include <socketio/protocol/json.hpp>

namespace socketio::engineio {
class session;
}

/// What is different for the clients of Socket.IO 1 and 2, which Engine.IO's revision 3 carries:
/// the server joins them to `/`, they know the ids of their sockets by themselves, and they put
/// what Socket.IO 3 calls `auth` behind the namespace's name, as a query.
namespace socketio::detail {

/// Whether a session's client is one of them.
[[nodiscard]] bool speaks_socketio_2(const engineio::session& session);

/// The id of such a client's socket in a namespace.
[[nodiscard]] std::string socketio_2_id(const engineio::session& session, std::string_view nsp);

/// The name of the namespace that a packet of such a client is for.
/// @param target as the packet says it, such as `/chat?token=1`
[[nodiscard]] std::string_view without_query(std::string_view target);

/// The query behind that name: an object of texts.
[[nodiscard]] json query_as_auth(std::string_view target);

/// What such a client gets if a middleware refuses it: the details, or the message if there are
/// none, or none that JavaScript takes for true.
[[nodiscard]] json socketio_2_refusal(const connect_error& error);

}  // namespace socketio::detail
