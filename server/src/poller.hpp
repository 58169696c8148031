#pragma once

#include <sys/epoll.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <socketio/engineio/handler_memory.hpp>
#include <socketio/engineio/shard.hpp>

namespace socketio {

/// What a descriptor is waited for, or is ready for.
struct readiness {
  bool read = false;
  bool write = false;

  [[nodiscard]] bool any() const { return read || write; }
  friend bool operator==(const readiness&, const readiness&) = default;
};

/// A descriptor's owner.
class pollable {
 public:
  /// The descriptor is ready for something that is waited for, or broken: then reading or writing
  /// shows how. It is told so again as long as it is true. Must not throw; may destroy the object.
  virtual void ready(readiness now) = 0;

 protected:
  ~pollable() = default;
};

/// Waits for all descriptors of a shard with one epoll instance of its own, on which Asio's reactor
/// waits in turn. So waiting costs system calls only when what is waited for changes, and once for
/// all descriptors that are ready together; Asio's own waits cost one for each descriptor each
/// time. Used on its shard only.
class poller : public std::enable_shared_from_this<poller> {
 public:
  /// @throws boost::system::system_error if the process is out of descriptors
  explicit poller(std::shared_ptr<engineio::shard> home);
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  /// Changes what a descriptor is waited for. One that is waited for keeps the executor's context
  /// running, and has to be given up, with nothing to wait for, before it is closed.
  /// @param before what it has been waited for so far
  /// @return false if the system refuses: it is out of memory
  [[nodiscard]] bool wait(int descriptor, pollable& owner, readiness before, readiness wanted);
  /// Waits for nothing any more: the server is being destroyed.
  void stop();

 private:
  void arm();
  void serve();
  // Returns how many there were.
  std::size_t serve_ready();

  std::shared_ptr<engineio::shard> home_;
  boost::asio::posix::stream_descriptor epoll_;
  engineio::handler_memory memory_;  // of the wait
  std::size_t waiting_ = 0;          // how many descriptors are waited for
  bool armed_ = false;
  std::uint64_t wait_number_ =
      0;  // of the wait that counts: an earlier one may still come to its end
  // Whose owners have not been told yet; null for one that has been given up meanwhile.
  std::span<epoll_event> untold_;
};

}  // namespace socketio
