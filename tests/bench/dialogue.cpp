#include "dialogue.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <socketio/protocol/websocket_frame.hpp>
#include <stdexcept>
#include <utility>

namespace bench {

namespace {

namespace websocket = socketio::websocket;

using named = std::pair<std::string_view, scenario>;
constexpr auto names = std::to_array<named>({{"echo", scenario::echo},
                                             {"polling", scenario::polling},
                                             {"binary", scenario::binary},
                                             {"visit", scenario::visit},
                                             {"websocket-echo", scenario::websocket_echo},
                                             {"broadcast", scenario::broadcast},
                                             {"rooms", scenario::rooms},
                                             {"connect", scenario::connect},
                                             {"idle", scenario::idle}});

// Not zero, for which a server might skip the work.
constexpr std::array<std::uint8_t, 4> mask_key = {0x37, 0xfa, 0x21, 0x3d};

// Letters and digits that compress badly, the same in each run.
std::string make_payload(std::size_t size) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  text.reserve(size);
  std::uint32_t state = 1;
  while (text.size() < size) {
    state = state * 1664525U + 1013904223U;
    text += letters[state >> 26U];
  }
  return text;
}

constexpr std::string_view placeholder = R"({"_placeholder":true,"num":0})";

}  // namespace

scenario parse_scenario(std::string_view name) {
  const auto* const found = std::find_if(names.begin(), names.end(),
                                         [&](const auto& entry) { return entry.first == name; });
  if (found == names.end()) {
    throw std::invalid_argument("--scenario: none is called " + std::string(name));
  }
  return found->second;
}

std::string room_name(std::size_t number) {
  auto digits = std::to_string(number);
  return "room" + std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
}

dialogue::dialogue(scenario what, std::size_t count, std::size_t payload) {
  const auto content = make_payload(payload);
  const auto text = '"' + content + '"';
  for (std::size_t i = 0; i < count; ++i) {
    const auto id = std::to_string(100 + i);
    switch (what) {
      case scenario::echo:
      case scenario::polling:
        requests.push_back({"42" + id + "[\"echo\"," + text + "]", {}});
        replies.push_back({"43" + id + "[" + text + "]", {}});
        break;
      case scenario::binary:
        requests.push_back(
            {"451-" + id + "[\"binary\"," + std::string(placeholder) + "]", content});
        replies.push_back({"461-" + id + "[" + std::string(placeholder) + "]", content});
        break;
      case scenario::visit:
        requests.push_back({"42" + id + "[\"visit\",\"visited\"]", {}});
        replies.push_back({"43" + id + "[]", {}});
        break;
      case scenario::websocket_echo:
        requests.push_back({content, {}});
        replies.push_back({content, {}});
        break;
      case scenario::broadcast:
        requests.push_back({"42[\"broadcast\"," + text + "]", {}});
        delivery.text = requests.back().text;
        break;
      case scenario::rooms:
        requests.push_back({"42[\"room\",\"" + room_name(i) + "\"," + text + "]", {}});
        delivery.text = "42[\"room\"," + text + "]";
        break;
      case scenario::connect:
      case scenario::idle:
        break;
    }
  }
}

std::string client_frames(const spoken& message, scenario what) {
  // A binary message is the attachment of the text before it, or a native message.
  std::string frames;
  websocket::append_masked_frame(frames, websocket::opcode::text, message.text, mask_key);
  if (what == scenario::binary) {
    websocket::append_masked_frame(frames, websocket::opcode::binary, message.attachment, mask_key);
  }
  return frames;
}

std::size_t server_frames_size(const spoken& message) {
  std::string frames;
  websocket::append_frame(frames, websocket::opcode::text, message.text);
  if (!message.attachment.empty()) {
    websocket::append_frame(frames, websocket::opcode::binary, message.attachment);
  }
  return frames.size();
}

}  // namespace bench
