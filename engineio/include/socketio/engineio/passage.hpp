#pragma once

#include <socketio/protocol/http.hpp>

namespace socketio::detail {

/// A request on its way, through CORS policies and middlewares, to whoever serves it. Use it on the
/// shard.
struct passage {
  http_request* request = nullptr;  ///< null once it goes nowhere any more, as the client has gone
  http_fields fields;               ///< to add to the response
};

}  // namespace socketio::detail
