#include <algorithm>

#include <socketio/protocol/json.hpp>

#include "json_element.hpp"
#include "json_repair.hpp"

namespace socketio {

namespace dom = simdjson::dom;

namespace {

// Subtracts all placeholders from the remaining limits; false if a limit is exceeded, or an index
// is out of range and refused.
bool check_placeholders(const dom::element& element, const std::vector<shared_bytes>& attachments,
                        placeholder_limits& left) {
  if (dom::array array; !element.get(array)) {
    return std::all_of(array.begin(), array.end(), [&](const dom::element& child) {
      return check_placeholders(child, attachments, left);
    });
  }
  dom::object object;
  if (element.get(object)) return true;
  if (const auto [marked, index] = detail::read_placeholder(object); marked) {
    if (index && *index < attachments.size()) {
      const auto size = attachments[*index].size();
      if (left.count == 0 || size > left.bytes) return false;
      --left.count;
      left.bytes -= size;
      return true;
    }
    if (left.others == other_placeholders::refused) return false;
  }
  return std::all_of(object.begin(), object.end(), [&](const dom::key_value_pair& child) {
    return check_placeholders(child.value, attachments, left);
  });
}

// Whether arrays and objects are nested deeper than max_json_depth.
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
    // simdjson counts the values in the innermost array or object as a level of their own. With one
    // level less it refuses every text that is too deep, and seldom one that is not.
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
  return state_->parse(detail::repair_json(text), error);
}

json_view json_document::root() const {
  const auto [document, position] = detail::place_of(state_->root);
  return {document, position, attachments_};
}

bool json_document::bind_attachments(const std::vector<shared_bytes>& attachments,
                                     placeholder_limits limits) {
  attachments_ = &attachments;
  return check_placeholders(state_->root, attachments, limits);
}

}  // namespace socketio
