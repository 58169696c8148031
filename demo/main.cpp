#include <algorithm>
#include <cerrno>
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
#include <system_error>
#include <vector>

#include <socketio/server.hpp>

#include "chat.hpp"
#include "cross_origin.hpp"
#include "demo_options.hpp"
#include "echo.hpp"
#include "inspect_route.hpp"
#include "inspector.hpp"
#include "pages.hpp"
#include "temporary_folder.hpp"
#include "uploads.hpp"
#include "version.hpp"

namespace {

void need_folder(const char* option, const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) return;
  throw std::invalid_argument(std::string(option) + ": " + path.string() + " is no folder");
}

void add_demo(socketio::server& io, const demo_options& options,
              const std::filesystem::path& uploads, const demo_origins& origins) {
  std::optional<std::filesystem::path> source = options.source;
  if (!source && std::filesystem::is_directory("demo")) source = "demo";
  need_folder("--web", options.web);
  need_folder("--uploads", uploads);
  if (source) need_folder("--source", *source);
  add_chat(io);
  add_echo(io);
  add_inspect(io);
  add_uploads(io, uploads, origins);
  add_cross_origin(io, origins);
  add_pages(io, options.web, source);
}

void serve(const demo_options& options) {
  const bool secure = !options.tls_key.empty();
  demo_origins origins;
  std::filesystem::path uploads = options.uploads;
  std::optional<temporary_folder> made_folder;
  if (uploads.empty()) uploads = made_folder.emplace().path();

  socketio::server_options server_options;
  server_options.threads = options.threads;
  server_options.cors = origins.cors();
  socketio::server io(server_options);
  add_demo(io, options, uploads, origins);
  io.close_on_signal();

  socketio::listen_options where;
  where.host = options.host;
  where.port = options.port;
  if (secure) where.tls.emplace(options.tls_certificate, options.tls_key);
  const std::string name = options.host.empty() ? "localhost" : options.host;
  const auto port = io.listen(where);
  std::cout << "listening on " << origin_of(secure, name, port) << std::endl;
  if (options.cross_port) {
    where.port = *options.cross_port;
    const auto cross_port = io.listen(where);
    origins.add_ports(secure, options.host, port, cross_port);
    std::cout << "cross-origin pages on " << origin_of(secure, name, cross_port) << std::endl;
  }
  if (!options.origin.empty()) origins.add({options.origin, options.cross_origin});
  io.run();
}

// Returns the exit status.
int explain(const std::string& file) {
  std::ifstream opened;
  if (!file.empty()) {
    opened.open(file, std::ios::binary);
    if (!opened) throw std::system_error(errno, std::generic_category(), "cannot read " + file);
  }
  std::istream& input = file.empty() ? std::cin : opened;
  const auto result = inspect(std::string(std::istreambuf_iterator<char>(input), {}));
  std::cout << to_text(result);
  return result.problem.empty() ? 0 : 1;
}

int run(const demo_options& options) {
  switch (options.command) {
    case demo_command::help:
      std::cout << demo_usage;
      return 0;
    case demo_command::version:
      std::cout << "socketio-server " << library_version << '\n';
      return 0;
    case demo_command::inspect:
      return explain(options.inspected_file);
    case demo_command::serve:
      serve(options);
      return 0;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + std::min(argc, 1), argv + argc);
  demo_options options;
  try {
    options = parse_demo_options(arguments);
  } catch (const std::invalid_argument& error) {
    std::cerr << "socketio-server: " << error.what() << "\nsocketio-server --help says more\n";
    return 2;
  }
  try {
    return run(options);
  } catch (const std::exception& error) {
    std::cerr << "socketio-server: " << error.what() << '\n';
    return 1;
  }
}
