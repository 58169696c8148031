#include "program.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iostream>
#include <stdexcept>

#include <socketio/protocol/msgpack_codec.hpp>

namespace test_program {

command_line::command_line(int argc, char** argv, const std::vector<std::string_view>& allowed) {
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    constexpr std::array<std::string_view, 4> flags = {"--deflate", "--eio3", "--msgpack",
                                                       "--recovery"};
    if (std::ranges::find(flags, option) != flags.end()) {
      values_.insert_or_assign(option, "yes");
      continue;
    }
    if (std::find(allowed.begin(), allowed.end(), option) == allowed.end() || i + 1 >= argc) {
      throw std::invalid_argument(option + ": unknown, or no value");
    }
    values_.insert_or_assign(option, argv[++i]);
  }
}

std::string command_line::text(std::string_view option, std::string_view otherwise) const {
  const auto found = values_.find(option);
  return found == values_.end() ? std::string(otherwise) : found->second;
}

std::uint64_t command_line::number(std::string_view option, std::uint64_t otherwise) const {
  const auto found = values_.find(option);
  if (found == values_.end()) return otherwise;
  const auto& text = found->second;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument(std::string(option) + ": not a number: " + text);
  }
  return value;
}

std::vector<std::string_view> common_options() {
  return {"--port",
          "--ping-interval",
          "--ping-timeout",
          "--connect-timeout",
          "--upgrade-timeout",
          "--threads",
          "--max-payload",
          "--storage",
          "--cors-origin",
          "--tls-cert",
          "--tls-key",
          "--tls-client-ca",
          "--max-disconnection-duration"};
}

socketio::server_options server_options(const command_line& arguments) {
  const auto milliseconds = [&](std::string_view option, std::chrono::milliseconds otherwise) {
    return std::chrono::milliseconds(
        arguments.number(option, static_cast<std::uint64_t>(otherwise.count())));
  };
  socketio::server_options options;
  options.threads = arguments.number("--threads", 1);
  options.ping_interval = milliseconds("--ping-interval", options.ping_interval);
  options.ping_timeout = milliseconds("--ping-timeout", options.ping_timeout);
  options.connect_timeout = milliseconds("--connect-timeout", options.connect_timeout);
  options.upgrade_timeout = milliseconds("--upgrade-timeout", options.upgrade_timeout);
  options.max_payload = arguments.number("--max-payload", options.max_payload);
  if (arguments.has("--recovery")) {
    auto& duration = options.connection_state_recovery.emplace().max_disconnection_duration;
    duration = milliseconds("--max-disconnection-duration", duration);
  }
  options.storage.folder = arguments.text("--storage");
  if (arguments.has("--deflate")) options.per_message_deflate.emplace();
  if (arguments.has("--msgpack")) options.parser = socketio::msgpack_codec();
  options.allow_eio3 = arguments.has("--eio3");
  if (auto origins = arguments.text("--cors-origin"); !origins.empty()) {
    auto& cors = options.cors.emplace();
    cors.origins.clear();
    for (std::size_t first = 0; first <= origins.size();) {
      const auto comma = std::min(origins.find(',', first), origins.size());
      cors.origins.push_back(origins.substr(first, comma - first));
      first = comma + 1;
    }
    cors.credentials = origins != "*";
  }
  return options;
}

void listen(socketio::http_server& host, const command_line& arguments,
            std::uint64_t default_port) {
  socketio::listen_options where;
  where.port = static_cast<std::uint16_t>(arguments.number("--port", default_port));
  const auto certificate = arguments.text("--tls-cert");
  if (!certificate.empty()) {
    where.tls.emplace(certificate, arguments.text("--tls-key"));
    where.tls->client_authorities = arguments.text("--tls-client-ca");
  }
  const auto port = host.listen(where);
  std::cout << "listening on " << (where.tls ? "https" : "http") << "://localhost:" << port
            << std::endl;
}

int run(const std::function<void()>& program) {
  try {
    program();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}

}  // namespace test_program
