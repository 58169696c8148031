#include "seeded_hash.hpp"

#include <bit>
#include <cstring>
#include <random>

namespace socketio::detail {

seeded_hash::seeded_hash() {
  std::random_device device;
  for (auto& word : key_) word = (std::uint64_t{device()} << 32U) | device();
}

std::size_t seeded_hash::operator()(std::string_view name) const {
  std::uint64_t v0 = key_[0] ^ 0x736f6d6570736575U;
  std::uint64_t v1 = key_[1] ^ 0x646f72616e646f6dU;
  std::uint64_t v2 = key_[0] ^ 0x6c7967656e657261U;
  std::uint64_t v3 = key_[1] ^ 0x7465646279746573U;
  const auto round = [&] {
    v0 += v1;
    v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32) + v3;
    v2 += v1;
    v3 = std::rotl(v3, 21) ^ v0;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  };
  const auto absorb = [&](std::uint64_t word) {
    v3 ^= word;
    round();
    v0 ^= word;
  };
  const std::uint64_t length = name.size();
  for (; name.size() >= sizeof(std::uint64_t); name.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t word = 0;
    std::memcpy(&word, name.data(), sizeof(word));
    absorb(word);
  }
  std::uint64_t last = 0;
  std::memcpy(&last, name.data(), name.size());
  absorb(last | length << 56U);
  v2 ^= 0xFFU;
  round();
  round();
  round();
  return static_cast<std::size_t>(v0 ^ v1 ^ v2 ^ v3);
}

}  // namespace socketio::detail
