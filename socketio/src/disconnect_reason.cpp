#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include <socketio/disconnect_reason.hpp>

namespace socketio {

namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 10> texts = {"transport error",
                                                    "transport close",
                                                    "forced close",
                                                    "ping timeout",
                                                    "parse error",
                                                    "server shutting down",
                                                    "forced server close",
                                                    "client namespace disconnect",
                                                    "server namespace disconnect",
                                                    "other"};

}  // namespace

std::string_view to_string(disconnect_reason reason) {
  return texts.at(std::min(static_cast<std::size_t>(reason), texts.size() - 1));
}

disconnect_reason disconnect_reason_of(std::string_view text) {
  const auto* const found = std::find(texts.begin(), texts.end() - 1, text);
  return static_cast<disconnect_reason>(found - texts.begin());
}

void to_json(json& text, disconnect_reason reason) {
  text = to_string(reason);
}

void from_json(const json& text, disconnect_reason& reason) {
  reason = disconnect_reason_of(text.get_ref<const std::string&>());
}

}  // namespace socketio
