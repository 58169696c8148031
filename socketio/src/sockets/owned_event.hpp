#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include <socketio/handler.hpp>

#include "packets/parsed_arguments.hpp"

namespace socketio::detail {

/// A copy of an event, whose packet is gone once its handlers have returned.
struct stored_event {
  explicit stored_event(const incoming_event& event)
      : ack(event.ack), name(event.name), encoded{std::string(event.json), {}} {
    // The bytes may be a small part of what they keep.
    for (const auto& attachment : event.attachments) {
      encoded.attachments.push_back(shared_bytes::copy({attachment.data(), attachment.size()}));
    }
  }

  /// The memory that it takes, about.
  [[nodiscard]] std::size_t size() const {
    auto all = sizeof(*this) + name.capacity() + encoded.json.capacity();
    for (const auto& attachment : encoded.attachments)
      all += sizeof(attachment) + attachment.size();
    return all;
  }

  socketio::ack ack;
  std::string name;  // a number in the text is given as its digits
  encoded_arguments encoded;
};

/// Such a copy, to be handled.
class owned_event {
 public:
  explicit owned_event(stored_event stored)
      : stored_(std::move(stored)), parsed_(stored_.encoded) {}
  explicit owned_event(const incoming_event& event) : owned_event(stored_event(event)) {}
  owned_event(const owned_event&) = delete;
  owned_event& operator=(const owned_event&) = delete;

  /// The event; valid as long as this object and the host.
  [[nodiscard]] incoming_event event(coroutine_host& host) const {
    incoming_event copy;
    copy.name = stored_.name;
    copy.values = parsed_.rest();
    copy.ack = stored_.ack;
    copy.json = stored_.encoded.json;
    copy.host = &host;
    copy.attachments = stored_.encoded.attachments;
    return copy;
  }

 private:
  stored_event stored_;
  parsed_arguments parsed_;
};

}  // namespace socketio::detail
