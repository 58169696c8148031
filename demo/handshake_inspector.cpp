#include "handshake_inspector.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <socketio/protocol/base64.hpp>
#include <socketio/protocol/http.hpp>
#include <socketio/protocol/websocket_handshake.hpp>

#include "inspected_values.hpp"

namespace {

using socketio::equals_ignoring_case;
using socketio::http_fields;
using socketio::http_request;

constexpr std::size_t max_fields = 500;

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Takes the first line, without its end.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// The elements between separators, but not those in quotes.
std::vector<std::string_view> split(std::string_view list, char separator) {
  std::vector<std::string_view> elements;
  std::size_t begin = 0;
  bool is_quoted = false;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size() && list[i] == '"') is_quoted = !is_quoted;
    if (i < list.size() && (list[i] != separator || is_quoted)) continue;
    elements.push_back(trim(list.substr(begin, i - begin)));
    begin = i + 1;
  }
  return elements;
}

// All fields of a name as one list (RFC 9110, section 5.3).
std::string joined(const http_fields& headers, std::string_view name) {
  std::string list;
  for (const auto& [field, value] : headers) {
    if (!equals_ignoring_case(field, name)) continue;
    if (!list.empty()) list += ", ";
    list += value;
  }
  return list;
}

bool is_status_line(std::string_view line) {
  return line.starts_with("HTTP/");
}

bool is_request_line(std::string_view line) {
  const auto version = line.rfind(" HTTP/");
  return version != std::string_view::npos && socketio::is_token(line.substr(0, line.find(' '))) &&
         !is_status_line(line);
}

// "HTTP/1.1" is 11.
std::optional<unsigned> version_of(std::string_view text) {
  constexpr std::string_view prefix = "HTTP/";
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  if (text == "2" || text == "3") return text == "2" ? 20 : 30;
  if (text.size() != 3 || !is_digit(text[0]) || text[1] != '.' || !is_digit(text[2])) {
    return std::nullopt;
  }
  return static_cast<unsigned>((text[0] - '0') * 10 + (text[2] - '0'));
}

struct extension_parameter {
  std::string_view name;
  std::optional<std::string_view> value;
};

struct extension {
  std::string_view name;
  std::vector<extension_parameter> parameters;
};

std::vector<extension> extensions_of(std::string_view list) {
  std::vector<extension> extensions;
  for (const auto element : split(list, ',')) {
    auto words = split(element, ';');
    extension read{words.front(), {}};
    for (const auto word : std::vector(words.begin() + 1, words.end())) {
      const auto equals = word.find('=');
      extension_parameter parameter{trim(word.substr(0, equals)), std::nullopt};
      if (equals != std::string_view::npos) {
        auto value = trim(word.substr(equals + 1));
        if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) {
          value = value.substr(1, value.size() - 2);
        }
        parameter.value = value;
      }
      read.parameters.push_back(parameter);
    }
    extensions.push_back(std::move(read));
  }
  return extensions;
}

// What a parameter of permessage-deflate means (RFC 7692, section 7.1), or why it is wrong.
std::string meaning_of(const extension_parameter& parameter, bool is_response) {
  const auto& [name, value] = parameter;
  const bool of_server = name.starts_with("server_");
  const std::string who = of_server ? "server" : "client";
  if (name == "server_no_context_takeover" || name == "client_no_context_takeover") {
    if (value) return "invalid: it has no value";
    return "the " + who + " compresses each message on its own";
  }
  if (name != "server_max_window_bits" && name != "client_max_window_bits") {
    return "invalid: permessage-deflate has no such parameter";
  }
  if (!value) {
    if (of_server || is_response) return "invalid: it needs a value, 8 to 15";
    return "the client can limit its window if the server asks for it";
  }
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), bits);
  if (error != std::errc{} || end != value->data() + value->size() || value->starts_with('0') ||
      bits < 8 || bits > 15) {
    return "invalid: it has to be 8 to 15";
  }
  return "the " + who + "'s compressor looks back " + std::to_string(1U << bits) + " bytes at most";
}

void describe_extensions(std::string_view list, bool is_response, inspected_part& part,
                         inspection& found) {
  for (const auto& extension : extensions_of(list)) {
    const bool is_deflate = extension.name == "permessage-deflate";
    part.fields.push_back({"- extension", shown_text(extension.name),
                           is_deflate ? "compresses messages (RFC 7692)" : ""});
    std::set<std::string_view> names;
    for (const auto& parameter : extension.parameters) {
      if (part.fields.size() > max_fields) return;
      auto meaning = is_deflate ? meaning_of(parameter, is_response) : std::string();
      if (is_deflate && !names.insert(parameter.name).second)
        meaning = "invalid: it stands here twice";
      if (is_response && meaning.starts_with("invalid")) {
        add_problem(found, "the response's extension parameter " + shown_text(parameter.name) +
                               " is " + meaning);
      }
      auto shown = shown_text(parameter.name);
      if (parameter.value) shown += " = " + shown_text(*parameter.value);
      part.fields.push_back({"- parameter", std::move(shown), std::move(meaning)});
    }
    if (part.fields.size() > max_fields) return;
  }
}

std::string meaning_of_key(std::string_view key) {
  const auto bytes = socketio::decode_base64(key);
  std::string encoded;
  socketio::append_base64(encoded, bytes);
  if (encoded != key) return "not base64: it has to encode 16 bytes";
  if (bytes.size() != 16) {
    return "encodes " + count_of(bytes.size(), "byte") + " in base64, and has to encode 16";
  }
  return "16 random bytes in base64: " + shown_bytes(bytes);
}

// What a header field means in either head; Accept is explained elsewhere.
std::string meaning_of(std::string_view name, std::string_view value, bool is_response) {
  const auto is = [&](std::string_view other) { return equals_ignoring_case(name, other); };
  if (is("Host")) return "the server that the client asks for";
  if (is("Origin")) return "the origin of the page that connects";
  if (is("Upgrade")) {
    return equals_ignoring_case(value, "websocket") ? "the protocol to switch to"
                                                    : "has to be websocket";
  }
  if (is("Connection")) {
    return http_fields{{"Connection", value}}.has_token("Connection", "upgrade")
               ? "Upgrade is meant for the next hop"
               : "has to contain Upgrade";
  }
  if (is("Sec-WebSocket-Key")) return meaning_of_key(value);
  if (is("Sec-WebSocket-Version")) {
    if (is_response) return "the versions that the server speaks";
    return value == "13" ? "the version of RFC 6455" : "has to be 13, the version of RFC 6455";
  }
  if (is("Sec-WebSocket-Protocol")) {
    return is_response ? "the subprotocol that the server chose"
                       : "subprotocols that the client offers, the best one first";
  }
  if (is("Sec-WebSocket-Extensions")) {
    return is_response ? "the extensions that the server agreed to"
                       : "the extensions that the client offers";
  }
  if (is("User-Agent")) return "the client's software";
  if (is("Server")) return "the server's software";
  if (is("Cookie")) return "cookies that the server set before";
  if (is("Set-Cookie")) return "a cookie for the client to keep";
  if (is("Authorization")) return "the client's credentials";
  if (is("Access-Control-Allow-Origin")) return "CORS: the origin whose pages may read this";
  if (is("Content-Type")) return "the media type of the body";
  if (is("Content-Length")) return "the size of the body in bytes";
  if (is("Date")) return "when the server made the response";
  return {};
}

void describe_query(const http_request& request, inspection& found) {
  const socketio::query_parameters query(request.query());
  if (!query.find("EIO") && !query.find("transport")) return;
  inspected_part part{"Engine.IO query", {}};
  const auto meaning_of_parameter = [&](std::string_view name, std::string_view value) {
    if (name == "EIO") {
      if (value == "4") return "Engine.IO protocol 4: Socket.IO 3 and newer";
      if (value == "3") return "Engine.IO protocol 3: Socket.IO 2";
      return "the version of the Engine.IO protocol; 4 is the current one";
    }
    if (name == "transport") {
      if (value == "websocket") {
        return query.find("sid") ? "a session that polls moves to this WebSocket"
                                 : "a new session, on this WebSocket";
      }
      return value == "polling" ? "HTTP long-polling: not a WebSocket"
                                : "no transport of Engine.IO";
    }
    if (name == "sid") return "the id of a session that exists already";
    if (name == "t") return "a timestamp, so that no cache answers";
    if (name == "b64") return "the client cannot read binary data and wants base64";
    if (name == "j") return "JSONP: the number of the callback";
    return "a parameter of the application";
  };
  for (const auto& [name, value] : query) {
    if (part.fields.size() == max_fields) break;
    part.fields.push_back({shown_text(name), shown_text(value), meaning_of_parameter(name, value)});
  }
  found.parts.push_back(std::move(part));
}

struct response_head {
  unsigned version = 11;
  unsigned status = 0;
  http_fields headers;
};

class handshake_inspector {
 public:
  explicit handshake_inspector(inspection& found) : found_(found) {}

  void read(std::string_view text);

 private:
  void read_request_line(std::string_view line);
  void read_status_line(std::string_view line);
  void read_fields(std::string_view& text, http_fields& headers);
  void read_body(std::string_view& text);
  void describe_fields(const http_fields& headers, bool is_response);
  std::string meaning_of_accept(std::string_view accept) const;
  void judge_request();
  void judge_response();
  void expect_response();

  [[nodiscard]] std::optional<std::string> expected_accept() const {
    if (!request_ || request_->headers.count("Sec-WebSocket-Key") != 1) return std::nullopt;
    return socketio::websocket::accept_value(request_->headers["Sec-WebSocket-Key"]);
  }
  void field(std::string name, std::string value, std::string meaning = {}) {
    found_.parts.back().fields.push_back({std::move(name), std::move(value), std::move(meaning)});
  }

  inspection& found_;
  std::optional<http_request> request_;
  std::optional<response_head> response_;
};

void handshake_inspector::read(std::string_view text) {
  while (!text.empty()) {
    const auto line = take_line(text);
    if (trim(line).empty()) continue;
    if (is_status_line(line) && !response_) {
      read_status_line(line);
      read_fields(text, response_->headers);
      describe_fields(response_->headers, true);
      read_body(text);
      judge_response();
    } else if (is_request_line(line) && !request_ && !response_) {
      read_request_line(line);
      read_fields(text, request_->headers);
      describe_fields(request_->headers, false);
      read_body(text);
      judge_request();
      describe_query(*request_, found_);
    } else {
      add_problem(found_,
                  request_ || response_
                      ? "a second head of the same kind: a handshake is one request and one "
                        "response, in this order"
                      : "the first line is neither that of a request nor of a response: " +
                            shown_text(line.substr(0, 80)));
      break;
    }
  }
  if (request_ && !response_) expect_response();
}

void handshake_inspector::read_request_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  const auto version = version_of(line.substr(last + 1));
  request_.emplace();
  request_->method = line.substr(0, first);
  request_->target = trim(line.substr(first, last - first));
  request_->version = version.value_or(0);
  found_.parts.push_back({"Request", {}});
  field("Method", shown_text(request_->method),
        request_->method == "GET" ? "the method of a handshake" : "has to be GET");
  field("Target", shown_text(request_->target), "path and query");
  field("Version", shown_text(line.substr(last + 1)),
        version == 11U ? "the version of a handshake" : "has to be HTTP/1.1");
  if (request_->target.empty() || request_->target.find(' ') != std::string::npos) {
    add_problem(found_, "the request line has to be method, target and version");
  }
}

void handshake_inspector::read_status_line(std::string_view line) {
  const auto end = std::min(line.find(' '), line.size());
  const auto rest = trim(line.substr(end));
  const auto version = version_of(line.substr(0, end));
  response_.emplace();
  response_->version = version.value_or(0);
  constexpr std::size_t status_size = 3;
  const auto code = rest.substr(0, status_size);
  const auto [read, error] =
      std::from_chars(code.data(), code.data() + code.size(), response_->status);
  const bool is_status = error == std::errc{} && read == code.data() + status_size &&
                         (rest.size() == status_size || rest[status_size] == ' ');
  found_.parts.push_back({"Response", {}});
  field("Version", shown_text(line.substr(0, end)), version == 11U ? "" : "has to be HTTP/1.1");
  field("Status", shown_text(rest),
        response_->status == 101 ? "the server switches to WebSocket" : "no handshake: not 101");
  if (!is_status) add_problem(found_, "the status line has no status of three digits");
}

// Reads up to the empty line, or to the next head if that is missing.
void handshake_inspector::read_fields(std::string_view& text, http_fields& headers) {
  while (!text.empty()) {
    auto after = text;
    const auto line = take_line(after);
    if (is_status_line(line)) return;
    text = after;
    if (line.empty()) return;
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    if (colon == std::string_view::npos || !socketio::is_token(name)) {
      add_problem(found_, "not a header field: " + shown_text(line.substr(0, 80)));
    } else if (headers.size() == max_fields) {
      add_problem(found_, "more than " + count_of(max_fields, "header field"));
      text = {};
    } else {
      headers.append(name, trim(line.substr(colon + 1)));
    }
  }
}

// Shows what stands between this head and the next one.
void handshake_inspector::read_body(std::string_view& text) {
  const auto whole = text;
  auto rest = text;
  while (!rest.empty()) {
    text = rest;
    const auto line = take_line(rest);
    if (is_status_line(line) || is_request_line(line)) break;
    text = rest;
  }
  const auto body = whole.substr(0, whole.size() - text.size());
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
  field("Body", shown_text(body), count_of(body.size(), "byte") + " after the head");
}

void handshake_inspector::describe_fields(const http_fields& headers, bool is_response) {
  for (const auto& [name, value] : headers) {
    const bool is_accept = equals_ignoring_case(name, "Sec-WebSocket-Accept");
    field(std::string(name), shown_text(value),
          is_accept ? meaning_of_accept(value) : meaning_of(name, value, is_response));
    if (equals_ignoring_case(name, "Sec-WebSocket-Extensions")) {
      describe_extensions(value, is_response, found_.parts.back(), found_);
    }
  }
}

std::string handshake_inspector::meaning_of_accept(std::string_view accept) const {
  const auto expected = expected_accept();
  if (!expected) return "computed from the request's key, which this text does not have";
  return accept == *expected ? "right: " + *expected + " is computed from the key"
                             : "wrong: computed from the key it is " + *expected;
}

void handshake_inspector::judge_request() {
  const auto refusal = socketio::websocket::check_handshake(*request_);
  if (!refusal) {
    field("Verdict", "valid", "an opening handshake (RFC 6455, section 4.2.1)");
    return;
  }
  field("Verdict", "invalid", refusal->body);
  add_problem(found_, "request: " + refusal->body);
}

// RFC 6455, section 4.1, "Once the client's opening handshake has been sent".
void handshake_inspector::judge_response() {
  const auto& headers = response_->headers;
  std::vector<std::string> wrong;
  if (response_->status != 101) {
    wrong.push_back("the server does not switch to WebSocket: status " +
                    std::to_string(response_->status));
  } else {
    if (response_->version != 11) wrong.emplace_back("a handshake needs HTTP/1.1");
    if (!equals_ignoring_case(headers["Upgrade"], "websocket")) {
      wrong.emplace_back("Upgrade has to be websocket");
    }
    if (!headers.has_token("Connection", "upgrade")) {
      wrong.emplace_back("Connection has to contain Upgrade");
    }
    const auto accept = headers.find("Sec-WebSocket-Accept");
    const auto expected = expected_accept();
    if (!accept) {
      wrong.emplace_back("Sec-WebSocket-Accept is missing");
    } else if (headers.count("Sec-WebSocket-Accept") > 1) {
      wrong.emplace_back("Sec-WebSocket-Accept stands here twice");
    } else if (expected && *accept != *expected) {
      wrong.push_back("Sec-WebSocket-Accept has to be " + *expected);
    }
    const auto protocol = headers.find("Sec-WebSocket-Protocol");
    if (request_ && protocol) {
      const auto list = joined(request_->headers, "Sec-WebSocket-Protocol");
      const auto offered = split(list, ',');
      if (std::find(offered.begin(), offered.end(), *protocol) == offered.end()) {
        wrong.push_back("the client did not offer the subprotocol " + shown_text(*protocol));
      }
    }
    const auto answered = joined(headers, "Sec-WebSocket-Extensions");
    if (request_ && !answered.empty()) {
      const auto list = joined(request_->headers, "Sec-WebSocket-Extensions");
      std::set<std::string_view> offered;
      for (const auto& extension : extensions_of(list)) offered.insert(extension.name);
      for (const auto& extension : extensions_of(answered)) {
        if (!offered.contains(extension.name)) {
          wrong.push_back("the client did not offer the extension " + shown_text(extension.name));
          break;
        }
      }
    }
  }
  for (const auto& what : wrong) add_problem(found_, "response: " + what);
  if (wrong.empty()) {
    field("Verdict", "valid",
          request_ ? "the connection speaks WebSocket from here on"
                   : "as far as the response alone shows");
  } else {
    field("Verdict", "invalid", wrong.front());
  }
}

// What a server has to answer.
void handshake_inspector::expect_response() {
  const auto refusal = socketio::websocket::check_handshake(*request_);
  found_.parts.push_back({"Response to give", {}});
  if (!refusal) {
    field("Status", "101 Switching Protocols", "the server switches to WebSocket");
    field("Upgrade", "websocket");
    field("Connection", "Upgrade");
  } else {
    field("Status",
          std::to_string(refusal->status) + ' ' +
              std::string(socketio::reason_phrase(refusal->status)),
          refusal->body);
  }
  // Also to a key in an invalid request: it may be the value that somebody looks for.
  if (const auto accept = expected_accept()) {
    field("Sec-WebSocket-Accept", *accept, "base64 of the SHA-1 of the key and a fixed GUID");
  }
}

}  // namespace

void inspect_handshake(std::string_view text, inspection& found) {
  handshake_inspector(found).read(text);
}
