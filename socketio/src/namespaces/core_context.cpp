#include "core_context.hpp"

#include <utility>

#include <socketio/detail/check_option.hpp>
#include <socketio/engineio/identifier.hpp>
#include <socketio/engineio/server.hpp>

namespace socketio::detail {

core_context::core_context(const engineio::server& engine, core_options chosen)
    : options(std::move(chosen)),
      codec(options.parser ? *options.parser : default_packet_codec()),
      shards(engine.shards()),
      server_id(engineio::make_identifier(0)) {
  check_time("connect_timeout", options.connect_timeout);
  decoder_options limits;
  limits.max_attachments = options.max_attachments;
  limits.max_attachment_bytes = engine.settings().max_payload;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    scratches_.push_back(std::make_unique<packet_scratch>(limits));
  }
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
