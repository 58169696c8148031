#pragma once

#include <boost/system/error_code.hpp>

#include <socketio/detail/language.hpp>

namespace socketio {

using boost::system::error_code;

/// Why an asynchronous call failed.
enum class error {
  timed_out = 1,      ///< the answer, for example an acknowledgement, has not come in time
  disconnected,       ///< the client, or the server, has gone before the answer came
  handshake_refused,  ///< the server has not answered a WebSocket handshake as it should
  dropped,            ///< the client could not take a volatile event at once
  bad_answer          ///< the acknowledgement does not fit the parameters of the function
};

/// The category of the values above.
[[nodiscard]] const boost::system::error_category& error_category();

[[nodiscard]] inline error_code make_error_code(error value) {
  return {static_cast<int>(value), error_category()};
}

}  // namespace socketio

template <>
struct boost::system::is_error_code_enum<socketio::error> : std::true_type {};
