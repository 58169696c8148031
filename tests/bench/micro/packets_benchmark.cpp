// Packets of Engine.IO and of Socket.IO.
#include <benchmark/benchmark.h>

#include <socketio/protocol/engineio_packet.hpp>
#include <socketio/protocol/packet_codec.hpp>
#include <stdexcept>
#include <string>

#include "allocations.hpp"

namespace {

void decode(benchmark::State& state, const std::string& packet) {
  socketio::packet_decoder decoder;
  socketio::packet_scratch scratch;
  if (decoder.text(packet, scratch) != socketio::decode_result::packet) {
    throw std::logic_error("not a packet: " + packet);
  }
  const bench::allocation_counter counter(state);
  for (auto _ : state) {
    benchmark::DoNotOptimize(decoder.text(packet, scratch));
    benchmark::DoNotOptimize(&scratch.packet());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(packet.size()));
}

void decode_event(benchmark::State& state) {
  decode(state,
         "212[\"echo\",\"" + std::string(static_cast<std::size_t>(state.range(0)), 'x') + "\"]");
}
BENCHMARK(decode_event)->Arg(64)->Arg(1024)->Arg(65536);

void decode_event_in_namespace(benchmark::State& state) {
  decode(state, R"(2/admin,12["line",{"x":1,"y":2},{"x":3,"y":4},"black"])");
}
BENCHMARK(decode_event_in_namespace);

void decode_binary_event(benchmark::State& state) {
  const std::string text = R"(51-12["image",{"_placeholder":true,"num":0}])";
  const std::string bytes(static_cast<std::size_t>(state.range(0)), '\x7f');
  socketio::packet_decoder decoder;
  socketio::packet_scratch scratch;
  const bench::allocation_counter counter(state);
  for (auto _ : state) {
    if (decoder.text(text, scratch) != socketio::decode_result::need_more ||
        decoder.binary(std::string(bytes), scratch) != socketio::decode_result::packet) {
      throw std::logic_error("not a binary event");
    }
    benchmark::DoNotOptimize(&scratch.packet());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(decode_binary_event)->Arg(65536);

void append_header(benchmark::State& state) {
  socketio::packet_header header;
  header.type = socketio::packet_type::ack;
  header.id = 12345;
  std::string output;
  output.reserve(64);
  const bench::allocation_counter counter(state);
  for (auto _ : state) {
    output.clear();
    socketio::default_packet_codec().encode(header, {}, output);
    benchmark::DoNotOptimize(output.data());
  }
}
BENCHMARK(append_header);

void decode_engineio_packet(benchmark::State& state) {
  const std::string packet = R"(42["echo","hello"])";
  const bench::allocation_counter counter(state);
  for (auto _ : state) benchmark::DoNotOptimize(socketio::engineio::decode_packet(packet));
}
BENCHMARK(decode_engineio_packet);

}  // namespace
