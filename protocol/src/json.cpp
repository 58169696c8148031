#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <map>
#include <stdexcept>

#include <socketio/protocol/json.hpp>
#include <socketio/protocol/utf8.hpp>

namespace socketio {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

static_assert(sizeof(dom::element) == sizeof(std::array<std::uint64_t, 2>));
static_assert(std::is_trivially_copyable_v<dom::element>);

std::array<std::uint64_t, 2> to_words(const dom::element& element) {
  std::array<std::uint64_t, 2> words{};
  std::memcpy(words.data(), static_cast<const void*>(&element), sizeof(words));
  return words;
}

dom::element to_element(const std::array<std::uint64_t, 2>& words) {
  dom::element element;
  std::memcpy(static_cast<void*>(&element), words.data(), sizeof(words));
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

// Adds up the bytes behind all placeholders; false if one is out of range or the sum is too large.
bool check_placeholders(const dom::element& element, const std::vector<std::string>& attachments,
                        std::size_t& bytes_left) {
  if (dom::array array; !element.get(array)) {
    return std::all_of(array.begin(), array.end(), [&](const dom::element& child) {
      return check_placeholders(child, attachments, bytes_left);
    });
  }
  dom::object object;
  if (element.get(object)) return true;
  if (const auto [marked, index] = read_placeholder(object); marked) {
    if (!index || *index >= attachments.size()) return false;
    const auto size = attachments[*index].size();
    if (size > bytes_left) return false;
    bytes_left -= size;
    return true;
  }
  return std::all_of(object.begin(), object.end(), [&](const dom::key_value_pair& child) {
    return check_placeholders(child.value, attachments, bytes_left);
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

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Rewrites the few things that JSON.parse accepts and simdjson does not: numbers beyond 64 bits or
// beyond a double's range, and escaped lone surrogates. Whatever else is wrong stays wrong.
class repairer {
 public:
  explicit repairer(std::string_view text) : text_(text) { output_.reserve(text.size()); }

  std::string repair() {
    while (position_ < text_.size()) {
      const char c = text_[position_];
      if (c == '"') {
        string();
      } else if (is_digit(c) || c == '-') {
        number();
      } else {
        output_.push_back(c);
        ++position_;
      }
    }
    return std::move(output_);
  }

 private:
  void string() {
    output_.push_back(text_[position_++]);
    while (position_ < text_.size() && text_[position_] != '"') {
      if (text_[position_] != '\\') {
        output_.push_back(text_[position_++]);
      } else if (const auto high = escaped_unit(position_); !high) {
        copy(2);
      } else if (*high < 0xD800 || *high > 0xDFFF) {
        copy(6);
      } else if (const auto low = escaped_unit(position_ + 6);
                 *high <= 0xDBFF && low && *low >= 0xDC00 && *low <= 0xDFFF) {
        copy(12);
      } else {
        output_.append(replacement_character);
        position_ += 6;
      }
    }
    copy(1);
  }

  void number() {
    const auto end = std::find_if(
        text_.begin() + static_cast<std::ptrdiff_t>(position_), text_.end(), [](char c) {
          return !is_digit(c) && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E';
        });
    const auto token =
        text_.substr(position_, static_cast<std::size_t>(end - text_.begin()) - position_);
    position_ += token.size();
    double value = 0;
    const auto [rest, error] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (!is_json_number(token) || rest != token.data() + token.size()) {
      output_.append(token);
    } else if (error == std::errc::result_out_of_range) {
      output_.append(overflows(token) ? "null" : "0");
    } else if (fits_64_bits(token)) {
      output_.append(token);
    } else {
      append_json_number(output_, value);
      // Keeps an integer beyond 64 bits a double.
      if (std::abs(value) < 1e21) output_.append(".0");
    }
  }

  void copy(std::size_t count) {
    output_.append(text_.substr(position_, count));
    position_ = std::min(position_ + count, text_.size());
  }

  // The UTF-16 code unit of a \uXXXX at a position.
  [[nodiscard]] std::optional<unsigned> escaped_unit(std::size_t at) const {
    if (at + 6 > text_.size() || text_[at] != '\\' || text_[at + 1] != 'u') return std::nullopt;
    unsigned unit = 0;
    const char* first = text_.data() + at + 2;
    const auto [rest, error] = std::from_chars(first, first + 4, unit, 16);
    if (error != std::errc{} || rest != first + 4) return std::nullopt;
    return unit;
  }

  static bool is_json_number(std::string_view token) {
    std::size_t i = 0;
    const auto digits = [&] {
      const auto first = i;
      while (i < token.size() && is_digit(token[i])) ++i;
      return i - first;
    };
    if (i < token.size() && token[i] == '-') ++i;
    const auto first = i;
    if (const auto count = digits(); count == 0 || (count > 1 && token[first] == '0')) return false;
    if (i < token.size() && token[i] == '.') {
      ++i;
      if (digits() == 0) return false;
    }
    if (i < token.size() && (token[i] == 'e' || token[i] == 'E')) {
      ++i;
      if (i < token.size() && (token[i] == '-' || token[i] == '+')) ++i;
      if (digits() == 0) return false;
    }
    return i == token.size();
  }

  static bool fits_64_bits(std::string_view token) {
    if (token.find_first_of(".eE") != std::string_view::npos) return true;
    std::uint64_t magnitude = 0;
    std::int64_t value = 0;
    const auto* end = token.data() + token.size();
    return std::from_chars(token.data(), end, value).ec == std::errc{} ||
           (token.front() != '-' &&
            std::from_chars(token.data(), end, magnitude).ec == std::errc{});
  }

  // Whether a number that no double holds is too large, and not too small.
  static bool overflows(std::string_view token) {
    const auto exponent_mark = token.find_first_of("eE");
    const auto mantissa = token.substr(0, exponent_mark);
    std::int64_t exponent = 0;
    if (exponent_mark != std::string_view::npos) {
      auto digits = token.substr(exponent_mark + 1);
      if (digits.front() == '+') digits.remove_prefix(1);
      const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
      if (parsed.ec != std::errc{}) return digits.front() != '-';
    }
    const auto point = std::min(mantissa.find('.'), mantissa.size());
    const auto leading = mantissa.find_first_of("123456789");
    if (leading == std::string_view::npos) return false;
    return static_cast<std::int64_t>(point) - static_cast<std::int64_t>(leading) + exponent > 0;
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::string output_;
};

void append_escaped(std::string& output, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  auto clean = text.begin();
  for (auto at = text.begin(); at != text.end(); ++at) {
    const auto c = static_cast<unsigned char>(*at);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    output.append(clean, at);
    clean = at + 1;
    output.push_back('\\');
    switch (c) {
      case '"':
      case '\\':
        output.push_back(*at);
        break;
      case '\b':
        output.push_back('b');
        break;
      case '\f':
        output.push_back('f');
        break;
      case '\n':
        output.push_back('n');
        break;
      case '\r':
        output.push_back('r');
        break;
      case '\t':
        output.push_back('t');
        break;
      default:
        output.append("u00").append({digits[c >> 4U], digits[c & 0xFU]});
    }
  }
  output.append(clean, text.end());
}

// Replaces each byte that is not part of a valid sequence.
std::string replace_invalid_utf8(std::string_view text) {
  std::string valid;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = 1;
    utf8_validator validator;
    while (validator.feed(text.substr(i + length - 1, 1)) && !validator.complete() &&
           i + length < text.size()) {
      ++length;
    }
    if (validator.complete()) {
      valid.append(text.substr(i, length));
      i += length;
    } else {
      valid.append(replacement_character);
      i += 1;
    }
  }
  return valid;
}

template <class Integer>
void append_integer(std::string& output, Integer number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  output.append(digits.data(), end);
}

void append_value(std::string& output, const json& value, std::vector<std::string>& attachments,
                  std::size_t depth) {
  const auto enter = [depth] {
    if (depth >= max_json_depth) throw std::invalid_argument("JSON is nested too deeply");
  };
  switch (value.type()) {
    case json::value_t::discarded:
    case json::value_t::null:
      output.append("null");
      break;
    case json::value_t::boolean:
      output.append(value.get<bool>() ? "true" : "false");
      break;
    case json::value_t::number_integer:
      append_integer(output, value.get<std::int64_t>());
      break;
    case json::value_t::number_unsigned:
      append_integer(output, value.get<std::uint64_t>());
      break;
    case json::value_t::number_float:
      append_json_number(output, value.get<double>());
      break;
    case json::value_t::string:
      append_json_string(output, value.get_ref<const std::string&>());
      break;
    case json::value_t::binary: {
      const auto& bytes = value.get_binary();
      append_placeholder(output, attachments.size());
      attachments.emplace_back(bytes.begin(), bytes.end());
      break;
    }
    case json::value_t::array: {
      enter();
      char separator = '[';
      for (const auto& element : value) {
        output.push_back(separator);
        append_value(output, element, attachments, depth + 1);
        separator = ',';
      }
      output.append(separator == '[' ? "[]" : "]");
      break;
    }
    case json::value_t::object: {
      enter();
      char separator = '{';
      for (const auto& [key, member] : value.get_ref<const json::object_t&>()) {
        output.push_back(separator);
        append_json_string(output, key);
        output.push_back(':');
        append_value(output, member, attachments, depth + 1);
        separator = ',';
      }
      output.append(separator == '{' ? "{}" : "}");
      break;
    }
  }
}

// Appends an integer that is given as 1.234e+18.
void append_whole(std::string& output, std::string_view scientific) {
  const auto mark = scientific.find('e');
  std::size_t exponent = 0;
  std::from_chars(scientific.data() + mark + 2, scientific.data() + scientific.size(), exponent);
  auto mantissa = scientific.substr(0, mark);
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  output.append(mantissa.substr(0, point));
  mantissa.remove_prefix(std::min(point + 1, mantissa.size()));
  output.append(mantissa).append(exponent - mantissa.size(), '0');
}

}  // namespace

json_type json_view::type() const {
  if (value_ != nullptr) {
    switch (value_->type()) {
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
  if (parsed_[0] == 0) return json_type::null;
  const auto element = to_element(parsed_);
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
  if (value_ != nullptr) {
    return value_->is_boolean() ? std::optional(value_->get<bool>()) : std::nullopt;
  }
  bool value = false;
  if (parsed_[0] == 0 || to_element(parsed_).get(value)) return std::nullopt;
  return value;
}

std::optional<std::int64_t> json_view::integer() const {
  if (value_ != nullptr) {
    if (value_->is_number_unsigned()) {
      const auto value = value_->get<std::uint64_t>();
      if (!std::in_range<std::int64_t>(value)) return std::nullopt;
      return static_cast<std::int64_t>(value);
    }
    if (value_->is_number_integer()) return value_->get<std::int64_t>();
  } else {
    std::int64_t value = 0;
    if (parsed_[0] == 0) return std::nullopt;
    if (!to_element(parsed_).get(value)) return value;
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
  if (value_ != nullptr) {
    if (value_->is_number_unsigned()) return value_->get<std::uint64_t>();
  } else {
    std::uint64_t value = 0;
    if (parsed_[0] == 0) return std::nullopt;
    if (!to_element(parsed_).get(value)) return value;
  }
  if (type() != json_type::floating) return std::nullopt;
  const auto value = *number();
  if (value < 0 || value >= 0x1p64 || std::trunc(value) != value) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

std::optional<double> json_view::number() const {
  if (value_ != nullptr) {
    return value_->is_number() ? std::optional(value_->get<double>()) : std::nullopt;
  }
  double value = 0;
  if (parsed_[0] == 0 || to_element(parsed_).get(value)) return std::nullopt;
  return value;
}

std::optional<std::string_view> json_view::string() const {
  if (value_ != nullptr) {
    if (!value_->is_string()) return std::nullopt;
    return value_->get_ref<const std::string&>();
  }
  std::string_view value;
  if (parsed_[0] == 0 || to_element(parsed_).get(value)) return std::nullopt;
  return value;
}

std::optional<std::span<const std::byte>> json_view::binary() const {
  if (value_ != nullptr) {
    if (!value_->is_binary()) return std::nullopt;
    return std::as_bytes(std::span(value_->get_binary()));
  }
  if (parsed_[0] == 0 || attachments_ == nullptr) return std::nullopt;
  const auto index = placeholder_index(to_element(parsed_));
  if (!index) return std::nullopt;
  return std::as_bytes(std::span((*attachments_)[*index]));
}

void json_view::elements(std::vector<json_view>& views) const {
  views.clear();
  if (value_ != nullptr) {
    if (!value_->is_array()) return;
    for (const auto& element : *value_) views.emplace_back(element);
    return;
  }
  dom::array array;
  if (parsed_[0] == 0 || to_element(parsed_).get(array)) return;
  for (const auto element : array) {
    json_view view;
    view.parsed_ = to_words(element);
    view.attachments_ = attachments_;
    views.push_back(view);
  }
}

json json_view::to_json() const {
  if (value_ != nullptr) return *value_;
  if (parsed_[0] == 0) return nullptr;
  return build(to_element(parsed_), attachments_);
}

struct json_document::state {
  // A parser grown by one large text is replaced, so that it does not hold the memory for ever.
  static constexpr std::size_t kept_capacity = 256 * 1024;

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
  return state_->parse(repairer(text).repair(), error);
}

json_view json_document::root() const {
  json_view view;
  view.parsed_ = to_words(state_->root);
  view.attachments_ = attachments_;
  return view;
}

bool json_document::bind_attachments(const std::vector<std::string>& attachments,
                                     std::size_t max_bytes) {
  attachments_ = &attachments;
  return check_placeholders(state_->root, attachments, max_bytes);
}

void append_json_string(std::string& output, std::string_view text) {
  output.push_back('"');
  if (is_valid_utf8(text)) {
    append_escaped(output, text);
  } else {
    append_escaped(output, replace_invalid_utf8(text));
  }
  output.push_back('"');
}

void append_json_number(std::string& output, double number) {
  if (!std::isfinite(number)) {
    output.append("null");
    return;
  }
  if (number == 0) {
    output.push_back('0');
    return;
  }
  const auto magnitude = std::abs(number);
  // Above it std::to_chars writes integers with all their digits, JavaScript the shortest ones.
  constexpr double max_exact_integer = 0x1p53;
  const bool fixed = magnitude >= 1e-6 && magnitude < max_exact_integer;
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number,
                                 fixed ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr;
  std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
  if (!fixed && magnitude >= max_exact_integer && magnitude < 1e21) {
    append_whole(output, text);
    return;
  }
  if (!fixed) {
    // JavaScript writes the exponent without leading zeros.
    const auto mark = text.find('e') + 2;
    output.append(text.substr(0, mark));
    text.remove_prefix(std::min(text.find_first_not_of('0', mark), text.size() - 1));
  }
  output.append(text);
}

void append_json(std::string& output, const json& value, std::vector<std::string>& attachments) {
  append_value(output, value, attachments, 0);
}

void append_placeholder(std::string& output, std::size_t index) {
  output.append(R"({"_placeholder":true,"num":)");
  append_integer(output, index);
  output.push_back('}');
}

}  // namespace socketio
