#include "program.hpp"

#include <algorithm>
#include <charconv>
#include <iostream>
#include <stdexcept>

namespace test_program {

command_line::command_line(int argc, char** argv, const std::vector<std::string_view>& allowed) {
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "--deflate") {
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
  return {
      "--port",    "--ping-interval", "--ping-timeout", "--connect-timeout", "--upgrade-timeout",
      "--threads", "--max-payload",   "--cors-origin",  "--tls-cert",        "--tls-key"};
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
  if (arguments.has("--deflate")) options.per_message_deflate.emplace();
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

void listen(socketio::http_server& host, const command_line& arguments) {
  socketio::listen_options where;
  where.port = static_cast<std::uint16_t>(arguments.number("--port", 3000));
  const auto certificate = arguments.text("--tls-cert");
  if (!certificate.empty()) where.tls.emplace(certificate, arguments.text("--tls-key"));
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
