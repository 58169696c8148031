#pragma once

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>
#include <vector>

#include <socketio/protocol/shared_bytes.hpp>

/// The elements of simdjson's documents, to which views refer. Inline, because each argument of a
/// message goes through it.
namespace socketio::detail {

namespace dom = simdjson::dom;

/// An element's place in a document, which simdjson does not offer.
struct place {
  const void* document;
  std::uint64_t position;
};

static_assert(sizeof(dom::element) == sizeof(place));
static_assert(std::is_trivially_copyable_v<dom::element>);

// Both copy an element member by member: one wide load right after the narrow stores of the members
// would stall the processor.
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

/// The attachment that an element stands for; null if it stands for none.
inline const shared_bytes* find_attachment(const dom::element& element,
                                           const std::vector<shared_bytes>& attachments) {
  dom::object object;
  if (element.get(object)) return nullptr;
  const auto [marked, index] = read_placeholder(object);
  return marked && index && *index < attachments.size() ? &attachments[*index] : nullptr;
}

}  // namespace socketio::detail
