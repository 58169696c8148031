#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/detail/language.hpp>

namespace socketio {

/// The name of a room, or of several.
class room_list {
 public:
  room_list(const char* room) : rooms_{room} {}                            // NOLINT(*-explicit-*)
  room_list(std::string_view room) : rooms_{std::string(room)} {}          // NOLINT(*-explicit-*)
  room_list(std::string room) : rooms_{std::move(room)} {}                 // NOLINT(*-explicit-*)
  room_list(std::vector<std::string> rooms) : rooms_(std::move(rooms)) {}  // NOLINT(*-explicit-*)
  room_list(std::initializer_list<std::string> rooms) : rooms_(rooms) {}

  [[nodiscard]] const std::vector<std::string>& rooms() const { return rooms_; }

 private:
  std::vector<std::string> rooms_;
};

}  // namespace socketio
