#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <socketio/protocol/json.hpp>
#include <socketio/protocol/socketio_packet.hpp>

namespace socketio::detail {

/// The values of encoded arguments, to hand them to functions of the application.
class parsed_arguments {
 public:
  /// @param encoded has to outlive this object
  explicit parsed_arguments(const encoded_arguments& encoded) {
    placeholder_limits limits;
    limits.others = other_placeholders::kept;
    if (!document_.parse(encoded.json)) return;
    if (!encoded.attachments.empty()) {
      static_cast<void>(document_.bind_attachments(encoded.attachments, limits));
    }
    document_.root().elements(values_);
  }
  parsed_arguments(const parsed_arguments&) = delete;
  parsed_arguments& operator=(const parsed_arguments&) = delete;

  /// All values; none if the arguments are malformed.
  [[nodiscard]] std::span<const json_view> values() const { return values_; }
  /// Whether the first value is an event's name.
  [[nodiscard]] bool is_event() const {
    return !values_.empty() && values_.front().string().has_value();
  }
  /// The name and the values after it, of an event.
  [[nodiscard]] std::string_view name() const { return *values_.front().string(); }
  [[nodiscard]] std::span<const json_view> rest() const { return values().subspan(1); }

 private:
  json_document document_;
  std::vector<json_view> values_;
};

}  // namespace socketio::detail
