#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <socketio/engineio/http_exchange.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/http_handler.hpp>

#include "path_table.hpp"

namespace socketio::detail {

/// Handles a route's requests, on the connection's shard.
using exchange_handler =
    detail::unique_function<void(engineio::shard& current, std::string_view rest,
                                 std::unique_ptr<engineio::http_exchange> exchange)>;

/// Finds the route for a request.
class router {
 public:
  struct route {
    exchange_handler handler;
    body_handler receiver;  ///< instead of the handler, if set
    std::uint64_t max_body_size = 0;
  };

  /// The result of a lookup: a route, or the path's other methods (none if the path is unknown).
  struct match {
    const route* found = nullptr;
    std::string allowed_methods;
    /// The path after the prefix; empty for an exact path.
    std::string_view rest;
  };

  /// @param pattern an exact path, or a prefix if it ends with `*`
  /// @param method `*` for any; GET also serves HEAD
  /// @throws std::invalid_argument for a pattern or method that no request has, and for a second
  /// route for both
  void add(std::string_view method, std::string_view pattern, route added);
  /// Whether any method has a route for exactly this pattern.
  [[nodiscard]] bool contains(std::string_view pattern) const { return paths_.contains(pattern); }

  [[nodiscard]] match find(std::string_view method, std::string_view path) const;

 private:
  using methods = std::map<std::string, route, std::less<>>;

  path_table<methods> paths_;
};

}  // namespace socketio::detail
