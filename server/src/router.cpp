#include "router.hpp"

#include <stdexcept>

namespace socketio {

void router::add(std::string_view method, std::string_view pattern, route added) {
  if (!pattern.starts_with('/')) throw std::invalid_argument("a route has to begin with a slash");
  const bool is_prefix = pattern.ends_with('*');
  if (is_prefix) pattern.remove_suffix(1);
  auto& table = is_prefix ? prefixes_ : exact_;
  table[std::string(pattern)].insert_or_assign(std::string(method), std::move(added));
}

router::match router::find_method(const methods& methods, std::string_view method) {
  match result;
  auto found = methods.find(method);
  if (found == methods.end() && method == "HEAD") found = methods.find("GET");
  if (found == methods.end()) found = methods.find("*");
  if (found != methods.end()) {
    result.found = &found->second;
    return result;
  }
  for (const auto& [name, route] : methods) {
    if (!result.allowed_methods.empty()) result.allowed_methods += ", ";
    result.allowed_methods += name == "GET" ? "GET, HEAD" : name;
  }
  return result;
}

router::match router::find(std::string_view method, std::string_view path) const {
  if (const auto found = exact_.find(path); found != exact_.end()) {
    return find_method(found->second, method);
  }
  const methods* longest = nullptr;
  std::size_t length = 0;
  for (const auto& [prefix, candidates] : prefixes_) {
    if (path.starts_with(prefix) && (longest == nullptr || prefix.size() >= length)) {
      longest = &candidates;
      length = prefix.size();
    }
  }
  if (longest == nullptr) return {};
  auto result = find_method(*longest, method);
  result.rest = path.substr(length);
  return result;
}

}  // namespace socketio
