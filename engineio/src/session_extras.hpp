#pragma once

#include <memory>
#include <vector>

#include <socketio/engineio/session_observer.hpp>
#include <socketio/protocol/attached_objects.hpp>

namespace socketio::detail {

/// What few sessions have. The server keeps it, so that the others take no memory for it.
struct session_extras {
  using observer_list = std::vector<std::shared_ptr<engineio::session_observer>>;

  attached_objects attached;
  // A list does not change, so that observers may be added while those of a list are told.
  std::shared_ptr<const observer_list> observers = std::make_shared<const observer_list>();
};

}  // namespace socketio::detail
