#include "msgpack_reader.hpp"

#include <bit>
#include <cmath>
#include <type_traits>

#include "msgpack_format.hpp"

namespace socketio::detail {
namespace {

msgpack_value make_value(msgpack_type type) {
  msgpack_value value;
  value.type = type;
  return value;
}

msgpack_value make_unsigned(msgpack_type type, std::uint64_t number) {
  auto value = make_value(type);
  value.unsigned_integer = number;
  return value;
}

msgpack_value make_integer(std::int64_t number) {
  if (number >= 0) {
    return make_unsigned(msgpack_type::unsigned_integer, static_cast<std::uint64_t>(number));
  }
  auto value = make_value(msgpack_type::integer);
  value.integer = number;
  return value;
}

}  // namespace

std::optional<std::uint64_t> msgpack_value::whole_number() const {
  if (type == msgpack_type::unsigned_integer) return unsigned_integer;
  const bool is_whole = type == msgpack_type::floating && floating >= 0 && floating < 0x1p64 &&
                        std::trunc(floating) == floating;
  return is_whole ? std::optional(static_cast<std::uint64_t>(floating)) : std::nullopt;
}

template <class Unsigned>
std::optional<Unsigned> msgpack_reader::big_endian() {
  if (rest_.size() < sizeof(Unsigned)) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : rest_.substr(0, sizeof(Unsigned))) {
    value = value << 8U | static_cast<unsigned char>(c);
  }
  rest_.remove_prefix(sizeof(Unsigned));
  return static_cast<Unsigned>(value);
}

template <class Unsigned>
std::optional<msgpack_value> msgpack_reader::unsigned_integer() {
  const auto number = big_endian<Unsigned>();
  if (!number) return std::nullopt;
  return make_unsigned(msgpack_type::unsigned_integer, *number);
}

template <class Signed>
std::optional<msgpack_value> msgpack_reader::integer() {
  const auto number = big_endian<std::make_unsigned_t<Signed>>();
  if (!number) return std::nullopt;
  return make_integer(static_cast<Signed>(*number));
}

template <class Float, class Unsigned>
std::optional<msgpack_value> msgpack_reader::floating() {
  const auto bits = big_endian<Unsigned>();
  if (!bits) return std::nullopt;
  auto value = make_value(msgpack_type::floating);
  value.floating = std::bit_cast<Float>(*bits);
  return value;
}

std::optional<msgpack_value> msgpack_reader::bytes(msgpack_type type,
                                                   std::optional<std::size_t> size) {
  if (!size || *size > rest_.size()) return std::nullopt;
  auto value = make_value(type);
  value.bytes = rest_.substr(0, *size);
  rest_.remove_prefix(*size);
  return value;
}

// Each element takes at least one byte.
std::optional<msgpack_value> msgpack_reader::container(msgpack_type type,
                                                       std::optional<std::size_t> size) {
  const auto most = type == msgpack_type::map ? rest_.size() / 2 : rest_.size();
  if (!size || *size > most) return std::nullopt;
  return make_unsigned(type, *size);
}

std::optional<msgpack_value> msgpack_reader::extension(std::optional<std::size_t> size) {
  const auto type = size ? big_endian<std::uint8_t>() : std::nullopt;
  if (!type) return std::nullopt;
  const auto code = static_cast<std::int8_t>(*type);
  auto value =
      bytes(code == msgpack::notepack_type ? msgpack_type::binary : msgpack_type::extension, size);
  if (value) value->extension = code;
  return value;
}

std::optional<msgpack_value> msgpack_reader::fixed_extension(std::size_t size) {
  const auto type = big_endian<std::uint8_t>();
  if (!type) return std::nullopt;
  const auto code = static_cast<std::int8_t>(*type);
  if (code == msgpack::notepack_type && size == 8) {
    const auto time = big_endian<std::uint64_t>();
    if (!time) return std::nullopt;
    auto value = make_value(msgpack_type::date);
    value.integer = static_cast<std::int64_t>(*time);
    return value;
  }
  auto value = bytes(msgpack_type::extension, size);
  if (!value) return std::nullopt;
  if (code == msgpack::notepack_type && size == 1) return make_value(msgpack_type::undefined);
  value->extension = code;
  return value;
}

std::optional<msgpack_value> msgpack_reader::next() {
  using namespace msgpack;
  const auto head = big_endian<std::uint8_t>();
  if (!head) return std::nullopt;
  const auto first = *head;
  if (first <= max_positive_fixint || first >= negative_fixint) {
    return make_integer(static_cast<std::int8_t>(first));
  }
  if (first < fixarray) return container(msgpack_type::map, first - fixmap);
  if (first < fixstr) return container(msgpack_type::array, first - fixarray);
  if (first < nil) return bytes(msgpack_type::string, first - fixstr);
  switch (first) {
    case nil:
      return make_value(msgpack_type::nil);
    case false_value:
    case true_value:
      return make_unsigned(msgpack_type::boolean, first - false_value);
    case bin_8:
      return bytes(msgpack_type::binary, big_endian<std::uint8_t>());
    case bin_16:
      return bytes(msgpack_type::binary, big_endian<std::uint16_t>());
    case bin_32:
      return bytes(msgpack_type::binary, big_endian<std::uint32_t>());
    case ext_8:
      return extension(big_endian<std::uint8_t>());
    case ext_16:
      return extension(big_endian<std::uint16_t>());
    case ext_32:
      return extension(big_endian<std::uint32_t>());
    case float_32:
      return floating<float, std::uint32_t>();
    case float_64:
      return floating<double, std::uint64_t>();
    case uint_8:
      return unsigned_integer<std::uint8_t>();
    case uint_16:
      return unsigned_integer<std::uint16_t>();
    case uint_32:
      return unsigned_integer<std::uint32_t>();
    case uint_64:
      return unsigned_integer<std::uint64_t>();
    case int_8:
      return integer<std::int8_t>();
    case int_16:
      return integer<std::int16_t>();
    case int_32:
      return integer<std::int32_t>();
    case int_64:
      return integer<std::int64_t>();
    case fixext_1:
    case fixext_2:
    case fixext_4:
    case fixext_8:
    case fixext_16:
      return fixed_extension(std::size_t{1} << (first - fixext_1));
    case str_8:
      return bytes(msgpack_type::string, big_endian<std::uint8_t>());
    case str_16:
      return bytes(msgpack_type::string, big_endian<std::uint16_t>());
    case str_32:
      return bytes(msgpack_type::string, big_endian<std::uint32_t>());
    case array_16:
      return container(msgpack_type::array, big_endian<std::uint16_t>());
    case array_32:
      return container(msgpack_type::array, big_endian<std::uint32_t>());
    case map_16:
      return container(msgpack_type::map, big_endian<std::uint16_t>());
    case map_32:
      return container(msgpack_type::map, big_endian<std::uint32_t>());
    default:
      return std::nullopt;  // 0xC1 is never used
  }
}

}  // namespace socketio::detail
