#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/http_server.hpp>

namespace socketio {

/// Finds the handler for a request: an exact path first, then the longest prefix.
class router {
 public:
  struct route {
    http_handler handler;
    std::uint64_t max_body_size = 0;
  };

  /// What a lookup came to: a route, or the methods that the path has instead (none: no such path).
  struct match {
    const route* found = nullptr;
    std::string allowed_methods;
    /// What follows the prefix; empty for an exact path.
    std::string_view rest;
  };

  /// @param pattern an exact path, or a prefix if it ends with `*`
  /// @param method `*` for any; GET serves HEAD too
  /// @throws std::invalid_argument for a pattern that does not begin with a slash
  void add(std::string_view method, std::string_view pattern, route added);

  [[nodiscard]] match find(std::string_view method, std::string_view path) const;

 private:
  using methods = std::map<std::string, route, std::less<>>;

  static match find_method(const methods& methods, std::string_view method);

  std::map<std::string, methods, std::less<>> exact_;
  std::map<std::string, methods, std::less<>> prefixes_;
};

}  // namespace socketio
