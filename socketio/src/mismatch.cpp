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
  return "argument " + std::to_string(wrong.position) + " of event \"" + std::string(event) +
         "\" does not fit the handler's parameter";
}

}  // namespace socketio::detail
