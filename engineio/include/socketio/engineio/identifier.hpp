#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <socketio/detail/language.hpp>

namespace socketio::engineio {

/// The largest number of shards that identifiers can name.
inline constexpr std::size_t max_shards = 256;

/// The number of characters of an identifier.
inline constexpr std::size_t identifier_size = 20;

/// Makes an identifier: identifier_size characters of base64url, of which 112 bits come from the
/// system's random generator and 8 name the shard. Thread-safe.
/// @throws std::runtime_error if the random generator fails
[[nodiscard]] std::string make_identifier(std::size_t shard);

/// The shard that an identifier names; nothing if make_identifier() cannot have made it.
[[nodiscard]] std::optional<std::size_t> shard_of_identifier(std::string_view identifier);

}  // namespace socketio::engineio
