// JSON: scanning it, building values from it, and writing it.
#include <benchmark/benchmark.h>

#include <socketio/protocol/json.hpp>
#include <socketio/protocol/json_writer.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "allocations.hpp"

namespace {

using socketio::json;

// A chat message, as applications send them.
const char* const chat =
    R"(["chat message",{"user":"bob","text":"hello","at":1690000000,"tags":["a","b"]}])";

void parse_chat(benchmark::State& state) {
  const std::string text = chat;
  socketio::json_document document;
  if (!document.parse(text)) throw std::logic_error("not JSON");
  std::vector<socketio::json_view> elements;
  document.root().elements(elements);
  const bench::allocation_counter counter(state);
  for (auto _ : state) {
    benchmark::DoNotOptimize(document.parse(text));
    document.root().elements(elements);
    benchmark::DoNotOptimize(elements.front().string());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(parse_chat);

void build_chat(benchmark::State& state) {
  const std::string text = chat;
  socketio::json_document document;
  if (!document.parse(text)) throw std::logic_error("not JSON");
  const bench::allocation_counter counter(state);
  for (auto _ : state) benchmark::DoNotOptimize(document.root().to_json());
}
BENCHMARK(build_chat);

void write_chat(benchmark::State& state) {
  const auto value = json::parse(chat);
  std::string output;
  output.reserve(256);
  std::vector<socketio::shared_bytes> attachments;
  const bench::allocation_counter counter(state);
  for (auto _ : state) {
    output.clear();
    socketio::append_json(output, value, attachments);
    benchmark::DoNotOptimize(output.data());
  }
}
BENCHMARK(write_chat);

void write_string(benchmark::State& state) {
  const std::string text(static_cast<std::size_t>(state.range(0)), 'x');
  std::string output;
  output.reserve(text.size() + 2);
  const bench::allocation_counter counter(state);
  for (auto _ : state) {
    output.clear();
    socketio::append_json_string(output, text);
    benchmark::DoNotOptimize(output.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(write_string)->Arg(64)->Arg(1024)->Arg(65536);

void write_number(benchmark::State& state) {
  std::string output;
  output.reserve(64);
  const bench::allocation_counter counter(state);
  for (auto _ : state) {
    output.clear();
    socketio::append_json_number(output, 3.141592653589793);
    benchmark::DoNotOptimize(output.data());
  }
}
BENCHMARK(write_number);

}  // namespace
