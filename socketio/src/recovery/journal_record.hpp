#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <socketio/protocol/json.hpp>

#include "logged_event.hpp"
#include "recovery_record.hpp"

namespace socketio::detail {

/// Frames a record for a file: its length, its checksum, and its bytes, which are CBOR (RFC 8949).
[[nodiscard]] std::string frame_record(const json& record);

/// Takes the first record off the front of a file's content; nothing at the end, and where the
/// content is torn or damaged.
[[nodiscard]] std::optional<json> take_record(std::string_view& content);

/// An event as a record, and back. The time of the steady clock is that of the age.
[[nodiscard]] json write_event(const std::string& nsp, const logged_event& event);
[[nodiscard]] event_pointer read_event(const json& record,
                                       std::chrono::steady_clock::time_point now,
                                       std::chrono::system_clock::time_point time);

/// A time in milliseconds since 1970.
[[nodiscard]] inline std::int64_t write_time(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}
[[nodiscard]] inline std::chrono::system_clock::time_point read_time(const json& record) {
  return std::chrono::system_clock::time_point(
      std::chrono::milliseconds(record.get<std::int64_t>()));
}

}  // namespace socketio::detail
