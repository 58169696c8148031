#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/contract_documents.hpp>
#include <socketio/protocol/json.hpp>

namespace socketio::detail {

namespace {

std::string quoted(std::string_view text) {
  return json(text).dump();
}

std::string key_of(std::string_view name) {
  const auto is_letter = [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
  };
  const bool is_plain =
      !name.empty() && is_letter(name.front()) && std::ranges::all_of(name, [&](char character) {
        return is_letter(character) || (character >= '0' && character <= '9') || character == '_';
      });
  return is_plain ? std::string(name) : quoted(name);
}

template <class Values, class Write>
std::string joined(const Values& values, std::string_view separator, Write&& write) {
  std::string all;
  for (const auto& value : values) {
    if (!all.empty()) all += separator;
    all += write(value);
  }
  return all;
}

std::string typescript_type(const type_description& type) {
  switch (type.kind) {
    case type_kind::unknown:
      return "unknown";
    case type_kind::null:
      return "null";
    case type_kind::boolean:
      return "boolean";
    case type_kind::integer:
    case type_kind::number:
      return "number";
    case type_kind::text:
      return "string";
    case type_kind::bytes:
      return "Bytes";
    case type_kind::list:
      return "Array<" + typescript_type(type.parts.front()) + ">";
    case type_kind::tuple:
      return "[" + joined(type.parts, ", ", typescript_type) + "]";
    case type_kind::map:
      return "Record<string, " + typescript_type(type.parts.front()) + ">";
    case type_kind::optional:
      return typescript_type(type.parts.front()) + " | null";
    case type_kind::choice:
      return joined(type.parts, " | ", typescript_type);
    case type_kind::named:
      return type.name;
  }
  return "unknown";
}

std::string typescript_parameters(const std::vector<type_description>& values,
                                  std::size_t required) {
  std::string all;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) all += ", ";
    all += values.size() == 1 ? "value" : "value" + std::to_string(i + 1);
    all += (i < required ? ": " : "?: ") + typescript_type(values[i]);
  }
  return all;
}

std::string typescript_event(const event_description& event, std::size_t required) {
  auto parameters = typescript_parameters(event.values, required);
  if (event.is_answered) {
    if (!parameters.empty()) parameters += ", ";
    parameters +=
        "answer: (" + typescript_parameters(event.answers, event.answers.size()) + ") => void";
  }
  return "  " + key_of(event.name) + ": (" + parameters + ") => void;\n";
}

std::string typescript_definition(const named_type& type) {
  if (!type.values.empty()) {
    return "export type " + type.name + " = " + joined(type.values, " | ", quoted) + ";\n";
  }
  auto text = "export interface " + type.name + " {\n";
  for (const auto& [name, field_type] : type.fields) {
    const bool may_be_missing = field_type.kind == type_kind::optional;
    text +=
        "  " + key_of(name) + (may_be_missing ? "?: " : ": ") + typescript_type(field_type) + ";\n";
  }
  return text + "}\n";
}

bool has_bytes(const type_description& type) {
  return type.kind == type_kind::bytes || std::ranges::any_of(type.parts, has_bytes);
}

bool has_bytes(const contract_description& contract) {
  const auto in_events = [](const std::vector<event_description>& events) {
    return std::ranges::any_of(events, [](const event_description& event) {
      return std::ranges::any_of(event.values, [](const auto& type) { return has_bytes(type); }) ||
             std::ranges::any_of(event.answers, [](const auto& type) { return has_bytes(type); });
    });
  };
  return in_events(contract.client_to_server) || in_events(contract.server_to_client) ||
         std::ranges::any_of(contract.types, [](const named_type& type) {
           return std::ranges::any_of(type.fields,
                                      [](const auto& field) { return has_bytes(field.type); });
         });
}

}  // namespace

std::string write_typescript(const contract_description& contract) {
  std::string text = "// Written from the server's contract: do not edit.\n";
  if (has_bytes(contract)) {
    text +=
        "\n// A browser receives an ArrayBuffer, and Node.js a Buffer; both are sent alike.\n"
        "export type Bytes = ArrayBuffer | Uint8Array;\n";
  }
  for (const auto& type : contract.types) text += "\n" + typescript_definition(type);
  text += "\nexport interface ServerToClientEvents {\n";
  for (const auto& event : contract.server_to_client) {
    text += typescript_event(event, event.values.size());
  }
  text += "}\n\nexport interface ClientToServerEvents {\n";
  for (const auto& event : contract.client_to_server) {
    text += typescript_event(event, event.required_values());
  }
  return text + "}\n";
}

}  // namespace socketio::detail
