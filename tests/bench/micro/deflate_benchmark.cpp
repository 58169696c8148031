// permessage-deflate, each message on its own.
#include <benchmark/benchmark.h>

#include <socketio/protocol/websocket_deflate.hpp>
#include <string>

#include "allocations.hpp"

namespace {

namespace websocket = socketio::websocket;

// A list of objects, as applications send them.
std::string make_message(std::size_t size) {
  std::string text = "[";
  for (int i = 0; text.size() < size; ++i) {
    text += R"({"id":)" + std::to_string(i * 7919) + R"(,"name":"somebody","online":true},)";
  }
  text.back() = ']';
  return text;
}

void compress(benchmark::State& state) {
  const auto message = make_message(static_cast<std::size_t>(state.range(0)));
  const websocket::deflate_options options;
  websocket::deflater deflater(options.server_max_window_bits, options.memory_level,
                               options.compression_level);
  std::string output;
  output.reserve(message.size() + 64);
  const bench::allocation_counter counter(state);
  for (auto _ : state) {
    output.clear();
    deflater.compress({}, message, output);
    deflater.reset();
    benchmark::DoNotOptimize(output.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.size()));
}
BENCHMARK(compress)->Arg(1024)->Arg(16384);

void decompress(benchmark::State& state) {
  const auto message = make_message(static_cast<std::size_t>(state.range(0)));
  const websocket::deflate_options options;
  std::string compressed;
  websocket::deflater(options.server_max_window_bits, options.memory_level,
                      options.compression_level)
      .compress({}, message, compressed);
  websocket::inflater inflater;
  std::string output;
  output.reserve(message.size() + 64);
  const bench::allocation_counter counter(state);
  for (auto _ : state) {
    output.clear();
    benchmark::DoNotOptimize(inflater.decompress(compressed, true, message.size() + 64, output));
    inflater.reset();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.size()));
}
BENCHMARK(decompress)->Arg(1024)->Arg(16384);

}  // namespace
