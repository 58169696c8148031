#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <socketio/protocol/json.hpp>

#include "json_element.hpp"

namespace socketio {

namespace dom = simdjson::dom;

namespace {

// ordered_json looks every new key up from the front; appending to its vector keeps large objects
// linear, and the map is needed only where keys may repeat.
class object_builder {
 public:
  object_builder(json& object, std::size_t size) : members_(object.get_ref<json::object_t&>()) {
    members_.reserve(size);
  }

  void add(std::string_view key, json value) {
    if (json* known = find(key)) {
      *known = std::move(value);
      return;
    }
    static_cast<json::object_t::Container&>(members_).emplace_back(std::string(key),
                                                                   std::move(value));
  }

 private:
  static constexpr std::size_t linear_search_limit = 16;

  json* find(std::string_view key) {
    if (members_.size() < linear_search_limit) {
      const auto known = std::find_if(members_.begin(), members_.end(),
                                      [&](const auto& member) { return member.first == key; });
      return known == members_.end() ? nullptr : &known->second;
    }
    for (; indexed_ < members_.size(); ++indexed_) {
      positions_.try_emplace((members_.begin() + static_cast<std::ptrdiff_t>(indexed_))->first,
                             indexed_);
    }
    const auto known = positions_.find(key);
    return known == positions_.end()
               ? nullptr
               : &(members_.begin() + static_cast<std::ptrdiff_t>(known->second))->second;
  }

  json::object_t& members_;
  std::map<std::string, std::size_t, std::less<>> positions_;
  std::size_t indexed_ = 0;
};

json build(const dom::element& element, const std::vector<shared_bytes>* attachments) {
  switch (element.type()) {
    case dom::element_type::NULL_VALUE:
      return nullptr;
    case dom::element_type::BOOL:
      return bool(element);
    case dom::element_type::INT64:
      return std::int64_t(element);
    case dom::element_type::UINT64:
      return std::uint64_t(element);
    case dom::element_type::DOUBLE:
      return double(element);
    case dom::element_type::STRING:
      return std::string(std::string_view(element));
    case dom::element_type::ARRAY: {
      json value = json::array();
      auto& elements = value.get_ref<json::array_t&>();
      for (const auto child : dom::array(element)) elements.push_back(build(child, attachments));
      return value;
    }
    case dom::element_type::OBJECT:
      break;
  }
  if (attachments != nullptr) {
    if (const auto* found = detail::find_attachment(element, *attachments)) {
      const auto bytes = found->characters();
      return json::binary({bytes.begin(), bytes.end()});
    }
  }
  const dom::object object(element);
  json value = json::object();
  object_builder builder(value, object.size());
  for (const auto member : object) builder.add(member.key, build(member.value, attachments));
  return value;
}

}  // namespace

json_type json_view::type() const {
  if (const auto* held = value()) {
    switch (held->type()) {
      case json::value_t::boolean:
        return json_type::boolean;
      case json::value_t::number_integer:
        return json_type::integer;
      case json::value_t::number_unsigned:
        return integer() ? json_type::integer : json_type::unsigned_integer;
      case json::value_t::number_float:
        return json_type::floating;
      case json::value_t::string:
        return json_type::string;
      case json::value_t::array:
        return json_type::array;
      case json::value_t::object:
        return json_type::object;
      case json::value_t::binary:
        return json_type::binary;
      default:
        return json_type::null;
    }
  }
  if (source_ == nullptr) return json_type::null;
  const auto element = detail::element_at(source_, position_);
  switch (element.type()) {
    case dom::element_type::BOOL:
      return json_type::boolean;
    case dom::element_type::INT64:
      return json_type::integer;
    case dom::element_type::UINT64:
      return json_type::unsigned_integer;
    case dom::element_type::DOUBLE:
      return json_type::floating;
    case dom::element_type::STRING:
      return json_type::string;
    case dom::element_type::ARRAY:
      return json_type::array;
    case dom::element_type::OBJECT:
      return binary() ? json_type::binary : json_type::object;
    default:
      return json_type::null;
  }
}

std::optional<bool> json_view::boolean() const {
  if (const auto* held = value()) {
    return held->is_boolean() ? std::optional(held->get<bool>()) : std::nullopt;
  }
  bool value = false;
  if (source_ == nullptr || detail::element_at(source_, position_).get(value)) return std::nullopt;
  return value;
}

std::optional<std::int64_t> json_view::integer() const {
  if (const auto* held = value()) {
    if (held->is_number_unsigned()) {
      const auto value = held->get<std::uint64_t>();
      if (!std::in_range<std::int64_t>(value)) return std::nullopt;
      return static_cast<std::int64_t>(value);
    }
    if (held->is_number_integer()) return held->get<std::int64_t>();
  } else {
    std::int64_t value = 0;
    if (source_ == nullptr) return std::nullopt;
    if (!detail::element_at(source_, position_).get(value)) return value;
  }
  if (type() != json_type::floating) return std::nullopt;
  const auto value = *number();
  if (value < -0x1p63 || value >= 0x1p63 || std::trunc(value) != value) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::optional<std::uint64_t> json_view::unsigned_integer() const {
  if (const auto value = integer()) {
    return *value < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(*value));
  }
  if (const auto* held = value()) {
    if (held->is_number_unsigned()) return held->get<std::uint64_t>();
  } else {
    std::uint64_t value = 0;
    if (source_ == nullptr) return std::nullopt;
    if (!detail::element_at(source_, position_).get(value)) return value;
  }
  if (type() != json_type::floating) return std::nullopt;
  const auto value = *number();
  if (value < 0 || value >= 0x1p64 || std::trunc(value) != value) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

std::optional<double> json_view::number() const {
  if (const auto* held = value()) {
    return held->is_number() ? std::optional(held->get<double>()) : std::nullopt;
  }
  double value = 0;
  if (source_ == nullptr || detail::element_at(source_, position_).get(value)) return std::nullopt;
  return value;
}

std::optional<std::string_view> json_view::string() const {
  if (const auto* held = value()) {
    if (!held->is_string()) return std::nullopt;
    return held->get_ref<const std::string&>();
  }
  std::string_view value;
  if (source_ == nullptr || detail::element_at(source_, position_).get(value)) return std::nullopt;
  return value;
}

std::optional<std::span<const std::byte>> json_view::binary() const {
  if (const auto* held = value()) {
    if (!held->is_binary()) return std::nullopt;
    return std::as_bytes(std::span(held->get_binary()));
  }
  const auto* found = attachment();
  return found != nullptr ? std::optional<std::span<const std::byte>>(*found) : std::nullopt;
}

std::optional<shared_bytes> json_view::shared_binary() const {
  if (const auto* found = attachment()) return *found;
  const auto bytes = binary();
  return bytes ? std::optional(shared_bytes::copy(*bytes)) : std::nullopt;
}

const shared_bytes* json_view::attachment() const {
  if (value() != nullptr || source_ == nullptr || attachments_ == nullptr) return nullptr;
  return detail::find_attachment(detail::element_at(source_, position_), *attachments_);
}

void json_view::elements(std::vector<json_view>& views) const {
  views.clear();
  if (const auto* held = value()) {
    if (!held->is_array()) return;
    for (const auto& element : *held) views.emplace_back(element);
    return;
  }
  dom::array array;
  if (source_ == nullptr || detail::element_at(source_, position_).get(array)) return;
  for (const auto element : array) {
    const auto [document, position] = detail::place_of(element);
    views.push_back(json_view(document, position, attachments_));
  }
}

void json_view::members(std::vector<std::pair<std::string_view, json_view>>& views) const {
  views.clear();
  if (const auto* held = value()) {
    if (!held->is_object()) return;
    for (const auto& [key, member] : held->get_ref<const json::object_t&>()) {
      views.emplace_back(key, member);
    }
    return;
  }
  dom::object object;
  if (source_ == nullptr || binary() || detail::element_at(source_, position_).get(object)) return;
  for (const auto member : object) {
    const auto [document, position] = detail::place_of(member.value);
    views.emplace_back(member.key, json_view(document, position, attachments_));
  }
}

json json_view::to_json() const {
  if (const auto* held = value()) return *held;
  if (source_ == nullptr) return nullptr;
  return build(detail::element_at(source_, position_), attachments_);
}

}  // namespace socketio
