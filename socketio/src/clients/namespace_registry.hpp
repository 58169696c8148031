#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "namespaces/core_context.hpp"
#include "namespaces/namespace_state.hpp"

namespace socketio::detail {

/// The namespaces of a core, by name. Any thread.
class namespace_registry {
 public:
  explicit namespace_registry(std::shared_ptr<core_context> shared) : shared_(std::move(shared)) {}

  [[nodiscard]] const core_context& shared() const { return *shared_; }
  /// Finds a namespace, and makes it if it is new; see core::of().
  [[nodiscard]] std::shared_ptr<namespace_state> of(std::string_view name);
  /// Finds a namespace; null if there is none.
  [[nodiscard]] std::shared_ptr<namespace_state> find(std::string_view name) const;
  /// Disconnects the sockets of all namespaces.
  void close();
  /// Stops all namespaces, because the core is being destroyed.
  void stop();

 private:
  [[nodiscard]] std::vector<std::shared_ptr<namespace_state>> all() const;

  const std::shared_ptr<core_context> shared_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<namespace_state>, std::less<>> namespaces_;
  // Namespaces whose adapter a thread is making; other threads wait for made_.
  std::map<std::string, std::thread::id, std::less<>> being_made_;
  std::condition_variable made_;
};

}  // namespace socketio::detail
