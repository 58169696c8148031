#include "socketio_2.hpp"

#include <algorithm>

#include <socketio/engineio/session.hpp>
#include <socketio/protocol/http.hpp>
#include <socketio/protocol/utf8.hpp>

namespace socketio::detail {
namespace {

constexpr char query_mark = '?';

bool is_true_in_javascript(const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value.get<double>() != 0;
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return !value.is_null();
}

}  // namespace

bool speaks_socketio_2(const engineio::session& session) {
  return &session.codec() == &engineio::codec_3();
}

std::string socketio_2_id(const engineio::session& session, std::string_view nsp) {
  std::string id;
  if (nsp != "/") id.append(nsp).push_back('#');
  return id.append(session.id());
}

std::string_view without_query(std::string_view target) {
  return target.substr(0, target.find(query_mark));
}

json query_as_auth(std::string_view target) {
  auto auth = json::object();
  target.remove_prefix(std::min(without_query(target).size() + 1, target.size()));
  // The names differ, so that none has to be looked for: there may be very many.
  auto& members = auth.get_ref<json::object_t&>();
  for (const auto& [name, value] : query_parameters(target)) {
    members.emplace_back(to_valid_utf8(name), to_valid_utf8(value));
  }
  return auth;
}

json socketio_2_refusal(const connect_error& error) {
  return is_true_in_javascript(error.data) ? error.data : json(error.message);
}

}  // namespace socketio::detail
