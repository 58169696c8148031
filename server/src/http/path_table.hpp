#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "check_path.hpp"

namespace socketio::detail {

/// Values by path patterns. Of several matches an exact path counts first, then the longest prefix.
template <class Value>
class path_table {
 public:
  struct match {
    const Value* found = nullptr;
    std::string_view rest;  ///< the path after the prefix; empty for an exact path
  };

  /// Returns the value of a pattern, and creates it if it is new.
  /// @param pattern an exact path, or a prefix if it ends with `*`
  /// @throws std::invalid_argument for a pattern that no request's path fits
  Value& at(std::string_view pattern) {
    check_path("the pattern of a route",
               pattern.substr(0, pattern.size() - pattern.ends_with('*')));
    const bool is_prefix = pattern.ends_with('*');
    if (is_prefix) pattern.remove_suffix(1);
    return (is_prefix ? prefixes_ : exact_)[std::string(pattern)];
  }

  [[nodiscard]] match find(std::string_view path) const {
    if (const auto exact = exact_.find(path); exact != exact_.end()) return {&exact->second, {}};
    match longest;
    for (const auto& [prefix, value] : prefixes_) {
      // In the map's order, the longer of two matching prefixes comes later.
      if (path.starts_with(prefix)) longest = {&value, path.substr(prefix.size())};
    }
    return longest;
  }

  /// Whether there is a value for the pattern itself.
  [[nodiscard]] bool contains(std::string_view pattern) const {
    if (pattern.ends_with('*')) return prefixes_.contains(pattern.substr(0, pattern.size() - 1));
    return exact_.contains(pattern);
  }

  [[nodiscard]] bool empty() const { return exact_.empty() && prefixes_.empty(); }

 private:
  using table = std::map<std::string, Value, std::less<>>;

  table exact_;
  table prefixes_;
};

}  // namespace socketio::detail
