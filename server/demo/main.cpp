#include <charconv>
#include <cstdint>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include <socketio/server.hpp>

#include "chat.hpp"

namespace {

constexpr std::string_view usage = R"(socketio-server: a chat server on the Socket.IO server for C++

  --port N        the TCP port to listen on, 0 for any free one (default 3000)
  --host NAME     the name or address to listen on (default: every address)
  --web FOLDER    the folder with the chat's pages (default: web)
  --tls-cert FILE the certificate chain in PEM; with --tls-key, speaks https and wss
  --tls-key FILE  its private key in PEM
  --threads N     how many threads serve, 1 to 256 (default 1)
  --help          prints this text
)";

struct settings {
  std::uint16_t port = 3000;
  std::string host;
  std::string web = "web";
  std::string tls_certificate;
  std::string tls_key;
  std::size_t threads = 1;
  bool help = false;
};

template <class Number>
Number number_of(std::string_view option, std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument(std::string(option) +
                                ": not a number in range: " + std::string(text));
  }
  return number;
}

settings parse(int argc, char** argv) {
  settings parsed;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--help") {
      parsed.help = true;
      continue;
    }
    if (i + 1 >= argc) throw std::invalid_argument(std::string(option) + ": unknown, or no value");
    const std::string_view value = argv[++i];
    if (option == "--port") {
      parsed.port = number_of<std::uint16_t>(option, value);
    } else if (option == "--host") {
      parsed.host = value;
    } else if (option == "--web") {
      parsed.web = value;
    } else if (option == "--tls-cert") {
      parsed.tls_certificate = value;
    } else if (option == "--tls-key") {
      parsed.tls_key = value;
    } else if (option == "--threads") {
      parsed.threads = number_of<std::size_t>(option, value);
    } else {
      throw std::invalid_argument(std::string(option) + ": unknown option");
    }
  }
  if (parsed.tls_certificate.empty() != parsed.tls_key.empty()) {
    throw std::invalid_argument("--tls-cert and --tls-key belong together");
  }
  return parsed;
}

void serve(const settings& chosen) {
  socketio::server_options options;
  options.threads = chosen.threads;
  socketio::server io(options);
  add_chat(io);
  io.http().serve_folder("/", chosen.web);
  io.close_on_signal();

  socketio::listen_options where;
  where.host = chosen.host;
  where.port = chosen.port;
  if (!chosen.tls_key.empty()) where.tls.emplace(chosen.tls_certificate, chosen.tls_key);
  const auto port = io.listen(where);
  std::cout << "listening on " << (where.tls ? "https" : "http") << "://"
            << (chosen.host.empty() ? "localhost" : chosen.host) << ':' << port << std::endl;
  io.run();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto chosen = parse(argc, argv);
    if (chosen.help) {
      std::cout << usage;
    } else {
      serve(chosen);
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "socketio-server: " << error.what() << '\n';
    return 1;
  }
}
