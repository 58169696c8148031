// Connections over socket pairs, on two shards, each of which runs on a thread of its own.
#include "net/connection.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <socketio/engineio/shard.hpp>

namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using socketio::detail::accepted_socket;
using socketio::detail::connection;
using socketio::detail::connection_protocol;
using socketio::detail::output_queue;
using socketio::detail::poller;
using socketio::detail::unique_descriptor;
using socketio::engineio::shard;

constexpr auto patience = 10s;

// A shard with its thread.
struct part {
  explicit part(std::size_t index)
      : home(std::make_shared<shard>(context, index)),
        sockets(std::make_shared<poller>(home)),
        thread([this] { context.run(); }) {
    home->on_exception(
        [](std::exception_ptr, std::string_view) { ADD_FAILURE() << "an exception"; });
  }
  ~part() {
    work.reset();
    context.stop();
  }
  part(const part&) = delete;
  part& operator=(const part&) = delete;

  // Runs a function on the shard, and waits for it.
  template <class Function>
  void run(Function function) {
    std::promise<void> done;
    home->post([&] {
      function();
      done.set_value();
    });
    ASSERT_EQ(done.get_future().wait_for(patience), std::future_status::ready);
  }

  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      context.get_executor()};
  output_queue::spare_pieces spares;
  std::shared_ptr<shard> home;
  std::shared_ptr<poller> sockets;
  std::jthread thread;
};

class registry final : public socketio::detail::connection_registry {
 public:
  void entered(std::string_view /*address*/) override {}
  void left(std::string_view /*address*/) noexcept override {}
  void add(const std::shared_ptr<connection>& added) override {
    EXPECT_TRUE(added->home().running_here());
    kept_ = added;
    ++count;
  }
  void remove(connection& removed) override {
    EXPECT_TRUE(removed.home().running_here());
    kept_.reset();
    --count;
  }
  [[nodiscard]] poller& poller_of(const shard& home) override {
    return *parts[home.index()].sockets;
  }
  [[nodiscard]] output_queue::spare_pieces& spares_of(const shard& home) override {
    return parts[home.index()].spares;
  }

  // Begins a connection on the first shard, with the protocol that a function makes for it.
  // @return the other end
  template <class Function>
  unique_descriptor connect(Function make_protocol) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    parts[0].run([&] {
      accepted_socket accepted;
      accepted.descriptor = unique_descriptor(ends[0]);
      const auto added = std::make_shared<connection>(*this, *parts[0].home, std::move(accepted));
      added->start(make_protocol(*added));
      add(added);
    });
    return unique_descriptor(ends[1]);
  }
  // Waits until the connection has ended, and stops the shards.
  void finish() {
    for (const auto deadline = std::chrono::steady_clock::now() + patience; count != 0;) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the connection is not closed";
      std::this_thread::yield();
    }
    for (auto& each : parts) each.run([&] { each.sockets->stop(); });
  }

  std::array<part, 2> parts{part(0), part(1)};
  std::atomic<int> count{0};

 private:
  std::shared_ptr<connection> kept_;
};

// Moves to the second shard when something comes, and is interrupted before it arrives there.
class moving_protocol final : public connection_protocol {
 public:
  using interruption = void (*)(connection&);

  moving_protocol(registry& host, connection& carrier, interruption interrupt)
      : host_(host), connection_(&carrier), interrupt_(interrupt) {}

  std::promise<std::string> end;

 private:
  void receive(std::span<char>& /*data*/) override {
    auto& target = *host_.parts[1].home;
    if (&connection_->home() == &target) return;
    connection_->move_to(target);
    // The connection posts the rest of its move behind this.
    connection_->home().post([this] { interrupt_(*connection_); });
  }
  void ended(std::string_view error) override { tell(std::string(error)); }
  void timed_out() override { shut_down(); }
  void shut_down() override {
    auto* const carrier = connection_;
    tell("finished");
    carrier->finish();
  }
  void abandoned() override {}

  void tell(const std::string& what) {
    EXPECT_TRUE(connection_->home().running_here());
    end.set_value(what);
  }

  registry& host_;
  connection* connection_;
  interruption interrupt_;
};

struct interrupted_move {
  const char* name;
  moving_protocol::interruption interrupt;
  const char* end;
};

class moving_connection : public ::testing::TestWithParam<interrupted_move> {};

INSTANTIATE_TEST_SUITE_P(
    interrupted, moving_connection,
    ::testing::Values(
        interrupted_move{"aborted", [](connection& moving) { moving.abort("aborted"); }, "aborted"},
        interrupted_move{"shut_down", [](connection& moving) { moving.shut_down(); }, "finished"},
        interrupted_move{"undisturbed", [](connection&) {}, ""}),
    [](const auto& test) { return test.param.name; });

TEST_P(moving_connection, ends_where_it_lives) {
  registry host;
  std::shared_ptr<moving_protocol> protocol;
  auto peer = host.connect([&](connection& added) {
    return protocol = std::make_shared<moving_protocol>(host, added, GetParam().interrupt);
  });
  auto end = protocol->end.get_future();
  ASSERT_EQ(::write(peer.get(), "x", 1), 1);
  if (*GetParam().end == '\0') {
    // It arrives, and ends there when the peer goes.
    ASSERT_EQ(::shutdown(peer.get(), SHUT_WR), 0);
  }
  ASSERT_EQ(end.wait_for(patience), std::future_status::ready);
  EXPECT_EQ(end.get(), GetParam().end);
  peer = unique_descriptor();
  host.finish();
}

// Takes a byte at a time, as http_connection does a request.
class byte_protocol final : public connection_protocol {
 public:
  explicit byte_protocol(connection& carrier) : connection_(carrier) {}

  std::promise<std::size_t> before_the_others;
  std::promise<std::string> all;

 private:
  void receive(std::span<char>& data) override {
    if (data.empty()) return;
    if (received_.empty()) {
      connection_.home().post([this] { before_the_others.set_value(received_.size()); });
    }
    received_.push_back(data.front());
    data = data.subspan(1);
    if (data.empty()) all.set_value(received_);
  }
  void ended(std::string_view /*error*/) override {}
  void timed_out() override {}
  void shut_down() override {}
  void abandoned() override {}

  connection& connection_;
  std::string received_;
};

TEST(Connection, LetsOthersHaveTheirTurnAmidManyRequests) {
  registry host;
  std::shared_ptr<byte_protocol> protocol;
  auto peer = host.connect(
      [&](connection& added) { return protocol = std::make_shared<byte_protocol>(added); });
  std::string sent;
  for (char c = ' '; c < '~'; ++c) sent.push_back(c);
  auto before = protocol->before_the_others.get_future();
  auto all = protocol->all.get_future();
  ASSERT_EQ(::write(peer.get(), sent.data(), sent.size()), static_cast<ssize_t>(sent.size()));
  ASSERT_EQ(all.wait_for(patience), std::future_status::ready);
  EXPECT_EQ(before.get(), 16U);
  EXPECT_EQ(all.get(), sent);
  peer = {};
  host.finish();
}

// Does nothing by itself.
class quiet_protocol final : public connection_protocol {
 public:
  explicit quiet_protocol(connection& carrier) : connection_(carrier) {}

 private:
  void receive(std::span<char>& data) override { data = {}; }
  void ended(std::string_view /*error*/) override {}
  void timed_out() override { ADD_FAILURE() << "the protocol has no deadline"; }
  void shut_down() override { connection_.finish(); }
  void abandoned() override {}

  connection& connection_;
};

// Output that waits for a time, or for the end of it.
class waiting_output : public ::testing::Test {
 protected:
  waiting_output() {
    peer_ = host_.connect([this](connection& added) {
      connection_ = &added;
      return std::make_shared<quiet_protocol>(added);
    });
  }
  ~waiting_output() override {
    peer_ = {};
    host_.finish();
  }
  waiting_output(const waiting_output&) = delete;
  waiting_output& operator=(const waiting_output&) = delete;

  // Writes "first", and lets "second" wait.
  void write(std::chrono::milliseconds time) {
    on_shard([&] {
      connection_->output().append("first"sv);
      connection_->flush_then_wait(time);
      connection_->output().append("second"sv);
      connection_->flush();
    });
  }
  template <class Function>
  void on_shard(Function function) {
    host_.parts[0].run(function);
  }
  // What has arrived.
  std::string arrived() {
    std::array<char, 64> buffer{};
    const auto size = ::recv(peer_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    return {buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  }
  // What arrives.
  std::string awaited() {
    pollfd waiting{peer_.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&waiting, 1, std::chrono::milliseconds(patience).count()), 1);
    return arrived();
  }

  registry host_;
  unique_descriptor peer_;
  connection* connection_ = nullptr;
};

TEST_F(waiting_output, leaves_when_the_time_has_passed) {
  write(20ms);
  std::string all;
  while (all.size() < 11) all += awaited();
  EXPECT_EQ(all, "firstsecond");
}

TEST_F(waiting_output, does_not_leave_before) {
  write(1h);
  EXPECT_EQ(awaited(), "first");
  on_shard([&] { connection_->flush_later(); });
  on_shard([] {});
  EXPECT_EQ(arrived(), "");
}

TEST_F(waiting_output, leaves_when_the_connection_finishes) {
  write(1h);
  EXPECT_EQ(awaited(), "first");
  on_shard([&] { connection_->finish(); });
  EXPECT_EQ(awaited(), "second");
}

TEST_F(waiting_output, leaves_when_there_is_a_deadline) {
  write(1h);
  EXPECT_EQ(awaited(), "first");
  on_shard([&] {
    connection_->set_deadline(1h);
    connection_->flush();
  });
  EXPECT_EQ(awaited(), "second");
}

}  // namespace
