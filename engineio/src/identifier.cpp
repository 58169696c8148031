#include <openssl/rand.h>

#include <array>
#include <stdexcept>

#include <socketio/engineio/identifier.hpp>
#include <socketio/protocol/base64.hpp>

namespace socketio::engineio {
namespace {

constexpr std::size_t identifier_bytes = 15;

}  // namespace

std::string make_identifier(std::size_t shard) {
  std::array<unsigned char, identifier_bytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size() - 1)) != 1) {
    throw std::runtime_error("the system's random generator failed");
  }
  bytes.back() = static_cast<unsigned char>(shard);
  return encode_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::optional<std::size_t> shard_of_identifier(std::string_view identifier) {
  if (identifier.size() != identifier_size) return std::nullopt;
  const auto tail = decode_base64(identifier.substr(identifier_size - 4));
  if (tail.size() != 3) return std::nullopt;
  return static_cast<unsigned char>(tail.back());
}

}  // namespace socketio::engineio
