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

#include "carrier.hpp"
#include "connection_protocol.hpp"
#include "output_queue.hpp"
#include "poller.hpp"
#include "stream.hpp"

namespace socketio::detail {

class connection;

/// The host's connections, shard by shard.
class connection_registry {
 public:
  /// There is a connection of an address. Any thread.
  virtual void entered(std::string_view address) = 0;
  /// There no longer is. Any thread.
  virtual void left(std::string_view address) noexcept = 0;
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
class connection final : public carrier,
                         public std::enable_shared_from_this<connection>,
                         private engineio::corked,
                         private pollable {
 public:
  connection(connection_registry& registry, engineio::shard& home, accepted_socket accepted);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Starts to read.
  void start(std::shared_ptr<connection_protocol> protocol);
  /// Asks the protocol to finish.
  void shut_down();
  /// Releases everything: the server is being destroyed.
  void abandon();

  /// The connection's place in the registry, which maintains it.
  static constexpr std::size_t unregistered = std::numeric_limits<std::size_t>::max();
  std::size_t registry_place = unregistered;

  // carrier
  [[nodiscard]] const std::string& remote_address() const override { return remote_address_; }
  [[nodiscard]] bool is_tls() const override { return stream_.is_tls(); }
  [[nodiscard]] std::optional<std::string> client_subject() const override {
    return stream_.client_subject();
  }
  [[nodiscard]] bool is_open() const override { return state_ == state::open; }
  [[nodiscard]] bool blocked() const override { return wanted_.write && !output_.empty(); }
  void drop_output() override;
  void flush() override;
  void flush_later() override;
  void flush_then_wait(std::chrono::milliseconds time) override;
  void tell_writes(bool told) override { told_of_writes_ = told; }
  void tell_written_later() override;
  void change_protocol(std::shared_ptr<connection_protocol> protocol) override;
  void resume() override;
  void yield() override { reception_ = reception::yielded; }
  void pause() override { paused_ = true; }
  [[nodiscard]] bool paused() const override { return paused_; }
  void move_to(engineio::shard& target) override;
  void set_deadline(std::chrono::milliseconds after) override;
  void clear_deadline() override {
    deadline_.reset();
    output_waits_ = false;
  }
  void finish() override;
  void abort(std::string_view error) override;
  void shut_down_later() override;

 private:
  enum class state : std::uint8_t {
    open,
    finishing,      ///< finish() was called: the rest of the output leaves
    sending_ended,  ///< all output has left, and the peer knows: its side has to end, too
    closed
  };

  /// Whether the protocol's receive() runs.
  enum class reception : std::uint8_t {
    idle,
    running,
    resumed,  ///< it has called resume(): run it again
    yielded   ///< it has called yield(): run it again in the next turn
  };

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

  // Whether finish() was called, and the connection is not yet closed.
  [[nodiscard]] bool is_finishing() const {
    return state_ == state::finishing || state_ == state::sending_ended;
  }

  connection_registry& registry_;
  stream stream_;
  std::string remote_address_;
  std::shared_ptr<connection_protocol> protocol_;
  std::string rest_;                      // data that the protocol has not taken
  std::unique_ptr<deadline> deadline_;    // null without a deadline
  engineio::shard* moving_to_ = nullptr;  // null unless on the way to another shard
  state state_ = state::open;
  reception reception_ = reception::idle;
  readiness wanted_;                 // what the connection waits for
  readiness waited_for_;             // what the poller knows of that
  bool serving_ready_ : 1 = false;   // in ready(), which tells the poller once, at its end
  bool read_wants_write_ = false;    // a TLS read waits until it can write
  bool paused_ : 1 = false;          // pause() was called: the peer has to wait
  bool told_of_writes_ : 1 = true;   // see tell_writes()
  bool output_waits_ = false;        // flush_then_wait() was called, and its time has not passed
  bool output_dropped_ : 1 = false;  // drop_output() was called: nothing may leave any more
  bool read_ended_ : 1 = false;      // the peer has ended its side
  std::uint32_t discarded_ = 0;      // bytes read while finishing
};

}  // namespace socketio::detail
