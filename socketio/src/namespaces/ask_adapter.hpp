#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include <socketio/engineio/completion.hpp>

#include "namespace_state.hpp"

namespace socketio::detail {

/// Calls a function with the adapter of a namespace and a completion for its operation, and passes
/// the result on to a handler, after this call has returned; at once if the namespace is null. Any
/// thread.
template <class Value, class Handler, class Function>
void ask_adapter(const std::shared_ptr<namespace_state>& nsp, Handler&& handler, Function&& ask) {
  // Shared, since an adapter may copy its completion, and call the copies.
  struct operation {
    engineio::completion<Value> waiting;
    std::atomic<bool> done{false};

    void complete(error_code error, Value value) {
      if (!done.exchange(true)) waiting.later(error, std::move(value));
    }
  };
  const auto started = std::make_shared<operation>();
  started->waiting = {std::forward<Handler>(handler), nsp ? nsp->shared->current_shard() : nullptr};
  auto* adapter = adapter_of(nsp);
  if (adapter == nullptr) return started->complete(error::disconnected, {});
  std::forward<Function>(ask)(*adapter, [started](error_code error, Value value) {
    started->complete(error, std::move(value));
  });
}

}  // namespace socketio::detail
