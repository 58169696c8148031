#pragma once

#include <string>

#include <socketio/protocol/json.hpp>

#include "load.hpp"

namespace bench {

/// The figures of a run as JSON; times in microseconds, memory in bytes.
[[nodiscard]] socketio::json make_report(const options& chosen, const measurement& result);

/// The figures of a run for people.
[[nodiscard]] std::string to_table(const socketio::json& report);

}  // namespace bench
