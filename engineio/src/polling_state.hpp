#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <socketio/engineio/session.hpp>

#include "upgrade_candidate.hpp"

namespace socketio::engineio {

/// A packet that waits for the next poll, or for the end of an upgrade.
struct session::queued_packet {
  packet_type type;
  bool binary;
  std::variant<std::string, shared_message> content;

  [[nodiscard]] std::string_view data() const;
};

/// The state of a session while its transport is polling.
struct session::polling_state final : corked {
  explicit polling_state(session& whose) : owner(whose) {}
  void uncork() override { owner.uncork(); }

  session& owner;
  std::unique_ptr<http_exchange> poll;  ///< waits for something to send
  /// Closes the connection of the request whose body is being received, if there is one.
  std::weak_ptr<const std::function<void()>> cut_off_body;
  std::vector<queued_packet> queue;
  std::size_t queued_bytes = 0;
  std::unique_ptr<upgrade_candidate> candidate;
};

}  // namespace socketio::engineio
