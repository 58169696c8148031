#include "router.hpp"

#include <algorithm>
#include <stdexcept>

#include <socketio/detail/check_option.hpp>

namespace socketio::detail {
namespace {

void check_method(std::string_view method) {
  detail::check_token("the method of a route", method);
  // RFC 9110, section 9.1: methods are case-sensitive.
  if (std::any_of(method.begin(), method.end(), [](char c) { return c >= 'a' && c <= 'z'; })) {
    detail::refuse_text("the method of a route", method, "be written in capitals");
  }
}

}  // namespace

void router::add(std::string_view method, std::string_view pattern, route added) {
  if (method != "*") check_method(method);
  if (!paths_.at(pattern).try_emplace(std::string(method), std::move(added)).second) {
    throw std::invalid_argument("there is a route for " + std::string(method) + " " +
                                std::string(pattern) + " already");
  }
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

}  // namespace socketio::detail
