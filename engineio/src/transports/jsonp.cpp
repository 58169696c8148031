#include "jsonp.hpp"

#include <algorithm>

#include <socketio/protocol/json_writer.hpp>

namespace socketio::engineio {
namespace {

// What U+2028 and U+2029, line ends to JavaScript but not to JSON, have in common.
constexpr std::string_view separator_prefix = "\xE2\x80";

void append_script_string(std::string& script, std::string_view text) {
  while (true) {
    const auto found = text.find(separator_prefix);
    const auto last = found + separator_prefix.size();
    if (found == std::string_view::npos || last >= text.size()) break;
    if (text[last] == '\xA8' || text[last] == '\xA9') {
      script.append(text.substr(0, found)).append(text[last] == '\xA8' ? "\\u2028" : "\\u2029");
    } else {
      script.append(text.substr(0, last + 1));
    }
    text.remove_prefix(last + 1);
  }
  script.append(text);
}

}  // namespace

std::optional<std::string> jsonp_index(const http_request& request) {
  const query_parameter parameter(request.query(), "j");
  if (!parameter) return std::nullopt;
  const auto index = parameter.value();
  std::string digits;
  std::copy_if(index.begin(), index.end(), std::back_inserter(digits),
               [](char c) { return c >= '0' && c <= '9'; });
  return digits;
}

std::string encode_jsonp(std::string_view index, std::string_view payload) {
  std::string text;
  append_json_string(text, payload);
  std::string script = "___eio[" + std::string(index) + "](";
  append_script_string(script, text);
  return script.append(");");
}

std::string decode_jsonp(std::string_view body) {
  const query_parameter parameter(body, "d");
  const auto data = parameter.value();
  std::string payload;
  for (std::size_t i = 0; i < data.size(); ++i) {
    // `\n` is a line break, `\\n` the text `\n`.
    if (data.substr(i).starts_with("\\\\n")) {
      payload.append("\\n");
      i += 2;
    } else if (data.substr(i).starts_with("\\n")) {
      payload.push_back('\n');
      i += 1;
    } else {
      payload.push_back(data[i]);
    }
  }
  return payload;
}

}  // namespace socketio::engineio
