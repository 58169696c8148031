#include <iostream>

#include <socketio/core.hpp>
#include <socketio/engineio/server.hpp>
#include <socketio/engineio/session.hpp>
#include <socketio/protocol/socketio_packet.hpp>

#include "client.hpp"
#include "namespace_state.hpp"

namespace socketio {

core::core(engineio::server& engine, core_options options)
    : engine_(engine), options_(std::move(options)) {
  for (std::size_t i = 0; i < engine.shards().size(); ++i) {
    scratches_.push_back(std::make_unique<packet_scratch>());
  }
  engine.on_connection([this](const engineio::socket& connection) {
    auto& session = *connection.target();
    const auto added = std::make_shared<detail::client>(*this, session);
    session.set_handler(added);
    added->begin();
  });
}

core::~core() {
  for (const auto& [name, nsp] : namespaces_) nsp->stop();
}

io_namespace core::of(std::string_view name) {
  std::string full_name(name);
  if (!name.starts_with('/')) full_name.insert(full_name.begin(), '/');
  const std::scoped_lock lock(mutex_);
  auto& nsp = namespaces_[full_name];
  if (!nsp) {
    nsp = std::make_shared<detail::namespace_state>(*this, full_name);
    nsp->start();
  }
  return io_namespace(nsp);
}

std::shared_ptr<detail::namespace_state> core::find(std::string_view name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = namespaces_.find(name);
  return found == namespaces_.end() ? nullptr : found->second;
}

void core::close() {
  // Handlers for `disconnect` may ask for namespaces: the lock is not held while they run.
  std::vector<std::shared_ptr<detail::namespace_state>> namespaces;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, nsp] : namespaces_) namespaces.push_back(nsp);
  }
  for (const auto& nsp : namespaces) nsp->adapter().close();
}

void core::on_error(std::function<void(std::exception_ptr, std::string_view)> handler) {
  on_error_ = std::move(handler);
}

void core::report(std::exception_ptr error, std::string_view where) const {
  if (on_error_) on_error_(std::move(error), where);
}

packet_scratch& core::scratch(const engineio::shard& home) {
  return *scratches_[home.index()];
}

}  // namespace socketio
