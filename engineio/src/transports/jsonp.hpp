#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <socketio/protocol/http.hpp>

namespace socketio::engineio {

/// The number of the script's callback, if a script element sends the request (JSONP): the digits
/// of the query's `j`.
[[nodiscard]] std::optional<std::string> jsonp_index(const http_request& request);

/// Encodes a payload as a script that calls the callback.
[[nodiscard]] std::string encode_jsonp(std::string_view index, std::string_view payload);

/// Decodes the payload of a form that a JSONP client posts: the field `d`.
[[nodiscard]] std::string decode_jsonp(std::string_view body);

}  // namespace socketio::engineio
