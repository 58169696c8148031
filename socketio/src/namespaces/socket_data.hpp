#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <typeindex>
#include <typeinfo>
#include <utility>
#include <vector>

#include <socketio/protocol/json.hpp>

namespace socketio::detail {

/// Guards the data of all sockets of a namespace, since a mutex for each would take memory.
struct data_guard {
  std::mutex mutex;
  std::uint64_t versions = 0;  // so far
};

/// The application's data of a socket: JSON, initially `{}`, and an object of each type. Any
/// thread.
class socket_data {
 public:
  [[nodiscard]] json get(data_guard& guard) const;
  void set(data_guard& guard, json value);
  /// The same before any other thread knows of the data.
  void set(json value);
  /// Calls a function with a copy, which becomes the data; again if the data has changed meanwhile.
  void update(data_guard& guard, const std::function<void(json&)>& change);

  /// A copy, which shares the objects.
  [[nodiscard]] socket_data copy(data_guard& guard) const;
  /// The memory that the JSON takes, about. Nobody may change the data meanwhile.
  [[nodiscard]] std::size_t size() const;

  [[nodiscard]] std::shared_ptr<void> object(data_guard& guard, const std::type_info& type) const;
  void set_object(data_guard& guard, const std::type_info& type, std::shared_ptr<void> object);

 private:
  // The number is unique among those of a guard.
  struct version {
    json value = json::object();
    std::uint64_t number = 0;
    std::vector<std::pair<std::type_index, std::shared_ptr<void>>> objects;  // passed on
  };

  // Puts a version in the place of the one that there is, under the lock.
  void replace(data_guard& guard, std::unique_ptr<version>& changed);

  [[nodiscard]] std::uint64_t number() const { return version_ ? version_->number : 0; }

  std::unique_ptr<version> version_;  // null while there is no data
};

}  // namespace socketio::detail
