#pragma once

#include <optional>
#include <span>
#include <utility>

#include <socketio/engineio/completion.hpp>
#include <socketio/handler.hpp>

namespace socketio::detail {

/// The handler of an acknowledgement that completes with all its values.
[[nodiscard]] inline ack_handler answer_to(engineio::completion<json> waiting) {
  return
      [waiting = std::move(waiting)](
          error_code error, std::span<const json_view> values) mutable -> std::optional<mismatch> {
        waiting(error, arguments(values).to_json());
        return std::nullopt;
      };
}

}  // namespace socketio::detail
