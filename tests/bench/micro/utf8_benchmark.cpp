// The validation of UTF-8.
#include <benchmark/benchmark.h>

#include <socketio/protocol/utf8.hpp>
#include <string>

#include "allocations.hpp"

namespace {

void validate(benchmark::State& state, const std::string& piece) {
  std::string text;
  while (text.size() < static_cast<std::size_t>(state.range(0))) text += piece;
  const bench::allocation_counter counter(state);
  for (auto _ : state) benchmark::DoNotOptimize(socketio::is_valid_utf8(text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void validate_ascii(benchmark::State& state) {
  validate(state, "plain text ");
}
BENCHMARK(validate_ascii)->Arg(64)->Arg(4096);

void validate_mixed(benchmark::State& state) {
  validate(state, "gr\u00fc\u00dfe \u4f60\u597d ");
}
BENCHMARK(validate_mixed)->Arg(64)->Arg(4096);

}  // namespace
