#include <boost/core/demangle.hpp>

#include <socketio/detail/mismatch.hpp>

namespace socketio::detail {

std::string given_type(const json_view& value) {
  switch (value.type()) {
    case json_type::null:
      return "null";
    case json_type::boolean:
      return "boolean";
    case json_type::integer:
    case json_type::unsigned_integer:
    case json_type::floating:
      return "number " + value.to_json().dump();
    case json_type::string:
      return "string";
    case json_type::array:
      return "array";
    case json_type::object:
      return "object";
    case json_type::binary:
      return "binary";
  }
  return {};
}

std::string type_name(const std::type_info& type) {
  return boost::core::demangle(type.name());
}

std::string mismatch_text(const mismatch& wrong, std::string_view event) {
  auto text = "argument " + std::to_string(wrong.position);
  if (event.empty()) {
    text.append(" of the acknowledgement");
  } else {
    text.append(" of event \"").append(event).append("\"");
  }
  text.append(" does not fit: the handler takes ").append(wrong.expected);
  return text.append(", the client has sent ").append(wrong.given);
}

}  // namespace socketio::detail
