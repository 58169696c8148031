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

/// What is spoken on a connection at the moment: HTTP, or WebSocket after an upgrade.
class connection_protocol {
 public:
  virtual ~connection_protocol() = default;
  connection_protocol(const connection_protocol&) = delete;
  connection_protocol& operator=(const connection_protocol&) = delete;

  /// Takes bytes from the front of `data`, which it may change in place. What it leaves it is given
  /// again, with what follows, after connection::resume().
  virtual void receive(std::span<char>& data) = 0;
  /// The peer has ended its side: no data follows what receive() has left. Called after each
  /// receive() from then on.
  /// @return whether the connection stays open for what is still to be written; else it ends
  virtual bool input_ended() { return false; }
  /// The connection has ended; `error` says what went wrong, empty if the peer closed the
  /// connection or the connection was lost.
  virtual void ended(std::string_view error) = 0;
  /// The deadline has passed.
  virtual void timed_out() = 0;
  /// The network has accepted some output.
  virtual void written() {}
  /// The server closes: to be done with the connection soon.
  virtual void shut_down() = 0;
  /// The connection and the host are gone; use neither.
  virtual void abandoned() = 0;

 protected:
  connection_protocol() = default;
};

/// Knows the connections of the host, shard by shard.
class connection_registry {
 public:
  /// A connection has come to a shard: keeps it.
  virtual void add(const std::shared_ptr<connection>& added) = 0;
  /// A connection is leaving its shard.
  virtual void remove(connection& removed) = 0;
  /// What waits for the sockets of a shard.
  [[nodiscard]] virtual poller& poller_of(const engineio::shard& home) = 0;
  /// What the output queues of a shard share.
  [[nodiscard]] virtual output_queue::spare_pieces& spares_of(const engineio::shard& home) = 0;
  /// Something thrown by the application's code.
  virtual void report(std::exception_ptr error, std::string_view where) = 0;

 protected:
  ~connection_registry() = default;
};

/// A connection: its stream, what waits to be written, and the protocol spoken. While idle it owns
/// no buffer. Lives on one shard, but may be moved to another between two requests.
class connection final : public std::enable_shared_from_this<connection>,
                         private engineio::corked,
                         private pollable {
 public:
  connection(connection_registry& registry, engineio::shard& home, accepted_socket accepted);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Begins to read.
  void start(std::shared_ptr<connection_protocol> protocol);

  [[nodiscard]] engineio::shard& home() const { return *home_; }
  [[nodiscard]] const std::string& remote_address() const { return remote_address_; }
  [[nodiscard]] bool is_tls() const { return stream_.is_tls(); }
  [[nodiscard]] bool is_open() const { return state_ == state::open; }
  /// What is waiting to be written. After appending to it, flush() or flush_later() is due.
  [[nodiscard]] output_queue& output() { return output_; }
  /// Whether the network does not take more at the moment.
  [[nodiscard]] bool blocked() const { return waiting_to_write_ && !output_.empty(); }
  /// Forgets what waits to be written, and writes nothing any more: part of it may have gone out.
  void drop_output();

  /// Writes what waits, as far as the network takes it; the rest follows by itself.
  void flush();
  /// Writes at the end of the turn.
  void flush_later();

  /// Changes the protocol; the rest of the data read goes to the new one.
  void change_protocol(std::shared_ptr<connection_protocol> protocol);
  /// Has the protocol receive data again that it left before.
  void resume();
  /// Stops reading until resume().
  void pause() { paused_ = true; }
  [[nodiscard]] bool paused() const { return paused_; }

  /// The place that the registry has given to it; kept by the registry.
  static constexpr std::size_t unregistered = std::numeric_limits<std::size_t>::max();
  std::size_t registry_place = unregistered;

  /// Sets when timed_out() is called, unless set anew before.
  void set_deadline(std::chrono::milliseconds after);
  void clear_deadline() { deadline_.reset(); }

  /// Writes what waits, then closes. Meanwhile, for a short time, the connection reads and discards
  /// a bounded part of what the peer still sends. The protocol's ended() is not called.
  void finish();
  /// Closes at once; calls ended(), not before this call has returned.
  void abort(std::string_view error);
  /// Asks the protocol to come to an end.
  void shut_down();
  /// The server is being destroyed.
  void abandon();
  /// Whether the protocol is told each time that all output has been written. If not, then only
  /// when the connection has been blocked, or is paused.
  void tell_writes(bool told) { told_of_writes_ = told; }
  /// Has the protocol told that output has been written, not before this call has returned.
  void tell_written_later();

  /// Moves the connection to another shard, where the protocol receives the rest of the data.
  /// Called from the protocol's receive(), which has to return at once.
  void move_to(engineio::shard& target);

 private:
  enum class state : std::uint8_t { open, finishing, closed };

  void ready(readiness now) override;
  void wait_readable();
  void wait_writable();
  void update_wait();
  // Has what is thrown end the connection.
  template <class Function>
  void guarded(Function function);
  void read();
  void read_end();
  // Has the protocol take data; false if no more is to be read here for now.
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
  std::string rest_;                    // read, but not received by the protocol
  std::unique_ptr<deadline> deadline_;  // null while there is none
  engineio::shard* moving_to_ = nullptr;
  state state_ = state::open;
  readiness waited_for_;  // what the poller waits for
  bool serving_ready_ = false;
  bool waiting_to_read_ = false;
  bool waiting_to_write_ = false;
  bool receiving_ = false;
  bool resumed_ = false;           // while receiving
  bool read_wants_write_ = false;  // a TLS read waits until it can write
  bool paused_ = false;
  bool told_of_writes_ = true;
  bool sending_ended_ = false;
  bool output_dropped_ = false;
  bool read_ended_ = false;      // the peer has ended its side
  std::uint32_t discarded_ = 0;  // bytes read while finishing
};

}  // namespace socketio
