#pragma once

#include <sys/epoll.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <socketio/engineio/handler_memory.hpp>
#include <socketio/engineio/shard.hpp>

namespace socketio::detail {

/// What a descriptor waits for, or is ready for.
struct readiness {
  bool read = false;
  bool write = false;

  [[nodiscard]] bool any() const { return read || write; }
  friend bool operator==(const readiness&, const readiness&) = default;
};

/// The owner of a descriptor.
class pollable {
 public:
  /// The descriptor is ready for what it waits for, or broken, which reading or writing shows. The
  /// poller calls it again as long as that is so. Must not throw; may destroy the object.
  virtual void ready(readiness now) = 0;

 protected:
  ~pollable() = default;
};

/// Waits for all descriptors of a shard with its own epoll instance, on which Asio's reactor waits.
/// It makes system calls only when a descriptor waits for something else, and once for all
/// descriptors that are ready together; Asio's own waits make one for each descriptor each time.
/// Use it only on its shard.
class poller : public std::enable_shared_from_this<poller> {
 public:
  /// @throws boost::system::system_error if the process is out of descriptors
  explicit poller(std::shared_ptr<engineio::shard> home);
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  /// Changes what a descriptor waits for. A waiting descriptor keeps the executor's context
  /// running; before it is closed, it has to wait for nothing.
  /// @param before what it waited for so far
  /// @return false if the system refuses, because it is out of memory
  [[nodiscard]] bool wait(int descriptor, pollable& owner, readiness before, readiness wanted);
  /// Stops waiting: the server is being destroyed.
  void stop();

 private:
  void arm();
  void serve();
  // Returns how many were ready.
  std::size_t serve_ready();

  std::shared_ptr<engineio::shard> home_;
  boost::asio::posix::stream_descriptor epoll_;
  engineio::handler_memory memory_;  // of the wait
  std::size_t waiting_ = 0;          // number of waiting descriptors
  bool armed_ = false;
  std::uint64_t wait_number_ =
      0;  // of the current wait; an earlier, cancelled one may still complete
  // Descriptors of this round still to serve; null for one that stopped waiting meanwhile.
  std::span<epoll_event> untold_;
};

}  // namespace socketio::detail
