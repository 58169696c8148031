// The codecs of Engine.IO, revisions 3 and 4, take any payload and any frame that a client may
// send: packets lie within it one after the other, nothing is allocated, whatever lengths it
// declares, and packets that are written again are read again.

#include <fuzzer/FuzzedDataProvider.h>
#include <sanitizer/allocator_interface.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/protocol/base64.hpp>
#include <socketio/protocol/engineio_codec.hpp>
#include <socketio/protocol/utf8.hpp>

namespace {

using namespace socketio::engineio;

void expect(bool holds) {
  if (!holds) std::abort();
}

// A packet with its own memory, and bytes for what arrived as base64.
struct own_packet {
  packet_type type;
  bool binary;
  std::string data;

  explicit own_packet(const packet& found)
      : type(found.type),
        binary(found.binary),
        data(found.base64 ? socketio::decode_base64(found.data) : std::string(found.data)) {}

  [[nodiscard]] packet view() const { return {type, data, binary}; }
  bool operator==(const own_packet&) const = default;
};

struct reading {
  std::vector<own_packet> packets;
  bool valid = true;
};

void expect_sound(const packet& found, std::string_view input) {
  expect(found.type >= packet_type::open && found.type <= packet_type::noop);
  expect(found.binary || !found.base64);
  expect(!found.binary || found.type == packet_type::message);
  expect(found.data.empty() ||
         (found.data.data() >= input.data() &&
          found.data.data() + found.data.size() <= input.data() + input.size()));
}

// Reads in memory of exactly the payload's size, so that AddressSanitizer sees any access beyond
// it.
reading read(const codec& revision, std::string_view payload, bool binary) {
  reading result;
  const auto memory = std::make_unique<char[]>(payload.size());
  std::copy(payload.begin(), payload.end(), memory.get());
  const std::string_view all(memory.get(), payload.size());
  payload_view left{all, binary};
  // Each packet but one takes a byte at least.
  std::size_t most = all.size() + 1;
  while (left.more) {
    const auto before = __sanitizer_get_current_allocated_bytes();
    const auto taken = revision.take_packet(left);
    expect(__sanitizer_get_current_allocated_bytes() == before);
    if (!taken) {
      result.valid = false;
      break;
    }
    expect(most-- > 0);
    expect_sound(*taken, all);
    result.packets.emplace_back(*taken);
  }
  return result;
}

std::string write(const codec& revision, const std::vector<own_packet>& packets, bool binary) {
  std::string payload;
  for (const auto& each : packets) revision.append(payload, each.view(), binary);
  return payload;
}

void expect_same_again(const codec& revision, const reading& first, bool binary) {
  if (first.packets.empty()) return;
  const auto again = read(revision, write(revision, first.packets, binary), binary);
  expect(again.valid && again.packets == first.packets);
}

void read_frame(const codec& revision, std::string_view frame, bool binary) {
  const auto memory = std::make_unique<char[]>(frame.size());
  std::copy(frame.begin(), frame.end(), memory.get());
  const std::string_view all(memory.get(), frame.size());
  const auto found = revision.decode_frame(all, binary);
  if (!found) return;
  expect_sound(*found, all);
  std::string frame_again(found->base64   ? revision.base64_head()
                          : found->binary ? revision.binary_head()
                                          : revision.text_head(found->type));
  expect(frame_again.append(found->data) == frame);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // FuzzedDataProvider takes these from the end of the input, so a seed begins with the payload.
  FuzzedDataProvider input(data, size);
  const auto& revision = input.ConsumeBool() ? codec_3() : codec_4();
  const bool binary = input.ConsumeBool() && revision.has_binary_payloads();
  const auto payload = input.ConsumeRemainingBytesAsString();

  const auto found = read(revision, payload, binary);
  if (binary) {
    // What is text in it is UTF-8.
    for (const auto& each : found.packets) {
      expect(each.binary || socketio::is_valid_utf8(each.data));
    }
    expect_same_again(revision, found, true);
  }
  // Payloads of text are made valid UTF-8 before they are read.
  const auto text = socketio::to_valid_utf8(payload);
  const auto found_in_text = read(revision, text, false);
  for (const auto& each : found_in_text.packets) {
    expect(each.binary || socketio::is_valid_utf8(each.data));
  }
  expect_same_again(revision, found_in_text, false);
  if (revision.has_binary_payloads()) expect_same_again(revision, found_in_text, true);

  expect(socketio::utf16_prefix(text, socketio::utf16_size(text)) == text.size());
  read_frame(revision, payload, true);
  read_frame(revision, text, false);
  return 0;
}
