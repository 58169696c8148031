#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include <socketio/protocol/json.hpp>

namespace socketio::detail {

/// Guards the data of all sockets of a namespace, since a mutex for each would take memory.
struct data_guard {
  std::mutex mutex;
  std::uint64_t versions = 0;  // so far
};

/// The application's JSON data of a socket, initially `{}`. Any thread.
class socket_data {
 public:
  [[nodiscard]] json get(data_guard& guard) const;
  void set(data_guard& guard, json value);
  /// Calls a function with a copy, which becomes the data; again if the data has changed meanwhile.
  void update(data_guard& guard, const std::function<void(json&)>& change);

 private:
  // The number is unique among those of a guard.
  struct version {
    json value;
    std::uint64_t number = 0;
  };

  [[nodiscard]] std::uint64_t number() const { return version_ ? version_->number : 0; }

  std::unique_ptr<version> version_;  // null for an empty object, which would take memory
};

}  // namespace socketio::detail
