#pragma once

#include <boost/system/error_code.hpp>

#include <socketio/detail/language.hpp>

namespace socketio {

using boost::system::error_code;

/// Why an asynchronous call failed.
enum class error {
  timed_out = 1,      ///< the answer, for example an acknowledgement, did not arrive in time
  disconnected,       ///< the client disconnected, or the server was destroyed, before the answer
  handshake_refused,  ///< the server refused a WebSocket handshake, or answered it wrongly
  dropped,            ///< the client could not take a volatile event at once
  bad_answer,         ///< the acknowledgement does not convert to the function's parameters
  too_many  ///< as many acknowledgements are awaited as the option max_awaited_acks allows
};

/// The category of the values above.
[[nodiscard]] const boost::system::error_category& error_category();

[[nodiscard]] inline error_code make_error_code(error value) {
  return {static_cast<int>(value), error_category()};
}

}  // namespace socketio

template <>
struct boost::system::is_error_code_enum<socketio::error> : std::true_type {};
