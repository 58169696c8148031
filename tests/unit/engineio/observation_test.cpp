#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <utility>

#include <socketio/engineio/session_observer.hpp>

#include "engineio/fixture.hpp"

namespace {

using namespace socketio::engineio;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// --- Observers

// Writes down what it sees.
class recorder final : public session_observer {
 public:
  std::vector<std::string> seen;

  void opened(const session& which) override { seen.push_back("opened " + name(which)); }
  void packet_received(const session&, const packet& received) override {
    seen.push_back("in " + shown(received));
  }
  void packet_sent(const session&, const packet& sent) override {
    seen.push_back("out " + shown(sent));
  }
  void upgraded(const session& which) override { seen.push_back("upgraded " + name(which)); }
  void drained(const session&) override { seen.emplace_back("drained"); }
  void closed(const session&, std::string_view reason, std::string_view description) override {
    seen.push_back("closed " + std::string(reason) + "|" + std::string(description));
  }

 private:
  static std::string name(const session& which) { return std::string(which.transport()); }
  static std::string shown(const packet& packet) {
    return static_cast<char>(packet.type) + std::string(packet.binary ? "binary " : "") +
           std::string(packet.data.substr(0, 6));
  }
};

class throwing_observer final : public session_observer {
  void opened(const session&) override { throw std::runtime_error("opened"); }
  void packet_received(const session&, const packet&) override { throw std::runtime_error("in"); }
  void closed(const session&, std::string_view, std::string_view) override {
    throw std::runtime_error("closed");
  }
};

class observers : public fakes::engine_test {
 protected:
  void observe() {
    start();
    engine_->add_observer(first_);
    engine_->add_observer(second_);
  }

  std::shared_ptr<recorder> first_ = std::make_shared<recorder>();
  std::shared_ptr<recorder> second_ = std::make_shared<recorder>();
};

TEST_F(observers, all_see_what_happens_and_displace_nobody) {
  observe();
  open_polling();
  post("4in");
  const auto held = poll();
  run([&] {
    sockets_[0].send("out");
    sockets_[0].target()->send_text("two ", "parts");
  });
  const auto client = begin_upgrade()->connection;
  receive(client, "2probe");
  receive(client, "5");
  receive(client, "\x01", true);
  run([&] {
    sockets_[0].send(std::as_bytes(std::span("\x02").first(1)));
    sockets_[0].target()->send(encoded_message::binary("\x03"));
  });
  close();
  EXPECT_THAT(first_->seen,
              ElementsAre("opened polling", R"(out 0{"sid")", "drained", "in 4in", "out 4out",
                          "out 4two pa", "drained", "upgraded websocket", "in 4binary \x01",
                          "out 4binary \x02", "out 4binary \x03", "closed forced close|"));
  EXPECT_EQ(second_->seen, first_->seen);
  EXPECT_THAT(events_,
              ElementsAre("open", "text in", "upgrade", "binary \x01", "close forced close|"));
}

TEST_F(observers, hear_when_a_websocket_has_sent_everything) {
  observe();
  const auto client = open_websocket();
  EXPECT_TRUE(client->drain_told);
  first_->seen.clear();
  run([&] { client->drain(); });
  EXPECT_THAT(first_->seen, ElementsAre("drained"));
}

TEST_F(observers, see_heartbeats_and_their_answers) {
  settings_.ping_interval = std::chrono::milliseconds(5);
  observe();
  const auto client = open_websocket();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(run_until([&] { return !client->sent.empty(); }));
    client->sent.clear();
    if (i == 0) receive(client, "3");
  }
  EXPECT_THAT(first_->seen,
              ElementsAre("opened websocket", R"(out 0{"sid")", "out 2", "in 3", "out 2"));
}

TEST_F(observers, cost_a_websocket_nothing_if_there_are_none) {
  EXPECT_FALSE(open_websocket()->drain_told);
}

TEST_F(observers, that_throw_are_reported) {
  start();
  std::vector<std::string> reports;
  shards_[0]->on_exception([&](std::exception_ptr error, std::string_view where) {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& thrown) {
      reports.push_back(std::string(where) + ": " + thrown.what());
    }
  });
  engine_->add_observer(std::make_shared<throwing_observer>());
  engine_->add_observer(first_);
  open_polling();
  post("4in");
  close();
  EXPECT_THAT(events_, ElementsAre("open", "text in", "close forced close|"));
  EXPECT_THAT(reports, ElementsAre("session observer: opened", "session observer: in",
                                   "session observer: closed"));
  EXPECT_EQ(first_->seen.size(), 5U);
  EXPECT_EQ(shards_[0]->read_statistics().exceptions, 3U);
}

// --- Observers of one session

class own_observers : public observers {
 protected:
  session& target() { return *sockets_.back().target(); }
};

TEST_F(own_observers, see_only_their_session) {
  open_polling();
  run([&] { target().add_observer(first_); });
  const auto polling = sid_;
  open_websocket();
  send("other");
  sid_ = polling;
  post("4in");
  const auto held = poll();
  run([&] {
    sockets_[0].send("out");
    sockets_[0].target()->send_text("two ", "parts");
    sockets_[0].target()->add_observer(second_);
  });
  const auto client = begin_upgrade()->connection;
  receive(client, "2probe");
  receive(client, "5");
  run([&] { client->drain(); });
  run([&] { sockets_[0].close(); });
  EXPECT_THAT(first_->seen, ElementsAre("in 4in", "out 4out", "out 4two pa", "drained",
                                        "upgraded websocket", "drained", "closed forced close|"));
  EXPECT_THAT(second_->seen,
              ElementsAre("drained", "upgraded websocket", "drained", "closed forced close|"));
}

TEST_F(own_observers, hear_of_drains_from_when_they_are_added) {
  const auto client = open_websocket();
  EXPECT_FALSE(client->drain_told);
  run([&] { target().add_observer(first_); });
  EXPECT_TRUE(client->drain_told);
  run([&] { client->drain(); });
  EXPECT_THAT(first_->seen, ElementsAre("drained"));
}

// Calls a function with each packet that arrives.
class acting_observer final : public session_observer {
 public:
  explicit acting_observer(std::function<void()> action) : action_(std::move(action)) {}

 private:
  void packet_received(const session&, const packet&) override { action_(); }

  std::function<void()> action_;
};

TEST_F(own_observers, may_be_added_while_others_are_told) {
  const auto client = open_websocket();
  run([&] {
    target().add_observer(std::make_shared<acting_observer>([&] {
      for (int i = 0; i < 10; ++i) target().add_observer(first_);
    }));
    target().add_observer(second_);
  });
  receive(client, "4a");
  EXPECT_THAT(first_->seen, IsEmpty()) << "from the next packet on";
  EXPECT_THAT(second_->seen, ElementsAre("in 4a"));
  receive(client, "4b");
  EXPECT_EQ(first_->seen.size(), 10U);
}

TEST_F(own_observers, are_told_nothing_after_the_end) {
  for (const bool discards : {false, true}) {
    const auto client = open_websocket();
    second_->seen.clear();
    run([&] {
      target().add_observer(std::make_shared<acting_observer>([&] {
        if (discards) {
          target().discard();
        } else {
          target().close();
        }
      }));
      target().add_observer(second_);
    });
    receive(client, "4a");
    EXPECT_THAT(second_->seen, ElementsAre("closed forced close|"));
    run([&] { target().add_observer(second_); });
    EXPECT_EQ(second_.use_count(), 1) << "the session has let go of it";
  }
}

TEST_F(own_observers, are_released_with_the_server) {
  open_polling();
  run([&] { target().add_observer(first_); });
  EXPECT_EQ(first_.use_count(), 2);
  engine_.reset();
  EXPECT_EQ(first_.use_count(), 1);
  EXPECT_THAT(first_->seen, IsEmpty());
}

TEST_F(own_observers, that_throw_are_reported) {
  const auto client = open_websocket();
  run([&] {
    target().add_observer(std::make_shared<throwing_observer>());
    target().add_observer(second_);
  });
  receive(client, "4a");
  EXPECT_THAT(second_->seen, ElementsAre("in 4a"));
  EXPECT_EQ(shards_[0]->read_statistics().exceptions, 1U);
}

TEST_F(own_observers, find_out_about_upgrades) {
  open_polling();
  EXPECT_EQ(target().codec().revision(), "4");
  EXPECT_FALSE(target().is_upgrading());
  auto client = begin_upgrade()->connection;
  EXPECT_TRUE(target().is_upgrading());
  receive(client, "nonsense");
  EXPECT_FALSE(target().is_upgrading());
  EXPECT_FALSE(target().has_upgraded());
  client = begin_upgrade()->connection;
  receive(client, "2probe");
  receive(client, "5");
  EXPECT_FALSE(target().is_upgrading());
  EXPECT_TRUE(target().has_upgraded());
  open_websocket();
  EXPECT_FALSE(target().has_upgraded());
}

// --- Statistics

class engine_statistics : public fakes::engine_test {
 protected:
  [[nodiscard]] statistics now() const { return shards_[0]->read_statistics(); }
};

TEST_F(engine_statistics, count_sessions_by_transport) {
  open_polling();
  const auto client = begin_upgrade()->connection;
  open_websocket();
  EXPECT_EQ(now().sessions["polling"], 1U);
  EXPECT_EQ(now().sessions["websocket"], 1U);
  EXPECT_EQ(now().sessions_opened, 2U);
  EXPECT_EQ(now().upgrades, 0U);
  receive(client, "2probe");
  receive(client, "5");
  EXPECT_EQ(now().sessions["polling"], 0U);
  EXPECT_EQ(now().sessions["websocket"], 2U);
  EXPECT_EQ(now().upgrades, 1U);
  run([&] { client->disconnect(socketio::websocket::close_code::going_away); });
  close();
  EXPECT_EQ(now().sessions["websocket"], 0U);
  EXPECT_EQ(now().sessions["other"], 0U);
  EXPECT_EQ(now().sessions_ended["transport close"], 1U);
  EXPECT_EQ(now().sessions_ended["forced close"], 1U);
  EXPECT_EQ(now().sessions_opened, 2U);
}

TEST_F(engine_statistics, count_packets_and_bytes) {
  open_polling();
  const auto before = now();
  EXPECT_EQ(before.packets_sent, 1U) << "the open packet";
  post(
      "4abc\x1e"
      "4de");
  run([&] {
    sockets_[0].send("four");
    sockets_[0].target()->send_text("fi", "ve!");
    sockets_[0].target()->send(encoded_message::binary("six"));
  });
  EXPECT_EQ(now().packets_received, 2U);
  EXPECT_EQ(now().bytes_received, 5U);
  EXPECT_EQ(now().packets_sent, 4U);
  EXPECT_EQ(now().bytes_sent - before.bytes_sent, 12U);
}

TEST_F(engine_statistics, count_bytes_that_wait_for_a_poll) {
  open_polling();
  EXPECT_EQ(now().queue_bytes, 0U);
  send(std::string(1000, 'x'));
  EXPECT_GE(now().queue_bytes, 1000U);
  poll();
  EXPECT_EQ(now().queue_bytes, 0U);
  send(std::string(1000, 'x'));
  const auto client = begin_upgrade()->connection;
  receive(client, "2probe");
  receive(client, "5");
  EXPECT_EQ(now().queue_bytes, 0U);
}

TEST_F(engine_statistics, count_no_bytes_of_sessions_that_ended) {
  settings_.max_send_queue = 2000;
  for (const auto how : {"close", "overflow"}) {
    open_polling();
    for (int i = 0; i < 3; ++i) send(std::string(how[0] == 'o' ? 1000 : 100, 'x'));
    if (how[0] == 'c') {
      close();
      poll();
    }
    EXPECT_EQ(now().queue_bytes, 0U) << how;
  }
}

TEST_F(engine_statistics, count_refusals_by_kind) {
  get("EIO=4&transport=pigeon");
  get("EIO=4&transport=polling&sid=unknown");
  get("EIO=3&transport=polling");
  get("EIO=3&transport=polling");
  EXPECT_EQ(now().refusals["unknown transport"], 1U);
  EXPECT_EQ(now().refusals["unknown sid"], 1U);
  EXPECT_EQ(now().refusals["unsupported protocol version"], 2U);
  EXPECT_EQ(now().refusals["forbidden"], 0U);
}

TEST_F(engine_statistics, tell_how_late_the_loop_is) {
  settings_.ping_interval = std::chrono::milliseconds(1);
  open_polling();
  run([] {
    const auto busy_until = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
    while (std::chrono::steady_clock::now() < busy_until) continue;
  });
  ASSERT_TRUE(run_until([&] { return now().max_lag.count() > 0; }));
  EXPECT_GE(now().max_lag, std::chrono::milliseconds(10));
  EXPECT_GE(now().max_lag, now().lag);
}

TEST(statistics, add_up) {
  shard_counters counters;
  counters.connections.add(2);
  counters.sessions["websocket"].add(3);
  counters.sessions["unheard of"].add(1);
  counters.queue_bytes.add(4);
  counters.dropped.add(5);
  counters.sockets_ended["ping timeout"].add(6);
  counters.exceptions = 7;
  auto sum = counters.read();
  sum.lag = std::chrono::microseconds(8);
  auto other = sum;
  other.lag = std::chrono::microseconds(9);
  sum += other;
  EXPECT_EQ(sum.connections, 4U);
  EXPECT_EQ(sum.sessions["websocket"], 6U);
  EXPECT_EQ(sum.sessions["other"], 2U);
  EXPECT_EQ(sum.sessions["also unheard of"], 2U);
  EXPECT_EQ(sum.queue_bytes, 8U);
  EXPECT_EQ(sum.dropped, 10U);
  EXPECT_EQ(sum.sockets_ended["ping timeout"], 12U);
  EXPECT_EQ(sum.exceptions, 14U);
  EXPECT_EQ(sum.lag.count(), 9);
}

}  // namespace
