#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <socketio/detail/namespace_matcher.hpp>

#include "namespaces/core_context.hpp"
#include "namespaces/namespace_state.hpp"

namespace socketio::detail {

class parent_adapter;

/// A client's wish to join a namespace that does not exist. It ends when nobody holds it any more.
struct namespace_request {
  std::string name;
  json auth;
  std::shared_ptr<engineio::shard> home;
  /// Receives the namespace, or null if no parent allows it, on the shard.
  std::function<void(std::shared_ptr<namespace_state>)> done;
  std::size_t asked = 0;  ///< how many parents have been asked
};

/// The namespaces of a core, by name. Any thread.
class namespace_registry : public std::enable_shared_from_this<namespace_registry> {
 public:
  explicit namespace_registry(std::shared_ptr<core_context> shared)
      : shared_(std::move(shared)), make_adapter_(shared_->options.adapter) {}

  [[nodiscard]] core_context& shared() const { return *shared_; }
  /// Finds a namespace, and makes it if it is new; see core::of().
  [[nodiscard]] std::shared_ptr<namespace_state> of(std::string_view name);
  /// Makes a parent; see core::of().
  [[nodiscard]] std::shared_ptr<namespace_state> of(namespace_matcher matcher);
  /// Removes a namespace; see core::remove_namespace().
  bool remove(std::string_view name);

  /// Finds a namespace for a client that joins it; null if there is none. Call leave() in the end.
  [[nodiscard]] std::shared_ptr<namespace_state> enter(std::string_view name);
  /// Asks the parents, one by one, whether they make a child of a name. Call it on the shard.
  void ask_parents(const std::shared_ptr<namespace_request>& request);
  /// A client has left, or has not joined. Removes a child that is empty, if the option says so.
  void leave(const namespace_state& left);

  /// Drops what the logs of all namespaces have kept long enough.
  void trim_logs(std::chrono::steady_clock::time_point now) const;

  /// Makes the adapters of all namespaces anew, those of later ones with the same factory.
  void use_adapter(const adapter_factory& factory);
  /// Disconnects the sockets of all namespaces, and closes their adapters for all servers.
  void close();
  /// Makes these adapters anew, after close().
  void reopen();
  /// Stops all namespaces, because the core is being destroyed.
  void stop();

 private:
  struct parent {
    namespace_matcher matcher;
    std::shared_ptr<namespace_state> state;
    parent_adapter* children;  // the adapter of the state
  };
  struct entry {
    std::shared_ptr<namespace_state> state;
    std::shared_ptr<parent> made_by;  // null for one that the application has named
    std::size_t clients = 0;          // of a child: those that have joined, or are about to
  };
  // A namespace that a thread is making.
  struct making {
    std::thread::id thread;
    std::shared_ptr<namespace_state> state;  // null until it has its adapter
  };
  using name_map = std::map<std::string, entry, std::less<>>;

  [[nodiscard]] std::shared_ptr<namespace_state> find(const std::string& name) const;
  [[nodiscard]] std::shared_ptr<namespace_state> find_or_make(const std::string& name,
                                                              std::shared_ptr<parent> made_by);
  [[nodiscard]] std::shared_ptr<namespace_state> make(const std::string& name,
                                                      const std::shared_ptr<parent>& made_by);
  [[nodiscard]] std::shared_ptr<namespace_state> enter_child(
      const std::string& name, const std::shared_ptr<parent>& made_by);
  [[nodiscard]] adapter_factory adapter_maker() const;
  void make_adapters(const adapter_factory& factory);
  [[nodiscard]] std::shared_ptr<parent> parent_at(std::size_t position) const;
  [[nodiscard]] bool matches(const parent& asked, std::string_view name) const;
  // Removes a namespace; releases the lock.
  void remove(std::unique_lock<std::mutex> lock, name_map::iterator found);
  [[nodiscard]] std::vector<std::shared_ptr<namespace_state>> all() const;

  const std::shared_ptr<core_context> shared_;
  std::atomic<bool> closed_{false};
  std::atomic<bool> stopped_{false};
  mutable std::mutex mutex_;
  name_map namespaces_;
  std::vector<std::shared_ptr<parent>> parents_;
  adapter_factory make_adapter_;
  // Removed namespaces that handles or sockets may still hold.
  std::vector<std::weak_ptr<namespace_state>> removed_;
  // Other threads that ask for such a namespace wait for made_.
  std::map<std::string, making, std::less<>> being_made_;
  std::condition_variable made_;
};

}  // namespace socketio::detail
