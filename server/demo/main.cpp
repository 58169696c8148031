#include <charconv>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <socketio/server.hpp>

#include "chat.hpp"
#include "cross_origin.hpp"
#include "echo.hpp"
#include "inspect_route.hpp"
#include "inspector.hpp"
#include "temporary_folder.hpp"
#include "uploads.hpp"

namespace {

constexpr std::string_view usage = R"(socketio-server: the demo of the Socket.IO server for C++

  --port N         the TCP port to listen on, 0 for any free one (default 3000)
  --cross-port N   a second port with the same pages, for the page about other origins; 0 for any
                   free one (default: the one after --port)
  --host NAME      the name or address to listen on (default: every address)
  --web FOLDER     the folder with the pages (default: web)
  --source FOLDER  the folder with the demo's C++, served below /source/ (default: server/demo,
                   if it is there)
  --uploads FOLDER where uploaded files are kept, the last 20 (default: a temporary folder)
  --tls-cert FILE  the certificate chain in PEM; with --tls-key, speaks https and wss
  --tls-key FILE   its private key in PEM
  --threads N      how many threads serve, 1 to 256 (default 1)
  --help           prints this text

socketio-server inspect [FILE] explains what is in a file, or in the standard input: a WebSocket
handshake, or frames in hexadecimal. The exit status is 1 if there is something wrong with it.
)";

struct settings {
  std::uint16_t port = 3000;
  std::optional<std::uint16_t> cross_port;
  std::string host;
  std::string web = "web";
  std::optional<std::string> source;
  std::filesystem::path uploads;
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
    } else if (option == "--cross-port") {
      parsed.cross_port = number_of<std::uint16_t>(option, value);
    } else if (option == "--host") {
      parsed.host = value;
    } else if (option == "--web") {
      parsed.web = value;
    } else if (option == "--source") {
      parsed.source = value;
    } else if (option == "--uploads") {
      parsed.uploads = value;
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

void add_demo(socketio::server& io, const settings& chosen, const std::filesystem::path& uploads,
              const demo_ports& ports) {
  constexpr const char* usual_source = "server/demo";
  add_chat(io);
  add_echo(io);
  add_inspect(io);
  add_uploads(io, uploads, ports);
  add_cross_origin(io, ports);
  if (chosen.source || std::filesystem::is_directory(usual_source)) {
    io.http().serve_folder("/source/", chosen.source.value_or(usual_source));
  }
  io.http().serve_folder("/", chosen.web);
}

std::uint16_t listen(socketio::server& io, const socketio::listen_options& where) {
  try {
    return io.listen(where);
  } catch (const std::exception& error) {
    throw std::runtime_error("port " + std::to_string(where.port) + ": " + error.what());
  }
}

void serve(const settings& chosen) {
  const bool secure = !chosen.tls_key.empty();
  demo_ports ports(secure);
  std::optional<temporary_folder> made_folder;
  if (chosen.uploads.empty()) made_folder.emplace();

  socketio::server_options options;
  options.threads = chosen.threads;
  options.cors = ports.cors();
  socketio::server io(options);
  add_demo(io, chosen, made_folder ? made_folder->path() : chosen.uploads, ports);
  io.close_on_signal();

  socketio::listen_options where;
  where.host = chosen.host;
  where.port = chosen.port;
  if (secure) where.tls.emplace(chosen.tls_certificate, chosen.tls_key);
  const auto port = listen(io, where);
  where.port = chosen.cross_port.value_or(chosen.port == 0 ? std::uint16_t{0}
                                                           : static_cast<std::uint16_t>(port + 1));
  const auto cross_port = listen(io, where);
  ports.set(port, cross_port);

  const auto base = std::string(secure ? "https://" : "http://") +
                    (chosen.host.empty() ? "localhost" : chosen.host) + ':';
  std::cout << "listening on " << base << port << '\n'
            << "cross-origin pages on " << base << cross_port << std::endl;
  io.run();
}

// Returns the exit status.
int explain(const std::optional<std::string>& file) {
  std::ifstream opened;
  if (file) {
    opened.open(*file, std::ios::binary);
    if (!opened) throw std::runtime_error("cannot read " + *file);
  }
  std::istream& input = file ? opened : std::cin;
  const auto result = inspect(std::string(std::istreambuf_iterator<char>(input), {}));
  std::cout << to_text(result);
  return result.problem.empty() ? 0 : 1;
}

int run(int argc, char** argv) {
  if (argc > 1 && argv[1] == std::string_view("inspect")) {
    if (argc > 3) throw std::invalid_argument("inspect takes one file");
    return explain(argc > 2 ? std::optional<std::string>(argv[2]) : std::nullopt);
  }
  const auto chosen = parse(argc, argv);
  if (chosen.help) {
    std::cout << usage;
  } else {
    serve(chosen);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "socketio-server: " << error.what() << '\n';
    return 1;
  }
}
