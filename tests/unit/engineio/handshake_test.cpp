// What the application decides about a handshake, besides whether it is allowed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <socketio/engineio/session_observer.hpp>

#include "engineio/fixture.hpp"

namespace socketio::engineio {
namespace {

using fakes::make_request;
using fakes::make_upgrade_request;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view handshake_query = "EIO=4&transport=polling";

// --- Attachments

class attachments : public fakes::engine_test {
 protected:
  void SetUp() override {
    settings_.allow_request = [this](const http_request& sent, const allow_callback& decide) {
      if (sent.headers["Cookie"] == "anonymous") {
        decide(std::nullopt);
      } else {
        decide(std::nullopt, user_);
      }
    };
  }

  static std::string user_of(const session& which) {
    const auto user = which.attachment<std::string>();
    return user == nullptr ? "nobody" : *user;
  }

  std::shared_ptr<std::string> user_ = std::make_shared<std::string>("alice");
};

TEST_F(attachments, come_from_allow_request) {
  std::vector<std::string> names;
  on_open_ = [&](const socket& opened) { names.push_back(user_of(*opened.target())); };
  open_polling();
  open_websocket();
  auto anonymous = make_request("GET", std::string(handshake_query));
  anonymous.headers.append("Cookie", "anonymous");
  request(std::move(anonymous));
  EXPECT_THAT(names, ElementsAre("alice", "alice", "nobody"));
}

// Writes down what is attached when a session opens and ends.
class attachment_observer final : public session_observer {
 public:
  std::vector<std::string> seen;
  std::string (*user_of)(const session&) = nullptr;

 private:
  void opened(const session& which) override { seen.push_back("opened " + user_of(which)); }
  void closed(const session& which, std::string_view, std::string_view) override {
    seen.push_back("closed " + user_of(which));
  }
};

TEST_F(attachments, last_until_the_end_has_been_told) {
  start();
  const auto observer = std::make_shared<attachment_observer>();
  observer->user_of = user_of;
  engine_->add_observer(observer);
  open_polling();
  EXPECT_EQ(user_.use_count(), 2);
  close();
  EXPECT_THAT(observer->seen, ElementsAre("opened alice", "closed alice"));
  EXPECT_EQ(user_of(*sockets_[0].target()), "nobody");
  EXPECT_EQ(user_.use_count(), 1);
}

TEST_F(attachments, can_be_exchanged) {
  open_polling();
  auto& target = *sockets_[0].target();
  run([&] { target.attach(std::make_shared<std::string>("bob")); });
  EXPECT_EQ(user_of(target), "bob");
  EXPECT_EQ(user_.use_count(), 1);
  close();
  run([&] { target.attach(user_); });
  EXPECT_TRUE(target.attached().empty()) << "too late";
}

TEST_F(attachments, are_released_with_the_server_and_with_handshakes_that_end) {
  open_polling();
  engine_->close();
  get(handshake_query);
  EXPECT_EQ(user_.use_count(), 1);
  engine_.reset();
  open_polling();
  engine_.reset();
  EXPECT_EQ(user_.use_count(), 1);
  EXPECT_TRUE(sockets_.back().target()->attached().empty());
}

// --- Chosen ids

class chosen_ids : public fakes::engine_test {
 protected:
  void SetUp() override {
    settings_.generate_id = [this](const http_request&, id_callback decide) {
      if (decides_at_once_) {
        decide(next_id_);
      } else {
        decide_ = std::move(decide);
      }
    };
    settings_.on_connection_error = [this](const http_request&, const connection_error& error) {
      errors_.push_back(error);
    };
  }

  // A handshake is refused because of its id.
  void expect_refusal(std::string_view why) {
    errors_.clear();
    const auto refused = get(handshake_query);
    EXPECT_EQ(refused->status(), 400U) << why;
    EXPECT_EQ(refused->body(), R"({"code":3,"message":"Bad request"})");
    ASSERT_EQ(errors_.size(), 1U);
    EXPECT_EQ(errors_[0].context, "ID_GENERATION_ERROR");
    EXPECT_EQ(errors_[0].details["error"], why);
  }

  std::string next_id_ = "alice";
  bool decides_at_once_ = true;
  id_callback decide_;
  std::vector<connection_error> errors_;
};

TEST_F(chosen_ids, are_used_on_all_transports) {
  settings_.cookie.emplace();
  const auto opened = get(handshake_query);
  EXPECT_THAT(opened->body(), ::testing::StartsWith(R"(0{"sid":"alice",)"));
  EXPECT_EQ(opened->response->headers["Set-Cookie"], "io=alice; Path=/; HttpOnly; SameSite=Lax");
  EXPECT_EQ(sockets_[0].id(), "alice");
  EXPECT_EQ(sockets_[0].request().target, "/engine.io/?EIO=4&transport=polling");
  sid_ = "alice";
  EXPECT_EQ(post("4in")->status(), 200U);
  const auto client = begin_upgrade()->connection;
  receive(client, "2probe");
  receive(client, "5");
  receive(client, "4more");
  EXPECT_THAT(events_, ElementsAre("open", "text in", "upgrade", "text more"));
  next_id_ = "bob";
  open_websocket();
  EXPECT_EQ(sid_, "bob");
  next_id_ = "20-characters-exact!";
  open_websocket();
  EXPECT_EQ(sid_, next_id_);
}

TEST_F(chosen_ids, have_any_characters_that_a_cookie_may_have) {
  next_id_ = "!#$%&'()*+-./0189:<=>?@AZ[]^_`az{|}~";
  open_polling();
  EXPECT_EQ(sid_, next_id_);
  sid_ = "%21%23%24%25%26%27%28%29%2A%2B-.%2F0189%3A%3C%3D%3E%3F%40AZ%5B%5D%5E_%60az%7B%7C%7D~";
  EXPECT_EQ(post("4in")->status(), 200U);
  next_id_ = std::string(128, 'x');
  open_polling();
}

TEST_F(chosen_ids, are_refused_if_they_cannot_be) {
  next_id_ = "";
  expect_refusal("the id is empty");
  next_id_ = std::string(129, 'x');
  expect_refusal("the id is longer than 128 characters");
  for (const auto* id : {"a b", "a;b", "a,b", "a\"b", "a\\b", "a\x7f", "a\n", "caf\xC3\xA9"}) {
    next_id_ = id;
    expect_refusal("the id has a character that no cookie may have");
  }
  next_id_ = std::string(20, '\0');
  expect_refusal("the id has a character that no cookie may have");
  EXPECT_EQ(engine_->clients_count(), 0U);
}

TEST_F(chosen_ids, are_refused_while_another_session_has_them) {
  open_polling();
  expect_refusal("the id is in use");
  const auto upgrade = request(make_upgrade_request("EIO=4&transport=websocket"));
  EXPECT_EQ(upgrade->status(), 400U) << "before the 101";
  run([&] { sockets_[0].target()->discard(); });
  open_polling();
  EXPECT_EQ(sid_, "alice");
  EXPECT_EQ(engine_->clients_count(), 1U);
}

TEST_F(chosen_ids, may_come_later_from_any_thread) {
  decides_at_once_ = false;
  const auto waiting = get(handshake_query);
  EXPECT_TRUE(waiting->pending());
  std::thread([&] {
    decide_("carol");
    decide_("dave");
  }).join();
  run([] {});
  EXPECT_THAT(waiting->body(), ::testing::HasSubstr("carol"));
  EXPECT_EQ(engine_->clients_count(), 1U);
}

TEST_F(chosen_ids, come_too_late_for_a_client_that_has_gone) {
  decides_at_once_ = false;
  const auto left = get(handshake_query);
  run([&] { left->abort(); });
  EXPECT_TRUE(left->dropped);
  run([&] { decide_("alice"); });
  EXPECT_EQ(engine_->clients_count(), 0U);
  decides_at_once_ = true;
  open_polling();
  EXPECT_EQ(sid_, "alice") << "it is free";
}

TEST_F(chosen_ids, come_too_late_for_a_server_that_has_closed) {
  decides_at_once_ = false;
  const auto late = get(handshake_query);
  engine_->close();
  run([&] { decide_("alice"); });
  EXPECT_EQ(late->status(), 503U);
  EXPECT_EQ(engine_->shard_of(make_request("GET", "sid=alice")), std::nullopt);
}

TEST_F(chosen_ids, may_fail_to_come) {
  settings_.generate_id = [](const http_request& sent, const id_callback&) {
    if (sent.method == "GET") throw std::runtime_error("as asked");
  };
  expect_refusal("there is no id");
  EXPECT_EQ(shards_[0]->read_statistics().exceptions, 1U);
}

TEST_F(chosen_ids, may_be_forgotten) {
  settings_.generate_id = [](const http_request&, const id_callback&) {};
  expect_refusal("there is no id");
}

TEST_F(chosen_ids, name_their_shard_as_long_as_they_last) {
  start(3);
  const auto query = make_request("GET", "EIO=4&transport=polling&sid=alice");
  EXPECT_EQ(engine_->shard_of(query), std::nullopt);
  request(make_request("GET", std::string(handshake_query)), 2);
  EXPECT_EQ(engine_->shard_of(query), 2U);
  EXPECT_EQ(engine_->shard_of(make_request("GET", "sid=%61lice")), 2U);
  run([&] { sockets_[0].target()->discard(); });
  EXPECT_EQ(engine_->shard_of(query), std::nullopt);
  // It looks as if it named shard 0.
  next_id_ = "AAAAAAAAAAAAAAAAAAAA";
  request(make_request("GET", std::string(handshake_query)), 1);
  EXPECT_EQ(engine_->shard_of(make_request("GET", "sid=" + next_id_)), 1U);
}

}  // namespace
}  // namespace socketio::engineio
