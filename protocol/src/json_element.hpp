#pragma once

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>

/// The elements of simdjson's documents, to which views refer. Inline, because each argument of a
/// message goes through it.
namespace socketio::detail {

namespace dom = simdjson::dom;

/// What an element is within a document: simdjson has no way to come back to it.
struct place {
  const void* document;
  std::uint64_t position;
};

static_assert(sizeof(dom::element) == sizeof(place));
static_assert(std::is_trivially_copyable_v<dom::element>);

// Both copy part by part: copied in one go, right after its parts have been written, an element
// would have the processor wait for them.
inline place place_of(const dom::element& element) {
  const auto* bytes = reinterpret_cast<const char*>(&element);
  place result{};
  std::memcpy(&result.document, bytes, sizeof result.document);
  std::memcpy(&result.position, bytes + offsetof(place, position), sizeof result.position);
  return result;
}

inline dom::element element_at(const void* document, std::uint64_t position) {
  dom::element element;
  auto* bytes = reinterpret_cast<char*>(&element);
  std::memcpy(bytes, &document, sizeof document);
  std::memcpy(bytes + offsetof(place, position), &position, sizeof position);
  return element;
}

/// Whether an object stands for an attachment, and for which. Of a repeated key the last value
/// counts.
struct placeholder {
  bool marked = false;
  std::optional<std::uint64_t> index;
};

inline placeholder read_placeholder(const dom::object& object) {
  placeholder result;
  for (const auto member : object) {
    if (member.key == "_placeholder") {
      bool mark = false;
      result.marked = !member.value.get(mark) && mark;
    } else if (member.key == "num") {
      std::uint64_t number = 0;
      result.index = member.value.get(number) ? std::nullopt : std::optional(number);
    }
  }
  return result;
}

/// The attachment that an element stands for, if it does.
inline std::optional<std::uint64_t> placeholder_index(const dom::element& element) {
  dom::object object;
  if (element.get(object)) return std::nullopt;
  const auto found = read_placeholder(object);
  return found.marked ? found.index : std::nullopt;
}

}  // namespace socketio::detail
