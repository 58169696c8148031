// permessage-deflate. The decompressor takes anything that a peer may send, in any parts; the
// compressor's output decompresses to the input; the negotiation agrees on valid parameters only.

#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/protocol/websocket_deflate.hpp>

namespace {

using namespace socketio::websocket;

void expect(bool holds) {
  if (!holds) std::abort();
}

// The messages of a connection; the result is about the last one.
struct outcome {
  std::vector<std::string> messages;
  inflate_result result = inflate_result::done;

  bool operator==(const outcome&) const = default;
};

// `size_of_part` returns the size of the next part, from 0 up to the remaining size.
template <class Sizes>
outcome decompress(const std::vector<std::string>& payloads, std::uint64_t limit, bool takeover,
                   Sizes size_of_part) {
  inflater decompressor;
  outcome found;
  for (const auto& payload : payloads) {
    std::string_view rest = payload;
    auto& message = found.messages.emplace_back();
    bool last = false;
    while (!last && found.result == inflate_result::done) {
      // In memory of its own, so that AddressSanitizer sees any access beyond it.
      const std::string part(rest.substr(0, size_of_part(rest.size())));
      rest.remove_prefix(part.size());
      last = rest.empty();
      found.result = decompressor.decompress(part, last, limit, message);
      expect(message.size() <= limit);
    }
    if (found.result != inflate_result::done) return found;
    if (!takeover) decompressor.reset();
  }
  return found;
}

void decompress_anything(FuzzedDataProvider& input) {
  const auto limit = input.ConsumeIntegralInRange<std::uint64_t>(0, 100'000);
  const bool takeover = input.ConsumeBool();
  const auto largest_part = input.ConsumeIntegralInRange<std::size_t>(1, 64);
  auto seed = input.ConsumeIntegral<std::uint32_t>();
  std::vector<std::string> payloads;
  while (input.remaining_bytes() != 0) {
    payloads.push_back(input.ConsumeRandomLengthString(input.remaining_bytes()));
  }

  const auto whole = decompress(payloads, limit, takeover, [](std::size_t size) { return size; });
  const auto bytewise = decompress(payloads, limit, takeover,
                                   [](std::size_t size) { return std::min<std::size_t>(size, 1); });
  const auto random = decompress(payloads, limit, takeover, [&](std::size_t) {
    seed = seed * 1'664'525 + 1'013'904'223;
    return std::size_t{seed >> 16} % (largest_part + 1);
  });
  expect(bytewise == whole);
  expect(random == whole);
}

void compress_anything(FuzzedDataProvider& input) {
  const auto window_bits = input.ConsumeIntegralInRange<unsigned>(9, 15);
  const auto memory_level = input.ConsumeIntegralInRange<unsigned>(1, 9);
  const auto compression_level = input.ConsumeIntegralInRange<unsigned>(1, 9);
  const bool takeover = input.ConsumeBool();
  deflater compressor(window_bits, memory_level, compression_level);
  inflater decompressor(window_bits);
  while (input.remaining_bytes() != 0) {
    // Repeat the piece to exceed the window.
    const auto times = input.ConsumeIntegralInRange<std::size_t>(1, 200);
    const auto head = input.ConsumeRandomLengthString(input.remaining_bytes());
    const auto piece = input.ConsumeRandomLengthString(input.remaining_bytes());
    std::string body;
    for (std::size_t i = 0; i < times && body.size() < 100'000; ++i) body += piece;

    std::string payload;
    compressor.compress(head, body, payload);
    expect(!payload.empty());
    std::string message;
    const auto size = head.size() + body.size();
    expect(decompressor.decompress(payload, true, size, message) == inflate_result::done);
    expect(message == head + body);
    if (takeover) continue;
    compressor.reset();
    decompressor.reset();
  }
}

void negotiate_anything(FuzzedDataProvider& input) {
  deflate_options options;
  options.server_no_context_takeover = input.ConsumeBool();
  options.client_no_context_takeover = input.ConsumeBool();
  options.server_max_window_bits = input.ConsumeIntegralInRange<unsigned>(9, 15);
  options.client_max_window_bits = input.ConsumeIntegralInRange<unsigned>(9, 15);
  socketio::http_request request;
  while (input.remaining_bytes() != 0) {
    const auto field = input.ConsumeRandomLengthString(input.remaining_bytes());
    if (const auto accepted = accept_deflate(field, options)) {
      expect(accepted->server_max_window_bits <= options.server_max_window_bits);
      expect(accepted->client_max_window_bits <= options.client_max_window_bits);
      expect(accepted->client_max_window_bits >= 9);
    }
    request.headers.append("Sec-WebSocket-Extensions", field);
  }
  const auto agreed = negotiate_deflate(request, options);
  if (!agreed) return;
  expect(agreed->server_no_context_takeover || !options.server_no_context_takeover);
  expect(agreed->client_no_context_takeover || !options.client_no_context_takeover);
  expect(agreed->server_max_window_bits <= options.server_max_window_bits);
  expect(agreed->client_max_window_bits <= options.client_max_window_bits ||
         agreed->client_max_window_bits == 15);
  // zlib accepts the parameters for both sides.
  deflater(agreed->server_max_window_bits, agreed->memory_level, agreed->compression_level);
  inflater(agreed->client_max_window_bits);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  // FuzzedDataProvider takes numbers from the end of the input, and texts from its front.
  switch (input.ConsumeIntegralInRange<int>(0, 2)) {
    case 0:
      decompress_anything(input);
      break;
    case 1:
      compress_anything(input);
      break;
    default:
      negotiate_anything(input);
  }
  return 0;
}
