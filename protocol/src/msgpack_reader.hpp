#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace socketio::detail {

/// What a value of MessagePack is; the last three are the extensions of notepack.io, and others.
enum class msgpack_type : std::uint8_t {
  nil,
  boolean,
  integer,           ///< below zero
  unsigned_integer,  ///< zero and above
  floating,
  string,
  binary,
  array,
  map,
  undefined,
  date,
  extension
};

/// A value of MessagePack; of an array or a map what comes before its values.
struct msgpack_value {
  msgpack_type type = msgpack_type::nil;
  std::int64_t integer = 0;            ///< integer; date: milliseconds since 1970
  std::uint64_t unsigned_integer = 0;  ///< also boolean, and the size of an array or a map
  double floating = 0;
  std::string_view bytes;  ///< string, which may be no UTF-8; binary, extension
  std::int8_t extension = 0;

  /// The value if it is a whole number of zero or above, in any form.
  [[nodiscard]] std::optional<std::uint64_t> whole_number() const;
};

/// Reads the values of a message one after the other, the elements of arrays and maps included, in
/// the forms that notepack.io 2.2 accepts. No declared size makes it allocate anything.
class msgpack_reader {
 public:
  explicit msgpack_reader(std::string_view message) : rest_(message) {}

  /// The next value; nothing if there is none, or it is incomplete or invalid.
  [[nodiscard]] std::optional<msgpack_value> next();
  /// Whether nothing is left.
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  template <class Unsigned>
  std::optional<Unsigned> big_endian();
  template <class Unsigned>
  std::optional<msgpack_value> unsigned_integer();
  template <class Signed>
  std::optional<msgpack_value> integer();
  template <class Float, class Unsigned>
  std::optional<msgpack_value> floating();
  std::optional<msgpack_value> bytes(msgpack_type type, std::optional<std::size_t> size);
  std::optional<msgpack_value> container(msgpack_type type, std::optional<std::size_t> size);
  std::optional<msgpack_value> extension(std::optional<std::size_t> size);
  std::optional<msgpack_value> fixed_extension(std::size_t size);

  std::string_view rest_;
};

}  // namespace socketio::detail
