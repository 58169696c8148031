#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <socketio/detail/unique_function.hpp>
#include <socketio/engineio/http_middleware.hpp>
#include <socketio/engineio/passage.hpp>

namespace socketio::engineio {
class shard;
}  // namespace socketio::engineio

namespace socketio::detail {

/// The middlewares of a server, in the order in which requests pass through them.
class middleware_list {
 public:
  /// Called with what has become of a request: it has passed through all, or what one has decided
  /// instead.
  using receiver = unique_function<void(http_next::outcome)>;

  /// Adds one; not while requests pass. @throws std::invalid_argument for an empty function
  void add(http_middleware added);
  [[nodiscard]] bool empty() const { return middlewares_.empty(); }

  /// Takes a request through all middlewares, of which there has to be one. Call it on the shard.
  /// @param receive called on the shard in a later turn, unless the request goes nowhere any more
  void run(engineio::shard& home, std::shared_ptr<passage> passing, receiver receive) const;

 private:
  void step(engineio::shard& home, std::shared_ptr<passage> passing, std::size_t position,
            receiver receive) const;

  std::vector<http_middleware> middlewares_;
};

}  // namespace socketio::detail
