#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <map>
#include <stdexcept>

#include <socketio/protocol/json.hpp>

#include "json_repair.hpp"

namespace socketio {
namespace {

namespace dom = simdjson::dom;

// What an element is within a document: simdjson has no way to come back to it.
struct place {
  const void* document;
  std::uint64_t position;
};

static_assert(sizeof(dom::element) == sizeof(place));
static_assert(std::is_trivially_copyable_v<dom::element>);

// Both copy part by part: copied in one go, right after its parts have been written, an element
// would have the processor wait for them.
place place_of(const dom::element& element) {
  const auto* bytes = reinterpret_cast<const char*>(&element);
  place result{};
  std::memcpy(&result.document, bytes, sizeof result.document);
  std::memcpy(&result.position, bytes + offsetof(place, position), sizeof result.position);
  return result;
}

dom::element element_at(const void* document, std::uint64_t position) {
  dom::element element;
  auto* bytes = reinterpret_cast<char*>(&element);
  std::memcpy(bytes, &document, sizeof document);
  std::memcpy(bytes + offsetof(place, position), &position, sizeof position);
  return element;
}

// Whether an object stands for an attachment, and for which. Of a repeated key the last value
// counts.
struct placeholder {
  bool marked = false;
  std::optional<std::uint64_t> index;
};

placeholder read_placeholder(const dom::object& object) {
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

// The attachment that an element stands for, if it does.
std::optional<std::uint64_t> placeholder_index(const dom::element& element) {
  dom::object object;
  if (element.get(object)) return std::nullopt;
  const auto found = read_placeholder(object);
  return found.marked ? found.index : std::nullopt;
}

// Takes all placeholders off what is left; false if one is out of range, or too little is left.
bool check_placeholders(const dom::element& element, const std::vector<std::string>& attachments,
                        placeholder_limits& left) {
  if (dom::array array; !element.get(array)) {
    return std::all_of(array.begin(), array.end(), [&](const dom::element& child) {
      return check_placeholders(child, attachments, left);
    });
  }
  dom::object object;
  if (element.get(object)) return true;
  if (const auto [marked, index] = read_placeholder(object); marked) {
    if (!index || *index >= attachments.size()) return false;
    const auto size = attachments[*index].size();
    if (left.count == 0 || size > left.bytes) return false;
    --left.count;
    left.bytes -= size;
    return true;
  }
  return std::all_of(object.begin(), object.end(), [&](const dom::key_value_pair& child) {
    return check_placeholders(child.value, attachments, left);
  });
}

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

json build(const dom::element& element, const std::vector<std::string>* attachments) {
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
    if (const auto index = placeholder_index(element)) {
      const auto& bytes = (*attachments)[*index];
      return json::binary({bytes.begin(), bytes.end()});
    }
  }
  const dom::object object(element);
  json value = json::object();
  object_builder builder(value, object.size());
  for (const auto member : object) builder.add(member.key, build(member.value, attachments));
  return value;
}

// Whether arrays and objects are nested more deeply than is accepted.
bool exceeds_max_depth(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (auto at = text.begin(); at != text.end(); ++at) {
    if (in_string) {
      if (*at == '\\' && at + 1 != text.end()) {
        ++at;
      } else if (*at == '"') {
        in_string = false;
      }
    } else if (*at == '"') {
      in_string = true;
    } else if (*at == '[' || *at == '{') {
      if (++depth > max_json_depth) return true;
    } else if ((*at == ']' || *at == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
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
  const auto element = element_at(source_, position_);
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
  if (source_ == nullptr || element_at(source_, position_).get(value)) return std::nullopt;
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
    if (!element_at(source_, position_).get(value)) return value;
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
    if (!element_at(source_, position_).get(value)) return value;
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
  if (source_ == nullptr || element_at(source_, position_).get(value)) return std::nullopt;
  return value;
}

std::optional<std::string_view> json_view::string() const {
  if (const auto* held = value()) {
    if (!held->is_string()) return std::nullopt;
    return held->get_ref<const std::string&>();
  }
  std::string_view value;
  if (source_ == nullptr || element_at(source_, position_).get(value)) return std::nullopt;
  return value;
}

std::optional<std::span<const std::byte>> json_view::binary() const {
  if (const auto* held = value()) {
    if (!held->is_binary()) return std::nullopt;
    return std::as_bytes(std::span(held->get_binary()));
  }
  if (source_ == nullptr || attachments_ == nullptr) return std::nullopt;
  const auto index = placeholder_index(element_at(source_, position_));
  if (!index) return std::nullopt;
  return std::as_bytes(std::span((*attachments_)[*index]));
}

void json_view::elements(std::vector<json_view>& views) const {
  views.clear();
  if (const auto* held = value()) {
    if (!held->is_array()) return;
    for (const auto& element : *held) views.emplace_back(element);
    return;
  }
  dom::array array;
  if (source_ == nullptr || element_at(source_, position_).get(array)) return;
  for (const auto element : array) {
    const auto [document, position] = place_of(element);
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
  if (source_ == nullptr || binary() || element_at(source_, position_).get(object)) return;
  for (const auto member : object) {
    const auto [document, position] = place_of(member.value);
    views.emplace_back(member.key, json_view(document, position, attachments_));
  }
}

json json_view::to_json() const {
  if (const auto* held = value()) return *held;
  if (source_ == nullptr) return nullptr;
  return build(element_at(source_, position_), attachments_);
}

struct json_document::state {
  // A parser grown by one large text is replaced, so that it does not hold the memory for ever.
  static constexpr std::size_t kept_capacity = std::size_t{256} * 1024;

  dom::parser parser;
  std::string padded;
  dom::element root;

  bool parse(std::string_view text, simdjson::error_code& error) {
    if (parser.capacity() > kept_capacity && text.size() <= kept_capacity) {
      parser = dom::parser();
      padded = std::string();
    }
    padded.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    padded.assign(text);
    // simdjson counts a level for what is within the innermost array or object, unless that is
    // empty. One level less than could be needed refuses all that is too deep, and what it refuses
    // wrongly is rare.
    error = parse_padded(max_json_depth);
    if (error == simdjson::DEPTH_ERROR && !exceeds_max_depth(text)) {
      error = parse_padded(max_json_depth + 1);
    }
    return error == simdjson::SUCCESS;
  }

  simdjson::error_code parse_padded(std::size_t depth) {
    if (parser.capacity() == 0 || parser.max_depth() != depth) {
      if (const auto error = parser.allocate(std::max<std::size_t>(padded.size(), 1024), depth)) {
        return error;
      }
    }
    return parser.parse(padded.data(), padded.size(), false).get(root);
  }
};

json_document::json_document() : state_(std::make_unique<state>()) {}
json_document::~json_document() = default;
json_document::json_document(json_document&&) noexcept = default;
json_document& json_document::operator=(json_document&&) noexcept = default;

bool json_document::parse(std::string_view text) {
  attachments_ = nullptr;
  simdjson::error_code error = simdjson::SUCCESS;
  if (state_->parse(text, error)) return true;
  if (error != simdjson::NUMBER_ERROR && error != simdjson::STRING_ERROR) return false;
  return state_->parse(repair_json(text), error);
}

json_view json_document::root() const {
  const auto [document, position] = place_of(state_->root);
  return {document, position, attachments_};
}

bool json_document::bind_attachments(const std::vector<std::string>& attachments,
                                     placeholder_limits limits) {
  attachments_ = &attachments;
  return check_placeholders(state_->root, attachments, limits);
}

}  // namespace socketio
