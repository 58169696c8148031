#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <socketio/engineio/shard.hpp>
#include <socketio/engineio/timer.hpp>

#include "output_queue.hpp"
#include "poller.hpp"
#include "stream.hpp"

namespace socketio {

class connection;

/// The protocol on a connection: HTTP, or WebSocket after an upgrade.
class connection_protocol {
 public:
  virtual ~connection_protocol() = default;
  connection_protocol(const connection_protocol&) = delete;
  connection_protocol& operator=(const connection_protocol&) = delete;

  /// Takes bytes from the front of `data`, and may change them in place. After connection::resume()
  /// it receives those that it left, with the following ones.
  virtual void receive(std::span<char>& data) = 0;
  /// The peer has closed its side: no data follows what receive() has left. Called after each
  /// receive() from then on.
  /// @return whether the connection stays open to write more; else it ends
  virtual bool input_ended() { return false; }
  /// The connection has ended. `error` says what went wrong; it is empty if the peer closed the
  /// connection, or the connection was lost.
  virtual void ended(std::string_view error) = 0;
  /// The deadline has passed.
  virtual void timed_out() = 0;
  /// The network has accepted some output.
  virtual void written() {}
  /// The server is closing: finish with the connection soon.
  virtual void shut_down() = 0;
  /// The connection and the host are gone; use neither.
  virtual void abandoned() = 0;

 protected:
  connection_protocol() = default;
};

/// The host's connections, shard by shard.
class connection_registry {
 public:
  /// Adds, and owns, a connection of a shard.
  virtual void add(const std::shared_ptr<connection>& added) = 0;
  /// Removes a connection that leaves its shard.
  virtual void remove(connection& removed) = 0;
  /// The poller of a shard.
  [[nodiscard]] virtual poller& poller_of(const engineio::shard& home) = 0;
  /// The spare pieces that the output queues of a shard share.
  [[nodiscard]] virtual output_queue::spare_pieces& spares_of(const engineio::shard& home) = 0;

 protected:
  ~connection_registry() = default;
};

/// A connection: its stream, its output, and its protocol. While idle it owns no buffer. It lives
/// on one shard, but may move to another between two requests.
class connection final : public std::enable_shared_from_this<connection>,
                         private engineio::corked,
                         private pollable {
 public:
  connection(connection_registry& registry, engineio::shard& home, accepted_socket accepted);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Starts to read.
  void start(std::shared_ptr<connection_protocol> protocol);

  [[nodiscard]] engineio::shard& home() const { return *home_; }
  [[nodiscard]] const std::string& remote_address() const { return remote_address_; }
  [[nodiscard]] bool is_tls() const { return stream_.is_tls(); }
  [[nodiscard]] bool is_open() const { return state_ == state::open; }
  /// The unsent output. After appending to it, call flush() or flush_later().
  [[nodiscard]] output_queue& output() { return output_; }
  /// Whether the network takes no more output for now.
  [[nodiscard]] bool blocked() const { return waiting_to_write_ && !output_.empty(); }
  /// Drops the output, and writes nothing any more, because part of a message may have left.
  void drop_output();

  /// Writes as much output as the network takes; the rest follows by itself.
  void flush();
  /// Writes at the end of the turn.
  void flush_later();

  /// Changes the protocol. The new one receives the rest of the data.
  void change_protocol(std::shared_ptr<connection_protocol> protocol);
  /// Lets the protocol receive again, first the data that it left.
  void resume();
  /// Stops reading until resume().
  void pause() { paused_ = true; }
  [[nodiscard]] bool paused() const { return paused_; }

  /// The connection's place in the registry, which maintains it.
  static constexpr std::size_t unregistered = std::numeric_limits<std::size_t>::max();
  std::size_t registry_place = unregistered;

  /// Calls timed_out() then, unless the deadline is changed before.
  void set_deadline(std::chrono::milliseconds after);
  void clear_deadline() { deadline_.reset(); }

  /// Writes the output, then closes. Meanwhile, for a short time, the connection reads and discards
  /// a bounded amount of data from the peer. Does not call ended().
  void finish();
  /// Closes at once. Calls ended() after this call has returned.
  void abort(std::string_view error);
  /// Asks the protocol to finish.
  void shut_down();
  /// Releases everything: the server is being destroyed.
  void abandon();
  /// Whether to call written() each time all output has been written. If not, only when the
  /// connection was blocked, or is paused.
  void tell_writes(bool told) { told_of_writes_ = told; }
  /// Calls written() after this call has returned.
  void tell_written_later();

  /// Moves the connection to another shard, where the protocol receives the rest of the data. Only
  /// the protocol's receive() may call it, and has to return at once.
  void move_to(engineio::shard& target);

 private:
  enum class state : std::uint8_t { open, finishing, closed };

  void ready(readiness now) override;
  void wait_readable();
  void wait_writable();
  void update_wait();
  // Calls a function, and ends the connection if it throws.
  template <class Function>
  void guarded(Function function);
  void read();
  void read_end();
  // Passes data to the protocol. Returns false if the caller has to stop reading.
  bool receive(std::span<char> data);
  void uncork() override;
  void move();
  void complete_move();
  // Between move_to() and complete_move(): the connection comes to its end here.
  void cancel_move();
  void deadline_passed();
  void end(std::string_view error);
  void close();

  using deadline = engineio::member_timer<connection, &connection::deadline_passed>;

  connection_registry& registry_;
  engineio::shard* home_;
  stream stream_;
  std::string remote_address_;
  std::shared_ptr<connection_protocol> protocol_;
  output_queue output_;
  std::string rest_;                    // data that the protocol has not taken
  std::unique_ptr<deadline> deadline_;  // null without a deadline
  engineio::shard* moving_to_ = nullptr;
  state state_ = state::open;
  readiness waited_for_;  // what the poller waits for now
  bool serving_ready_ = false;
  bool waiting_to_read_ = false;
  bool waiting_to_write_ = false;
  bool receiving_ = false;
  bool resumed_ = false;           // resume() was called while receiving
  bool read_wants_write_ = false;  // a TLS read waits until it can write
  bool paused_ = false;
  bool told_of_writes_ = true;
  bool sending_ended_ = false;
  bool output_dropped_ = false;
  bool read_ended_ = false;      // the peer has ended its side
  std::uint32_t discarded_ = 0;  // bytes read while finishing
};

}  // namespace socketio
