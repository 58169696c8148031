#pragma once

#include <string>
#include <string_view>

namespace socketio::detail {

/// Rewrites the few things that `JSON.parse` accepts and simdjson does not: numbers beyond 64 bits
/// or beyond a double's range, and escaped lone surrogates. Whatever else is wrong stays wrong.
[[nodiscard]] std::string repair_json(std::string_view text);

}  // namespace socketio::detail
