// Connections between two shards, each of which runs on a thread of its own.
#include "net/connection.hpp"

#include <gtest/gtest.h>
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
#include <thread>

#include <socketio/engineio/shard.hpp>

namespace {

using namespace std::chrono_literals;
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
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  unique_descriptor peer(ends[1]);
  std::shared_ptr<moving_protocol> protocol;
  host.parts[0].run([&] {
    accepted_socket accepted;
    accepted.descriptor = unique_descriptor(ends[0]);
    const auto added = std::make_shared<connection>(host, *host.parts[0].home, std::move(accepted));
    protocol = std::make_shared<moving_protocol>(host, *added, GetParam().interrupt);
    added->start(protocol);
    host.add(added);
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
  for (const auto deadline = std::chrono::steady_clock::now() + patience; host.count != 0;) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the connection is not closed";
    std::this_thread::yield();
  }
  for (auto& each : host.parts) each.run([&] { each.sockets->stop(); });
}

}  // namespace
