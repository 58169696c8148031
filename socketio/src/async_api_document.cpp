#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/contract_documents.hpp>
#include <socketio/protocol/json.hpp>

namespace socketio::detail {

namespace {

json schema_of(const type_description& type);

json schema_of_tuple(const std::vector<type_description>& values, std::size_t required) {
  json schema = {{"type", "array"}};
  // An empty list of items is no valid schema.
  if (!values.empty()) {
    for (const auto& value : values) schema["items"].push_back(schema_of(value));
  }
  schema["additionalItems"] = false;
  schema["minItems"] = required;
  schema["maxItems"] = values.size();
  return schema;
}

json schema_of_any(const std::vector<type_description>& types) {
  json schema;
  for (const auto& type : types) schema["anyOf"].push_back(schema_of(type));
  return schema;
}

json schema_of_integer(const type_description& type) {
  json schema = {{"type", "integer"}};
  if (type.least) schema["minimum"] = *type.least;
  if (type.most) schema["maximum"] = *type.most;
  return schema;
}

json schema_of_list(const type_description& type) {
  json schema = {{"type", "array"}, {"items", schema_of(type.parts.front())}};
  if (type.size) {
    schema["minItems"] = *type.size;
    schema["maxItems"] = *type.size;
  }
  return schema;
}

json schema_of(const type_description& type) {
  switch (type.kind) {
    case type_kind::unknown:
      return json::object();
    case type_kind::null:
      return {{"type", "null"}};
    case type_kind::boolean:
      return {{"type", "boolean"}};
    case type_kind::integer:
      return schema_of_integer(type);
    case type_kind::number:
      return {{"type", "number"}};
    case type_kind::text:
      return {{"type", "string"}};
    case type_kind::bytes:
      return {{"type", "string"}, {"format", "binary"}};
    case type_kind::list:
      return schema_of_list(type);
    case type_kind::tuple:
      return schema_of_tuple(type.parts, type.parts.size());
    case type_kind::map:
      return {{"type", "object"}, {"additionalProperties", schema_of(type.parts.front())}};
    case type_kind::optional:
      return schema_of_any({type.parts.front(), type_kind::null});
    case type_kind::choice:
      return schema_of_any(type.parts);
    case type_kind::named:
      return {{"$ref", "#/components/schemas/" + type.name}};
  }
  return json::object();
}

json schema_of(const named_type& type) {
  if (!type.values.empty()) return {{"type", "string"}, {"enum", type.values}};
  json schema = {{"type", "object"}, {"properties", json::object()}};
  auto required = json::array();
  for (const auto& [name, field_type] : type.fields) {
    schema["properties"][name] = schema_of(field_type);
    if (field_type.kind != type_kind::optional) required.push_back(name);
  }
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

/// Writes messages and operations into a document.
class async_api_writer {
 public:
  explicit async_api_writer(const async_api_info& info) {
    document_ = {{"asyncapi", "3.0.0"},
                 {"info", {{"title", info.title}, {"version", info.version}}},
                 {"defaultContentType", "application/json"},
                 {"channels",
                  {{channel,
                    {{"address", info.nsp},
                     {"title", "The Socket.IO namespace " + info.nsp},
                     {"messages", json::object()}}}}},
                 {"operations", json::object()},
                 {"components", {{"messages", json::object()}, {"schemas", json::object()}}}};
    if (!info.description.empty()) document_["info"]["description"] = info.description;
  }

  /// @param action `send` or `receive`, from the server's view
  void add(const event_description& event, std::string_view action, std::size_t required) {
    const auto key = unique_key(action, event.name);
    json operation = {{"action", action},
                      {"channel", reference("channels", channel)},
                      {"messages", json::array({add_message(key, event.name, event.values, required,
                                                            "the values of the event")})}};
    if (event.is_answered) {
      operation["reply"] = {
          {"channel", reference("channels", channel)},
          {"messages", json::array({add_message(key + ".answer", event.name, event.answers,
                                                event.answers.size(),
                                                "the values of the event's acknowledgement")})}};
    }
    document_["operations"][key] = std::move(operation);
  }

  void add(const named_type& type) {
    document_["components"]["schemas"][type.name] = schema_of(type);
  }

  [[nodiscard]] std::string text() const { return document_.dump(2) + "\n"; }

 private:
  static constexpr const char* channel = "events";

  static json reference(std::string_view section, std::string_view key) {
    return {{"$ref", std::string("#/").append(section).append("/").append(key)}};
  }

  /// Keys may not have all characters that names of events may have.
  std::string unique_key(std::string_view action, std::string_view name) {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    auto key = std::string(action) + ".";
    for (const char character : name) {
      key += allowed.find(character) == std::string_view::npos ? '_' : character;
    }
    while (!keys_.insert(key).second) key += '_';
    return key;
  }

  json add_message(const std::string& key, const std::string& name,
                   const std::vector<type_description>& values, std::size_t required,
                   std::string_view summary) {
    document_["components"]["messages"][key] = {
        {"name", name}, {"summary", summary}, {"payload", schema_of_tuple(values, required)}};
    document_["channels"][channel]["messages"][key] = reference("components/messages", key);
    return reference(std::string("channels/") + channel + "/messages", key);
  }

  json document_;
  std::set<std::string> keys_;
};

}  // namespace

std::string write_async_api(const contract_description& contract, const async_api_info& info) {
  async_api_writer writer(info);
  for (const auto& event : contract.client_to_server) {
    writer.add(event, "receive", event.required_values());
  }
  for (const auto& event : contract.server_to_client) {
    writer.add(event, "send", event.values.size());
  }
  for (const auto& type : contract.types) writer.add(type);
  return writer.text();
}

}  // namespace socketio::detail
