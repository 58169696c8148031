#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace socketio::detail {

/// The names of the events that have handlers: each is stored once, for any number of sockets. Use
/// it only on one shard.
class event_names {
  struct use;
  using name_map = std::map<std::string, use, std::less<>>;
  struct use {
    event_names* table;
    std::size_t count;
  };

 public:
  /// A reference-counted name. Small, because sockets hold many.
  class name {
   public:
    name(name&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
    name& operator=(name&& other) noexcept {
      std::swap(entry_, other.entry_);
      return *this;
    }
    ~name() {
      if (entry_ == nullptr || --entry_->second.count > 0) return;
      auto& names = entry_->second.table->names_;
      names.erase(names.find(entry_->first));
    }

    [[nodiscard]] std::string_view text() const { return entry_->first; }

   private:
    friend class event_names;
    explicit name(name_map::value_type& entry) : entry_(&entry) { ++entry.second.count; }

    name_map::value_type* entry_;
  };

  event_names() = default;
  event_names(const event_names&) = delete;
  event_names& operator=(const event_names&) = delete;

  [[nodiscard]] name get(std::string_view text) {
    auto found = names_.find(text);
    if (found == names_.end()) found = names_.emplace(std::string(text), use{this, 0}).first;
    return name(*found);
  }

  /// The number of names.
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  name_map names_;
};

}  // namespace socketio::detail
