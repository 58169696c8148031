#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <socketio/detail/language.hpp>

namespace socketio {

namespace detail {
template <class T, class SFINAE = void>
struct json_serializer;
}  // namespace detail

/// A JSON value: nlohmann_json's, with three differences. Objects keep the order of their keys, as
/// in JavaScript. Ranges of bytes become binary values, which the protocol carries as attachments.
/// Reading a key or an index that a const value does not have throws, as at() does, with every way
/// to write it; in nlohmann_json's other types that is undefined.
using json =
    nlohmann::basic_json<nlohmann::ordered_map, std::vector, std::string, bool, std::int64_t,
                         std::uint64_t, double, std::allocator, detail::json_serializer>;

namespace detail {

inline void require_elements(const json& value) {
  if (value.empty()) throw std::out_of_range("an empty JSON value has no first and last element");
}

}  // namespace detail
}  // namespace socketio

// The type is this library's own, and so are these members of it. What they call checks.

template <>
inline socketio::json::const_reference socketio::json::operator[](size_type index) const {
  return at(index);
}

template <>
inline socketio::json::const_reference socketio::json::operator[](
    const object_t::key_type& key) const {
  return at(key);
}

template <>
template <class Key,
          nlohmann::detail::enable_if_t<
              nlohmann::detail::is_usable_as_basic_json_key_type<socketio::json, Key>::value, int>>
socketio::json::const_reference socketio::json::operator[](Key&& key) const {
  return at(std::forward<Key>(key));
}

template <>
inline socketio::json::reference socketio::json::front() {
  socketio::detail::require_elements(*this);
  return *begin();
}

template <>
inline socketio::json::const_reference socketio::json::front() const {
  socketio::detail::require_elements(*this);
  return *cbegin();
}

template <>
inline socketio::json::reference socketio::json::back() {
  socketio::detail::require_elements(*this);
  return *std::prev(end());
}

template <>
inline socketio::json::const_reference socketio::json::back() const {
  socketio::detail::require_elements(*this);
  return *std::prev(cend());
}
