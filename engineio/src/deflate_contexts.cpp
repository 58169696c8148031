#include <socketio/engineio/deflate_contexts.hpp>

namespace socketio::engineio {

websocket::deflater& deflate_contexts::fresh_deflater(const websocket::deflate_options& options) {
  for (const auto& known : deflaters_) {
    if (known->window_bits == options.server_max_window_bits &&
        known->memory_level == options.memory_level &&
        known->compression_level == options.compression_level) {
      known->deflater.reset();
      return known->deflater;
    }
  }
  return deflaters_
      .emplace_back(new entry{options.server_max_window_bits, options.memory_level,
                              options.compression_level,
                              websocket::deflater(options.server_max_window_bits,
                                                  options.memory_level, options.compression_level)})
      ->deflater;
}

websocket::inflater& deflate_contexts::fresh_inflater() {
  if (inflater_) {
    inflater_->reset();
  } else {
    inflater_.emplace();
  }
  return *inflater_;
}

}  // namespace socketio::engineio
