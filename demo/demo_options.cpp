#include "demo_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <system_error>

const std::string_view demo_usage = R"(socketio-server: the demo of the Socket.IO server for C++

Usage: socketio-server [OPTION]...
       socketio-server inspect [FILE]

  --port N            listens on this TCP port, 0 for any free one (default 3000)
  --host NAME         listens on this name or address only (default: every address)
  --web FOLDER        serves the pages (.html, .css, .js, .svg) in this folder (default: web)
  --source FOLDER     serves the demo's C++ in this folder below /source/
                      (default: demo, if that folder exists)
  --uploads FOLDER    keeps the last 20 uploaded files in this folder (default: a temporary one)
  --threads N         serves with this many threads, 1 to 256 (default 1)
  --tls-cert FILE     speaks https and wss with this certificate chain (PEM) and --tls-key
  --tls-key FILE      the private key of the certificate (PEM)
  --cross-port N      listens on a second TCP port, too, 0 for any free one: pages from there show
                      what another origin may do (default: no second port)
  --origin URL        behind a proxy: the origin at which browsers find this server
  --cross-origin URL  behind a proxy: a second origin at which browsers find it
  -h, --help          prints this text
  --version           prints the version

An option's value may also follow an equals sign: --port=4000.

"inspect" explains what is in a file, or in the standard input: a WebSocket handshake, or frames in
hexadecimal.

Exit status: 0 after an orderly end; 1 if the server could not start, or if what is inspected has a
problem; 2 if the command line is wrong.
)";

namespace {

[[noreturn]] void refuse(std::string_view argument, std::string_view problem) {
  throw std::invalid_argument(std::string(argument).append(problem));
}

template <class Number>
bool read_number(Number& number, std::string_view text, Number min, Number max) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number >= min && number <= max;
}

bool read_port(std::uint16_t& port, std::string_view text) {
  return read_number<std::uint16_t>(port, text, 0, 65535);
}

// Browsers write an origin without a path: https://chat.example, http://localhost:3000.
bool read_origin(std::string& origin, std::string_view text) {
  if (text.ends_with('/')) text.remove_suffix(1);
  origin = text;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    const auto host = text.substr(scheme.size());
    return !host.empty() && host.find_first_of("/?#@ ") == std::string_view::npos;
  }
  return false;
}

bool read_text(std::string& stored, std::string_view text) {
  stored = text;
  return true;
}

struct value_option {
  std::string_view name;
  std::string_view takes;  // what its values are
  bool (*read)(demo_options& options, std::string_view value);
};

constexpr std::string_view port_number = "a number from 0 to 65535";
constexpr std::string_view file = "a file";
constexpr std::string_view folder = "a folder";
constexpr std::string_view origin = "an origin such as https://chat.example";

constexpr std::array<value_option, 11> value_options = {{
    {"--port", port_number, [](auto& to, auto value) { return read_port(to.port, value); }},
    {"--host", "a name", [](auto& to, auto value) { return read_text(to.host, value); }},
    {"--web", folder, [](auto& to, auto value) { return read_text(to.web, value); }},
    {"--source", folder,
     [](auto& to, auto value) { return read_text(to.source.emplace(), value); }},
    {"--uploads", folder, [](auto& to, auto value) { return read_text(to.uploads, value); }},
    {"--threads", "a number from 1 to 256",
     [](auto& to, auto value) { return read_number<std::size_t>(to.threads, value, 1, 256); }},
    {"--tls-cert", file, [](auto& to, auto value) { return read_text(to.tls_certificate, value); }},
    {"--tls-key", file, [](auto& to, auto value) { return read_text(to.tls_key, value); }},
    {"--cross-port", port_number,
     [](auto& to, auto value) { return read_port(to.cross_port.emplace(), value); }},
    {"--origin", origin, [](auto& to, auto value) { return read_origin(to.origin, value); }},
    {"--cross-origin", origin,
     [](auto& to, auto value) { return read_origin(to.cross_origin, value); }},
}};

bool is_flag(std::string_view name) {
  return name == "-h" || name == "--help" || name == "--version";
}

const value_option* find_option(std::string_view name) {
  const auto* found = std::find_if(value_options.begin(), value_options.end(),
                                   [name](const auto& option) { return option.name == name; });
  return found == value_options.end() ? nullptr : found;
}

void need_both(std::string_view first, bool has_first, std::string_view second, bool has_second) {
  if (has_first && !has_second) refuse(first, std::string(" needs ").append(second));
  if (has_second && !has_first) refuse(second, std::string(" needs ").append(first));
}

demo_options parse_inspect(std::span<const std::string_view> files) {
  demo_options parsed;
  parsed.command = demo_command::inspect;
  if (files.size() > 1) refuse("inspect", " takes one file");
  if (files.empty()) return parsed;
  if (files.front() == "-h" || files.front() == "--help") {
    parsed.command = demo_command::help;
  } else if (files.front().starts_with('-')) {
    refuse(files.front(), " is no option of inspect");
  }
  parsed.inspected_file = files.front();
  return parsed;
}

}  // namespace

demo_options parse_demo_options(std::span<const std::string_view> arguments) {
  if (!arguments.empty() && arguments.front() == "inspect") {
    return parse_inspect(arguments.subspan(1));
  }
  demo_options parsed;
  while (!arguments.empty()) {
    const auto argument = arguments.front();
    arguments = arguments.subspan(1);
    if (is_flag(argument)) {
      parsed.command = argument == "--version" ? demo_command::version : demo_command::help;
      return parsed;
    }
    const auto equals = argument.find('=');
    const auto name = argument.substr(0, equals);
    if (is_flag(name)) refuse(name, " takes no value");
    const auto* option = find_option(name);
    if (!option) refuse(name, name.starts_with('-') ? " is no option" : " is no command");
    std::string_view value;
    if (equals != std::string_view::npos) {
      value = argument.substr(equals + 1);
    } else if (!arguments.empty() && !arguments.front().starts_with("--")) {
      value = arguments.front();
      arguments = arguments.subspan(1);
    }
    if (value.empty()) refuse(name, std::string(" needs ").append(option->takes));
    if (!option->read(parsed, value)) {
      refuse(name, std::string(" takes ").append(option->takes).append(", not ").append(value));
    }
  }
  need_both("--tls-cert", !parsed.tls_certificate.empty(), "--tls-key", !parsed.tls_key.empty());
  need_both("--origin", !parsed.origin.empty(), "--cross-origin", !parsed.cross_origin.empty());
  return parsed;
}
