#include <utility>

#include <socketio/core.hpp>
#include <socketio/engineio/server.hpp>
#include <socketio/engineio/session.hpp>

#include "clients/client.hpp"
#include "clients/namespace_registry.hpp"
#include "namespaces/core_context.hpp"

namespace socketio {

core::core(engineio::server& engine, core_options options)
    : shared_(std::make_shared<detail::core_context>(engine, std::move(options))),
      namespaces_(std::make_shared<detail::namespace_registry>(shared_)) {
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

void core::close() {
  namespaces_->close();
}

void core::on_error(error_handler handler) {
  shared_->on_error(std::move(handler));
}

}  // namespace socketio
