#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// What a command line asks socketio-server to do.
enum class demo_command { serve, inspect, help, version };

/// The command line of socketio-server.
struct demo_options {
  demo_command command = demo_command::serve;
  std::uint16_t port = 3000;
  std::optional<std::uint16_t> cross_port;  ///< unset: the server opens no second port
  std::string host;                         ///< empty: every address
  std::string origin;                       ///< empty, or set together with `cross_origin`
  std::string cross_origin;
  std::string web = "web";
  std::optional<std::string> source;  ///< unset: demo, if that folder exists
  std::string uploads;                ///< empty: a temporary folder
  std::string tls_certificate;        ///< empty, or set together with `tls_key`
  std::string tls_key;
  std::size_t threads = 1;
  std::string inspected_file;  ///< for the command `inspect`; empty: the standard input
};

/// The text that `--help` prints.
extern const std::string_view demo_usage;

/// Reads a command line.
/// @param arguments without the program's name
/// @throws std::invalid_argument with a sentence that names the argument and what is wrong with it
[[nodiscard]] demo_options parse_demo_options(std::span<const std::string_view> arguments);
