#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <socketio/protocol/http.hpp>

namespace socketio::engineio {

/// The number of the script's callback, if a poll comes from a script element (JSONP): the digits
/// of the query's `j`.
[[nodiscard]] std::optional<std::string> jsonp_index(const http_request& request);

/// A payload as a script that calls the callback.
[[nodiscard]] std::string encode_jsonp(std::string_view index, std::string_view payload);

/// The payload of a form that JSONP clients post: the field `d`, in which `\\n` is a line break.
[[nodiscard]] std::string decode_jsonp(std::string_view body);

}  // namespace socketio::engineio
