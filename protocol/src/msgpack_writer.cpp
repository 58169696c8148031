#include "msgpack_writer.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "msgpack_format.hpp"

namespace socketio::detail {
namespace {

// The number of values whose header has one byte.
constexpr std::size_t fixed_sizes = 16;

}  // namespace

template <class Unsigned>
void msgpack_writer::big_endian(Unsigned value) {
  for (int shift = std::numeric_limits<Unsigned>::digits - 8; shift >= 0; shift -= 8) {
    byte(static_cast<std::uint8_t>(value >> shift));
  }
}

template <class Unsigned>
void msgpack_writer::big_endian(std::uint8_t form, Unsigned value) {
  byte(form);
  big_endian(value);
}

void msgpack_writer::nil() {
  byte(msgpack::nil);
}

void msgpack_writer::boolean(bool value) {
  byte(value ? msgpack::true_value : msgpack::false_value);
}

void msgpack_writer::integer(std::int64_t number) {
  constexpr std::int64_t min_fixint = -32;
  if (number >= 0) {
    integer(static_cast<std::uint64_t>(number));
  } else if (number >= min_fixint) {
    byte(static_cast<std::uint8_t>(number));
  } else if (std::in_range<std::int8_t>(number)) {
    big_endian(msgpack::int_8, static_cast<std::uint8_t>(number));
  } else if (std::in_range<std::int16_t>(number)) {
    big_endian(msgpack::int_16, static_cast<std::uint16_t>(number));
  } else if (std::in_range<std::int32_t>(number)) {
    big_endian(msgpack::int_32, static_cast<std::uint32_t>(number));
  } else {
    big_endian(msgpack::int_64, static_cast<std::uint64_t>(number));
  }
}

void msgpack_writer::integer(std::uint64_t number) {
  if (number <= msgpack::max_positive_fixint) {
    byte(static_cast<std::uint8_t>(number));
  } else if (std::in_range<std::uint8_t>(number)) {
    big_endian(msgpack::uint_8, static_cast<std::uint8_t>(number));
  } else if (std::in_range<std::uint16_t>(number)) {
    big_endian(msgpack::uint_16, static_cast<std::uint16_t>(number));
  } else if (std::in_range<std::uint32_t>(number)) {
    big_endian(msgpack::uint_32, static_cast<std::uint32_t>(number));
  } else {
    big_endian(msgpack::uint_64, number);
  }
}

void msgpack_writer::number(double number) {
  const bool is_whole = std::trunc(number) == number;
  if (is_whole && number >= -0x1p63 && number < 0x1p63) {
    integer(static_cast<std::int64_t>(number));
  } else if (is_whole && number > 0 && number < 0x1p64) {
    integer(static_cast<std::uint64_t>(number));
  } else {
    // notepack.io also takes larger whole numbers for integers, of which it writes the lower bits.
    big_endian(msgpack::float_64, std::bit_cast<std::uint64_t>(number));
  }
}

// The forms with a size of 16 and of 32 bits come right after the one with 8 bits.
void msgpack_writer::sized(std::uint8_t form_8, std::string_view bytes) {
  const auto size = bytes.size();
  if (std::in_range<std::uint8_t>(size)) {
    big_endian(form_8, static_cast<std::uint8_t>(size));
  } else if (std::in_range<std::uint16_t>(size)) {
    big_endian(static_cast<std::uint8_t>(form_8 + 1), static_cast<std::uint16_t>(size));
  } else {
    big_endian(static_cast<std::uint8_t>(form_8 + 2), static_cast<std::uint32_t>(size));
  }
  output_.append(bytes);
}

void msgpack_writer::string(std::string_view text) {
  constexpr std::size_t fixed_lengths = 32;
  if (text.size() < fixed_lengths) {
    byte(static_cast<std::uint8_t>(msgpack::fixstr + text.size()));
    output_.append(text);
  } else {
    sized(msgpack::str_8, text);
  }
}

void msgpack_writer::binary(std::string_view bytes) {
  sized(msgpack::bin_8, bytes);
}

void msgpack_writer::map(std::size_t size) {
  end_map(begin(), size);
}

std::size_t msgpack_writer::begin() {
  byte(0);
  return output_.size() - 1;
}

void msgpack_writer::end_array(std::size_t place, std::size_t size) {
  end(place, size, msgpack::fixarray, msgpack::array_16);
}

void msgpack_writer::end_map(std::size_t place, std::size_t size) {
  end(place, size, msgpack::fixmap, msgpack::map_16);
}

// Most arrays and maps are small. The values of others move to make room for the size: each byte at
// most once for each level of nesting.
void msgpack_writer::end(std::size_t place, std::size_t size, std::uint8_t fixed_form,
                         std::uint8_t form_16) {
  if (size < fixed_sizes) {
    output_[place] = static_cast<char>(fixed_form + size);
    return;
  }
  std::string header;
  msgpack_writer writer(header);
  if (std::in_range<std::uint16_t>(size)) {
    writer.big_endian(form_16, static_cast<std::uint16_t>(size));
  } else {
    writer.big_endian(static_cast<std::uint8_t>(form_16 + 1), static_cast<std::uint32_t>(size));
  }
  output_.replace(place, 1, header);
}

}  // namespace socketio::detail
