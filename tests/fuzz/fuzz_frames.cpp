// The WebSocket parser takes anything that a peer may send: any split gives the same results, and
// memory stays within the limits of the options.

#include <fuzzer/FuzzedDataProvider.h>
#include <sanitizer/allocator_interface.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/protocol/websocket_parser.hpp>

namespace {

using namespace socketio::websocket;

void expect(bool holds) {
  if (!holds) std::abort();
}

// A result of the parser, with everything that its accessors say about it. Joins the parts of a
// streamed message, which depend on the split.
struct event {
  parse_result result = parse_result::need_more;
  std::string payload{};
  bool last = true;
  bool binary = false;
  bool compressed = false;
  close_code code = close_code::no_status;
  std::string_view error{};

  bool operator==(const event&) const = default;
};

class peer {
 public:
  explicit peer(const parser_options& options) : options_(options), parser_(options) {}

  void receive(std::string_view piece) {
    if (ended_) return;
    // Each piece lies in memory of its size, which is overwritten after parsing.
    std::vector<char> memory(piece.begin(), piece.end());
    std::span<char> input(memory);
    while (!ended_) {
      const auto result = next(input);
      if (result == parse_result::need_more) {
        expect(input.empty());
        break;
      }
      record(result);
    }
    std::fill(memory.begin(), memory.end(), '\x55');
    expect(parser_.buffered() <= max_size(options_.allow_compressed));
  }

  // Without the incomplete message, whose parts depend on the split.
  [[nodiscard]] const std::vector<event>& found() const { return found_; }

 private:
  // The limit that parser_options documents.
  [[nodiscard]] std::uint64_t max_size(bool compressed) const {
    const auto size = options_.max_message_size;
    return compressed ? size + size / 16 + 64 : size;
  }

  // Calls the parser and measures what it allocates.
  parse_result next(std::span<char>& input) {
    const auto before = __sanitizer_get_current_allocated_bytes();
    const auto result = parser_.next(input);
    const auto after = __sanitizer_get_current_allocated_bytes();
    held_ += static_cast<std::ptrdiff_t>(after) - static_cast<std::ptrdiff_t>(before);
    // Room for an incomplete header or control frame.
    constexpr std::uint64_t constant = 512;
    expect(held_ <= static_cast<std::ptrdiff_t>(max_size(options_.allow_compressed) + constant));
    return result;
  }

  void record(parse_result result) {
    event now{result, std::string(parser_.text())};
    if (result == parse_result::message) {
      now.last = parser_.last();
      now.binary = parser_.binary();
      now.compressed = parser_.compressed();
      expect(options_.allow_compressed || !now.compressed);
      expect(options_.streamed || now.last);
    } else if (result == parse_result::close) {
      now.code = parser_.received_close_code();
    } else if (result == parse_result::error) {
      now.code = parser_.error_code();
      now.error = parser_.error_message();
      expect(!now.error.empty());
    } else {
      expect(now.payload.size() <= 125);
    }
    ended_ = result == parse_result::close || result == parse_result::error;

    if (result == parse_result::message) {
      now.payload.insert(0, std::exchange(open_, {}));
      expect(now.payload.size() <= max_size(now.compressed));
      if (!now.last) {
        open_ = std::move(now.payload);
        return;
      }
    }
    found_.push_back(std::move(now));
  }

  parser_options options_;
  parser parser_;
  std::vector<event> found_;
  std::string open_;         // parts of a streamed message
  std::ptrdiff_t held_ = 0;  // bytes that the parser has allocated
  bool ended_ = false;
};

// `size_of_piece` returns the size of the next piece, given the remaining size.
template <class Sizes>
std::vector<event> parse(const parser_options& options, std::string_view input,
                         Sizes size_of_piece) {
  peer receiver(options);
  while (!input.empty()) {
    const auto piece = input.substr(0, size_of_piece(input.size()));
    receiver.receive(piece);
    input.remove_prefix(piece.size());
  }
  return receiver.found();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // FuzzedDataProvider takes the options from the end of the input, so a seed begins with a frame.
  FuzzedDataProvider input(data, size);
  parser_options options;
  options.masked = input.ConsumeBool();
  options.allow_compressed = input.ConsumeBool();
  options.streamed = input.ConsumeBool();
  options.max_fragments = input.ConsumeIntegralInRange<std::size_t>(1, 20);
  options.max_message_size = input.ConsumeIntegralInRange<std::uint64_t>(0, 70'000);
  const auto largest_piece = input.ConsumeIntegralInRange<std::size_t>(1, 64);
  auto seed = input.ConsumeIntegral<std::uint32_t>();
  const auto frames = input.ConsumeRemainingBytesAsString();

  const auto whole = parse(options, frames, [](std::size_t length) { return length; });
  const auto bytewise = parse(options, frames, [](std::size_t) { return std::size_t{1}; });
  const auto random = parse(options, frames, [&](std::size_t) {
    seed = seed * 1'664'525 + 1'013'904'223;
    return std::size_t{seed >> 16} % largest_piece + 1;
  });
  expect(bytewise == whole);
  expect(random == whole);
  return 0;
}
