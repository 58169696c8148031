#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/server.hpp>

/// What the test programs share: the command line, listening, and shutting down.
namespace test_program {

/// The options of the command line. Each has a value, except the flags `--deflate`, `--eio3`,
/// `--msgpack` and `--recovery`, which all programs accept.
class command_line {
 public:
  /// @throws std::invalid_argument for an option that is not allowed or lacks its value
  command_line(int argc, char** argv, const std::vector<std::string_view>& allowed);

  [[nodiscard]] std::string text(std::string_view option, std::string_view otherwise = {}) const;
  [[nodiscard]] bool has(std::string_view option) const { return values_.contains(option); }
  [[nodiscard]] std::uint64_t number(std::string_view option, std::uint64_t otherwise) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// The options that all programs accept.
[[nodiscard]] std::vector<std::string_view> common_options();

/// The server's options that the command line names.
[[nodiscard]] socketio::server_options server_options(const command_line& arguments);

/// Listens on the port of the command line, or on the default one, and prints the URL.
void listen(socketio::http_server& host, const command_line& arguments,
            std::uint64_t default_port = 3000);

/// Runs a program and returns its exit code. Prints an exception and returns an error for it.
int run(const std::function<void()>& program);

}  // namespace test_program
