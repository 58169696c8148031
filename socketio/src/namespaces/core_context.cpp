#include "core_context.hpp"

#include <utility>

#include <socketio/detail/check_option.hpp>
#include <socketio/engineio/identifier.hpp>
#include <socketio/engineio/server.hpp>

namespace socketio::detail {

core_context::core_context(const engineio::server& engine, core_options chosen)
    : options(std::move(chosen)),
      connect_timeout(options.connect_timeout),
      codec(options.parser ? *options.parser : default_packet_codec()),
      shards(engine.shards()),
      server_id(engineio::make_identifier(0)) {
  check_time("connect_timeout", options.connect_timeout);
  check_time("broadcast_ack_timeout", options.broadcast_ack_timeout);
  check_positive("max_waiting_events", options.max_waiting_events);
  check_positive("max_namespaces", options.max_namespaces);
  check_positive("max_rooms", options.max_rooms);
  check_positive("max_awaited_acks", options.max_awaited_acks);
  decoder_options limits;
  limits.max_attachments = options.max_attachments;
  limits.max_attachment_bytes = engine.settings().max_payload;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    scratches_.push_back(std::make_unique<packet_scratch>(limits));
  }
  if (recovery_context::is_wanted(options)) {
    recovery_ = std::make_unique<recovery_context>(
        options, engine.settings().max_send_queue,
        [this](std::exception_ptr error) { report_later(std::move(error), "event storage"); });
  }
}

// The caller may hold locks that a call of the error handler would need.
void core_context::report_later(std::exception_ptr error, std::string_view where) {
  shards.front()->post([self = weak_from_this(), error = std::move(error), where] {
    if (const auto context = self.lock()) context->report({error, where});
  });
}

void core_context::tell_new_namespace(const io_namespace& made) {
  const auto all = [](std::string_view) { return true; };
  namespace_handlers.visit(all, [&](const namespace_handler& handler) {
    guard("new_namespace", [&] { handler(made); });
  });
}

void core_context::report(const handler_error& error) const noexcept {
  current_shard()->counters().exceptions.fetch_add(1, std::memory_order_relaxed);
  try {
    if (on_error_) on_error_(error);
  } catch (...) {
    // The error handler itself has failed: nobody is left to tell.
  }
}

}  // namespace socketio::detail
