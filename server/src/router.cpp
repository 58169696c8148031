#include "router.hpp"

namespace socketio {

void router::add(std::string_view method, std::string_view pattern, route added) {
  paths_.at(pattern).insert_or_assign(std::string(method), std::move(added));
}

router::match router::find(std::string_view method, std::string_view path) const {
  const auto [entry, rest] = paths_.find(path);
  if (entry == nullptr) return {};
  match result;
  result.rest = rest;
  auto found = entry->find(method);
  if (found == entry->end() && method == "HEAD") found = entry->find("GET");
  if (found == entry->end()) found = entry->find("*");
  if (found != entry->end()) {
    result.found = &found->second;
    return result;
  }
  for (const auto& [name, unused] : *entry) {
    if (!result.allowed_methods.empty()) result.allowed_methods += ", ";
    result.allowed_methods += name == "GET" ? "GET, HEAD" : name;
  }
  return result;
}

}  // namespace socketio
