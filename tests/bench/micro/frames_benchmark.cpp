// WebSocket frames.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <socketio/protocol/websocket_frame.hpp>
#include <socketio/protocol/websocket_parser.hpp>
#include <span>
#include <string>

#include "allocations.hpp"

namespace {

namespace websocket = socketio::websocket;

constexpr std::array<std::uint8_t, 4> key = {0x37, 0xfa, 0x21, 0x3d};

// Sixteen text frames of `range(0)` bytes each, as a client sends them at once.
void parse_frames(benchmark::State& state) {
  constexpr int count = 16;
  std::string wire;
  for (int i = 0; i < count; ++i) {
    websocket::append_masked_frame(wire, websocket::opcode::text,
                                   std::string(static_cast<std::size_t>(state.range(0)), 'x'), key);
  }
  websocket::parser parser{websocket::parser_options()};
  std::string input = wire;
  const bench::allocation_counter counter(state, count);
  for (auto _ : state) {
    // The parser unmasks in place.
    input.assign(wire);
    std::span<char> unread(input);
    while (parser.next(unread) == websocket::parse_result::message) {
      benchmark::DoNotOptimize(parser.payload().data());
    }
  }
  state.SetItemsProcessed(state.iterations() * count);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(wire.size()));
}
BENCHMARK(parse_frames)->Arg(64)->Arg(1024)->Arg(65536);

void append_frame(benchmark::State& state) {
  const std::string payload(static_cast<std::size_t>(state.range(0)), 'x');
  std::string output;
  output.reserve(payload.size() + websocket::max_header_size);
  const bench::allocation_counter counter(state);
  for (auto _ : state) {
    output.clear();
    websocket::append_frame(output, websocket::opcode::text, payload);
    benchmark::DoNotOptimize(output.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(append_frame)->Arg(64)->Arg(1024)->Arg(65536);

void apply_mask(benchmark::State& state) {
  std::string payload(static_cast<std::size_t>(state.range(0)), 'x');
  const bench::allocation_counter counter(state);
  for (auto _ : state) {
    websocket::apply_mask(payload, key);
    benchmark::DoNotOptimize(payload.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(apply_mask)->Arg(64)->Arg(1024)->Arg(65536);

}  // namespace
