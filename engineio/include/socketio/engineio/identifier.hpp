#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <socketio/detail/language.hpp>

namespace socketio::engineio {

/// Most shards that an identifier can name.
inline constexpr std::size_t max_shards = 256;

/// How many characters an identifier has.
inline constexpr std::size_t identifier_size = 20;

/// A fresh identifier: identifier_size characters of base64url, 112 bits of them from the system's
/// random generator, the rest naming a shard. Thread-safe.
[[nodiscard]] std::string make_identifier(std::size_t shard);

/// The shard that an identifier names; nothing if it cannot have come from make_identifier().
[[nodiscard]] std::optional<std::size_t> shard_of_identifier(std::string_view identifier);

}  // namespace socketio::engineio
