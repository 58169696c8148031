#include "jsonp.hpp"

#include <algorithm>

#include <socketio/protocol/json_writer.hpp>

namespace socketio::engineio {
namespace {

// Line ends to JavaScript, but not to JSON.
constexpr std::string_view line_separator = "\xE2\x80\xA8";
constexpr std::string_view paragraph_separator = "\xE2\x80\xA9";

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
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
  replace_all(text, line_separator, "\\u2028");
  replace_all(text, paragraph_separator, "\\u2029");
  return "___eio[" + std::string(index) + "](" + text + ");";
}

std::string decode_jsonp(std::string_view body) {
  const query_parameter parameter(body, "d");
  const auto data = parameter.value();
  std::string payload;
  for (std::size_t i = 0; i < data.size(); ++i) {
    // `\n` is a line break; a backslash that stands before `\n` makes it text.
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
