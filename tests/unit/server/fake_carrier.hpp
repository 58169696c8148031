#pragma once

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/engineio/shard.hpp>

#include "net/carrier.hpp"
#include "net/connection_protocol.hpp"
#include "net/output_queue.hpp"

namespace socketio::detail::fakes {

/// What a fake_carrier is on. Nothing runs the contexts.
struct shards {
  boost::asio::io_context context{1};
  output_queue::spare_pieces spares;
  std::shared_ptr<engineio::shard> first = std::make_shared<engineio::shard>(context, 0);
  std::shared_ptr<engineio::shard> second = std::make_shared<engineio::shard>(context, 1);
};

/// A connection whose peer, network and clock are the test. What a connection does after a call has
/// returned happens in run().
class fake_carrier final : public carrier {
 public:
  explicit fake_carrier(shards& where) : carrier(*where.first, where.spares) {}

  // What the peer, the network and the clock do.

  /// Bytes arrive.
  void receive(std::string_view bytes) {
    rest_.append(bytes);
    receive_rest();
    run();
  }
  /// The peer closes its side. @return whether the protocol keeps the connection open
  bool end_input() {
    receive_rest();
    const bool open = protocol && is_open() && protocol->input_ended();
    run();
    return open;
  }
  /// The network takes so many bytes more.
  void make_room(std::size_t bytes) {
    room_ = bytes < unlimited - room_ ? room_ + bytes : unlimited;
    blocked_ = false;
    flush();
    run();
  }
  /// The network takes nothing until make_room().
  void block() { room_ = 0; }
  /// The deadline passes.
  void pass_deadline() {
    deadline.reset();
    if (std::exchange(output_waits_, false)) {
      flush();
    } else {
      protocol->timed_out();
    }
    run();
  }
  /// The connection is lost.
  void lose() { end({}); }
  /// The turn of the event loop ends.
  void run() {
    while (!tasks_.empty() || corked_) {
      if (std::exchange(corked_, false)) flush();
      for (const auto& task : std::exchange(tasks_, {})) task();
    }
  }
  /// The connection arrives on the shard to which the protocol moves it.
  void arrive() {
    home_ = std::exchange(moving_to, nullptr);
    receive_rest();
    run();
  }

  // What the protocol does.

  std::shared_ptr<connection_protocol> protocol;
  std::string sent;  ///< what the network has taken
  std::optional<std::chrono::milliseconds> deadline;
  std::optional<std::string> aborted;  ///< the error of abort()
  bool finished = false;
  bool dropped = false;
  bool asked_to_shut_down = false;
  int yields = 0;  ///< how often the protocol has let others have their turn
  engineio::shard* moving_to = nullptr;

  /// What has been sent since the last call.
  std::string take_sent() { return std::exchange(sent, {}); }

  // carrier
  [[nodiscard]] const std::string& remote_address() const override { return address_; }
  [[nodiscard]] bool is_tls() const override { return false; }
  [[nodiscard]] std::optional<std::string> client_subject() const override { return {}; }
  [[nodiscard]] bool is_open() const override { return !finished && !ended_; }
  [[nodiscard]] bool blocked() const override { return blocked_; }
  void drop_output() override {
    dropped = true;
    output_.clear();
  }
  void flush() override {
    corked_ = false;
    if (blocked_ || output_waits_ || moving_to != nullptr || ended_) return;
    if (dropped) output_.clear();
    const auto waiting = output_.size();
    while (!output_.empty() && room_ > 0) {
      std::array<iovec, output_queue::max_pieces> pieces;
      const auto front = output_.front(pieces).front();
      const auto bytes = std::min(front.iov_len, room_);
      sent.append(static_cast<const char*>(front.iov_base), bytes);
      if (room_ != unlimited) room_ -= bytes;
      output_.consume(bytes);
    }
    blocked_ = !output_.empty();
    if (!is_open()) return;
    if (blocked_ ? output_.size() < waiting : waiting > 0 && (told_of_writes_ || paused_)) {
      protocol->written();
    }
  }
  void flush_later() override { corked_ = corked_ || !receiving_; }
  void flush_then_wait(std::chrono::milliseconds time) override {
    flush();
    set_deadline(time);
    output_waits_ = true;
  }
  void tell_writes(bool told) override { told_of_writes_ = told; }
  void tell_written_later() override {
    tasks_.emplace_back([this] {
      if (is_open()) protocol->written();
    });
  }
  void change_protocol(std::shared_ptr<connection_protocol> changed) override {
    replaced_.push_back(std::exchange(protocol, std::move(changed)));
  }
  void resume() override {
    paused_ = false;
    resumed_ = true;
    if (receiving_) return;
    tasks_.emplace_back([this] {
      if (is_open() && !paused_ && moving_to == nullptr) receive_rest();
    });
  }
  void yield() override {
    ++yields;
    yielded_ = true;
    tasks_.emplace_back([this] {
      if (is_open() && !paused_ && moving_to == nullptr) receive_rest();
    });
  }
  void pause() override { paused_ = true; }
  [[nodiscard]] bool paused() const override { return paused_; }
  void move_to(engineio::shard& target) override { moving_to = &target; }
  void set_deadline(std::chrono::milliseconds after) override {
    deadline = after;
    output_waits_ = false;
  }
  void clear_deadline() override {
    deadline.reset();
    output_waits_ = false;
  }
  void finish() override {
    finished = true;
    flush_later();
  }
  void abort(std::string_view error) override {
    aborted = error;
    tasks_.emplace_back([this] { end(*aborted); });
  }
  void shut_down_later() override { asked_to_shut_down = true; }

 private:
  static constexpr auto unlimited = std::numeric_limits<std::size_t>::max();

  void receive_rest() {
    if (!is_open()) return;
    receiving_ = true;
    std::span<char> data(rest_);
    for (bool again = true; again;) {
      const auto before = data.size();
      const auto* const receiver = protocol.get();
      resumed_ = yielded_ = false;
      protocol->receive(data);
      again = !yielded_ && is_open() && moving_to == nullptr && !data.empty() &&
              (data.size() != before || receiver != protocol.get() || resumed_);
    }
    receiving_ = false;
    rest_ = std::string(data.data(), data.size());
    flush();
  }
  void end(const std::string& error) {
    if (std::exchange(ended_, true) || finished) return;
    protocol->ended(error);
  }

  std::string address_ = "192.0.2.1";
  std::string rest_;  // what the protocol has left
  std::vector<std::function<void()>> tasks_;
  std::vector<std::shared_ptr<connection_protocol>> replaced_;  // their functions may be running
  std::size_t room_ = unlimited;
  bool blocked_ = false;
  bool corked_ = false;
  bool output_waits_ = false;
  bool receiving_ = false;
  bool resumed_ = false;
  bool yielded_ = false;
  bool paused_ = false;
  bool told_of_writes_ = true;
  bool ended_ = false;
};

}  // namespace socketio::detail::fakes
