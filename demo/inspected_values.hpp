#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "inspector.hpp"

/// Bytes as pairs of hexadecimal digits; of many bytes the first ones, and how many there are.
std::string shown_bytes(std::string_view bytes);

/// Text as a value: shortened if it is long, and with escapes for bytes that are not UTF-8.
std::string shown_text(std::string_view text);

/// "1 byte", "2 bytes".
std::string count_of(std::uint64_t number, std::string_view noun);

/// Adds to what is wrong; of many problems the first ones are kept.
void add_problem(inspection& found, std::string_view problem);
