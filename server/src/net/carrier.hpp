#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <socketio/engineio/shard.hpp>

#include "connection_protocol.hpp"
#include "output_queue.hpp"

namespace socketio::detail {

/// What a protocol runs on: a connection, as far as its protocol knows it. Tests bring others. Use
/// it on its shard.
///
/// The output is a member, so that a message costs one virtual call, which flushes it.
class carrier {
 public:
  carrier(const carrier&) = delete;
  carrier& operator=(const carrier&) = delete;

  [[nodiscard]] engineio::shard& home() const { return *home_; }
  [[nodiscard]] virtual const std::string& remote_address() const = 0;
  [[nodiscard]] virtual bool is_tls() const = 0;
  /// The subject of the peer's certificate, if it has a valid one.
  [[nodiscard]] virtual std::optional<std::string> client_subject() const = 0;
  /// Whether the protocol may go on: neither finish() has been called, nor has it ended.
  [[nodiscard]] virtual bool is_open() const = 0;

  /// The unsent output. After appending to it, call flush() or flush_later().
  [[nodiscard]] output_queue& output() { return output_; }
  [[nodiscard]] const output_queue& output() const { return output_; }
  /// Whether the network takes no more output for now.
  [[nodiscard]] virtual bool blocked() const = 0;
  /// Drops the output, and writes nothing any more, because part of a message may have left.
  virtual void drop_output() = 0;
  /// Writes as much output as the network takes; the rest follows by itself.
  virtual void flush() = 0;
  /// Writes at the end of the turn.
  virtual void flush_later() = 0;
  /// Writes what there is, and the rest not before that time, unless a deadline is set before.
  virtual void flush_then_wait(std::chrono::milliseconds time) = 0;
  /// Whether to call written() each time all output has been written. If not, only when the
  /// connection was blocked, or is paused.
  virtual void tell_writes(bool told) = 0;
  /// Calls written() after this call has returned.
  virtual void tell_written_later() = 0;

  /// Changes the protocol. The new one receives the rest of the data.
  virtual void change_protocol(std::shared_ptr<connection_protocol> protocol) = 0;
  /// Lets the protocol receive again, first the data that it left.
  virtual void resume() = 0;
  /// Lets other connections have their turn: when receive() has returned, the protocol receives the
  /// rest of the data in a later turn. Only receive() may call it.
  virtual void yield() = 0;
  /// Stops reading until resume().
  virtual void pause() = 0;
  [[nodiscard]] virtual bool paused() const = 0;
  /// Moves the connection to another shard, where the protocol receives the rest of the data. Only
  /// the protocol's receive() may call it, and has to return at once.
  virtual void move_to(engineio::shard& target) = 0;

  /// Calls timed_out() then, unless the deadline is changed before.
  virtual void set_deadline(std::chrono::milliseconds after) = 0;
  virtual void clear_deadline() = 0;

  /// Writes the output, then closes. Meanwhile, for a short time, the connection reads and discards
  /// a bounded amount of data from the peer. Does not call ended().
  virtual void finish() = 0;
  /// Closes at once. Calls ended() after this call has returned.
  virtual void abort(std::string_view error) = 0;
  /// Calls shut_down() after this call has returned.
  virtual void shut_down_later() = 0;

 protected:
  carrier(engineio::shard& home, output_queue::spare_pieces& spares)
      : home_(&home), output_(spares) {}
  ~carrier() = default;

  engineio::shard* home_;
  output_queue output_;
};

}  // namespace socketio::detail
