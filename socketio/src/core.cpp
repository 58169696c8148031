#include <utility>

#include <socketio/core.hpp>
#include <socketio/detail/check_option.hpp>
#include <socketio/engineio/server.hpp>
#include <socketio/engineio/session.hpp>

#include "clients/client.hpp"
#include "clients/namespace_registry.hpp"
#include "namespaces/core_context.hpp"

namespace socketio {

core::core(engineio::server& engine, core_options options)
    : shared_(std::make_shared<detail::core_context>(engine, std::move(options))),
      namespaces_(std::make_shared<detail::namespace_registry>(shared_)) {
  shared_->namespaces = namespaces_;
  engine.on_connection([namespaces = namespaces_](const engineio::socket& connection) {
    auto& session = *connection.target();
    const auto added = std::make_shared<detail::client>(namespaces, session);
    session.set_handler(added);
    added->begin();
  });
}

core::~core() {
  namespaces_->stop();
}

io_namespace core::of(std::string_view name) {
  return io_namespace(namespaces_->of(name));
}

parent_namespace core::make_parent(detail::namespace_matcher matcher) {
  return parent_namespace(namespaces_->of(std::move(matcher)));
}

bool core::remove_namespace(std::string_view name) {
  return namespaces_->remove(name);
}

std::chrono::milliseconds core::connect_timeout() const {
  return shared_->connect_timeout;
}

void core::connect_timeout(std::chrono::milliseconds time) {
  detail::check_time("connect_timeout", time);
  shared_->connect_timeout = time;
}

socketio::recovery_statistics core::recovery_statistics() const {
  const auto* recovery = shared_->recovery();
  if (recovery == nullptr) return {};
  namespaces_->trim_logs(std::chrono::steady_clock::now());
  return recovery->read_statistics();
}

void core::adapter(const adapter_factory& factory) {
  namespaces_->use_adapter(factory);
}

void core::close() {
  namespaces_->close();
}

void core::reopen() {
  namespaces_->reopen();
}

void core::on_error(error_handler handler) {
  shared_->on_error(std::move(handler));
}

}  // namespace socketio
