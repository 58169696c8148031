#pragma once

#include <string>
#include <utility>

#include <socketio/described.hpp>
#include <socketio/detail/contract_description.hpp>
#include <socketio/events.hpp>

/// Documents that tell others what a contract says; see <socketio/contract.hpp>. The types of its
/// events need a description; see described.
namespace socketio {

/// What an AsyncAPI document tells of the application beside its events.
struct async_api_info {
  std::string title;        ///< the application's name
  std::string version;      ///< of the application, for example `1.0.0`
  std::string description;  ///< what it is for; left out if empty
  std::string nsp = "/";    ///< the namespace that has the contract

  async_api_info(std::string title_text, std::string version_text)
      : title(std::move(title_text)), version(std::move(version_text)) {}
};

namespace detail {
[[nodiscard]] std::string write_typescript(const contract_description& contract);
[[nodiscard]] std::string write_async_api(const contract_description& contract,
                                          const async_api_info& info);
}  // namespace detail

/// Writes the types of a contract's events for the official client, as a TypeScript module with the
/// interfaces ServerToClientEvents and ClientToServerEvents:
/// `const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io();`
/// @throws std::invalid_argument if two types are described with the same name
template <class Contract>
[[nodiscard]] std::string write_typescript() {
  return detail::write_typescript(detail::describe_contract<Contract>());
}

/// Writes a contract as an AsyncAPI 3.0.0 document in JSON, which describes the server: it receives
/// the events of the client, and sends those to it. A message's payload is the array of the event's
/// values; acknowledgements are replies.
/// @throws std::invalid_argument if two types are described with the same name
template <class Contract>
[[nodiscard]] std::string write_async_api(const async_api_info& info) {
  return detail::write_async_api(detail::describe_contract<Contract>(), info);
}

}  // namespace socketio
