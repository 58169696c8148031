#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace socketio::detail {

/// Appends MessagePack to a string, each value in the shortest form, as notepack.io does.
class msgpack_writer {
 public:
  explicit msgpack_writer(std::string& output) : output_(output) {}

  void nil();
  void boolean(bool value);
  void integer(std::int64_t number);
  void integer(std::uint64_t number);
  /// Writes a number as an integer if it is one of 64 bits.
  void number(double number);
  void string(std::string_view text);
  void binary(std::string_view bytes);
  /// Begins a map, whose members follow: for each its key and its value.
  void map(std::size_t size);

  /// Begins an array or a map whose size is not known yet, and returns where.
  [[nodiscard]] std::size_t begin();
  /// Writes the size of what began there, after its last value.
  void end_array(std::size_t place, std::size_t size);
  void end_map(std::size_t place, std::size_t size);

 private:
  void byte(std::uint8_t value) { output_.push_back(static_cast<char>(value)); }
  template <class Unsigned>
  void big_endian(Unsigned value);
  template <class Unsigned>
  void big_endian(std::uint8_t form, Unsigned value);
  void sized(std::uint8_t form_8, std::string_view bytes);
  void end(std::size_t place, std::size_t size, std::uint8_t fixed_form, std::uint8_t form_16);

  std::string& output_;
};

}  // namespace socketio::detail
