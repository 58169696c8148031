// Middlewares of requests: server::use().
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "engineio/fixture.hpp"

namespace socketio::engineio {
namespace {

using fakes::make_request;
using fakes::make_upgrade_request;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view handshake_query = "EIO=4&transport=polling";

class middlewares : public fakes::engine_test {
 protected:
  void SetUp() override {
    settings_.on_connection_error = [this](const http_request&, const connection_error& error) {
      errors_.push_back(error.context);
    };
    settings_.cors.emplace();
    start();
  }

  // Adds one that keeps its `next`.
  void keep() {
    engine_->use([this](const http_request&, http_fields& fields, http_next passed) {
      fields.set("X-Kept", "yes");
      kept_ = std::move(passed);
    });
  }

  std::vector<std::string> errors_;
  std::vector<std::string> calls_;
  std::optional<http_next> kept_;
};

TEST_F(middlewares, see_each_request_in_their_order_and_add_fields) {
  for (const auto* name : {"one", "two"}) {
    engine_->use(
        [this, name](const http_request& sent, http_fields& fields, const http_next& passed) {
          calls_.push_back(name + (" " + sent.method));
          fields.append("X-By", name);
          fields.append("Set-Cookie", name);
          passed();
          passed.fail();
        });
  }
  engine_->use([](const http_request&, http_fields& fields, const http_next& passed) {
    fields.set("Content-Type", "text/x-ignored");
    passed();
  });
  const auto expect_fields = [](const answer_ptr& answered) {
    ASSERT_TRUE(answered->response);
    const auto& headers = answered->response->headers;
    EXPECT_EQ(headers["X-By"], "one");
    EXPECT_EQ(headers.count("X-By"), 2U);
    EXPECT_EQ(headers.count("Set-Cookie"), 2U);
    EXPECT_EQ(headers["Access-Control-Allow-Origin"], "*");
    EXPECT_NE(headers["Content-Type"], "text/x-ignored");
  };
  const auto opened = get(handshake_query);
  expect_fields(opened);
  sid_ = sockets_[0].id();
  expect_fields(post("4in"));
  const auto held = poll();
  EXPECT_TRUE(held->pending());
  send("out");
  expect_fields(held);
  EXPECT_EQ(held->body(), "4out");
  expect_fields(get("EIO=4&transport=pigeon"));
  const auto upgraded = begin_upgrade();
  EXPECT_EQ(upgraded->status(), 101U);
  EXPECT_EQ(upgraded->response->headers.count("X-By"), 2U);
  EXPECT_EQ(request(make_upgrade_request("EIO=4&transport=websocket"))->status(), 101U);
  EXPECT_EQ(calls_.size(), 12U);
  calls_.resize(4);
  EXPECT_THAT(calls_, ElementsAre("one GET", "two GET", "one POST", "two POST"));
  EXPECT_THAT(errors_, ElementsAre("TRANSPORT_UNKNOWN"));
}

TEST_F(middlewares, may_answer_requests_themselves) {
  engine_->use([](const http_request&, http_fields& fields, const http_next& passed) {
    fields.set("X-First", "1");
    passed();
  });
  engine_->use([](const http_request&, http_fields&, const http_next& passed) {
    passed.respond(http_response(429, "text/plain", "later"));
    passed();
  });
  engine_->use([this](const http_request&, http_fields&, const http_next& passed) {
    calls_.emplace_back("third");
    passed();
  });
  for (auto sent : {make_request("GET", std::string(handshake_query)),
                    make_upgrade_request("EIO=4&transport=websocket")}) {
    const auto answered = request(std::move(sent));
    EXPECT_EQ(answered->status(), 429U);
    EXPECT_EQ(answered->body(), "later");
    EXPECT_EQ(answered->response->headers["X-First"], "1");
    EXPECT_EQ(answered->response->headers["Access-Control-Allow-Origin"], "*");
  }
  EXPECT_THAT(calls_, IsEmpty());
  EXPECT_THAT(errors_, IsEmpty());
}

TEST_F(middlewares, fail_in_several_ways) {
  std::string how;
  engine_->use([&](const http_request&, http_fields&, const http_next& passed) {
    if (how == "throws") throw std::runtime_error("as asked");
    if (how == "fails") passed.fail();
  });
  for (const auto* way : {"throws", "fails", "forgets"}) {
    how = way;
    errors_.clear();
    const auto refused = get(handshake_query);
    EXPECT_EQ(refused->status(), 400U) << way;
    EXPECT_EQ(refused->body(), R"({"code":3,"message":"Bad request"})") << way;
    EXPECT_THAT(errors_, ElementsAre("MIDDLEWARE_FAILURE")) << way;
  }
  const auto upgrade = request(make_upgrade_request("EIO=4&transport=websocket"));
  EXPECT_EQ(upgrade->status(), 400U);
  EXPECT_EQ(upgrade->body(), "Bad request");
  EXPECT_EQ(shards_[0]->read_statistics().exceptions, 1U);
}

TEST_F(middlewares, may_continue_later_from_any_thread) {
  keep();
  const auto waiting = get(handshake_query);
  EXPECT_TRUE(waiting->pending());
  std::thread([&] { (*kept_)(); }).join();
  run([] {});
  EXPECT_EQ(waiting->status(), 200U);
  EXPECT_EQ(waiting->response->headers["X-Kept"], "yes");
}

TEST_F(middlewares, let_clients_go_meanwhile) {
  keep();
  const auto left = get(handshake_query);
  run([&] { left->abort(); });
  EXPECT_TRUE(left->dropped);
  run([&] { (*kept_)(); });
  const auto also_left = get(handshake_query);
  run([&] { also_left->abort(); });
  run([&] { kept_.reset(); });
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_THAT(errors_, IsEmpty());
}

TEST_F(middlewares, do_not_see_a_session_that_ends_meanwhile) {
  bool keeps = false;
  engine_->use([&](const http_request&, http_fields&, http_next passed) {
    if (!keeps) return passed();
    kept_ = std::move(passed);
  });
  open_polling();
  keeps = true;
  const auto waiting = poll();
  run([&] { sockets_[0].target()->discard(); });
  run([&] { (*kept_)(); });
  EXPECT_EQ(waiting->body(), R"({"code":1,"message":"Session ID unknown"})");
}

TEST_F(middlewares, are_not_asked_about_preflights) {
  engine_->use([this](const http_request&, http_fields&, const http_next& passed) {
    calls_.emplace_back("asked");
    passed();
  });
  EXPECT_EQ(request(make_request("OPTIONS", std::string(handshake_query)))->status(), 204U);
  EXPECT_THAT(calls_, IsEmpty());
}

// --- What they attach

struct user {
  std::string name;
};
struct visit {
  int number = 0;
};

class attaching_middlewares : public fakes::engine_test {
 protected:
  // What a session has, if the application attaches nothing else.
  [[nodiscard]] std::string attached_to(const socket& opened) const {
    const auto who = opened.target()->attachment<user>();
    const auto which = opened.target()->attachment<visit>();
    return (who == nullptr ? "nobody" : who->name) + " " +
           (which == nullptr ? "-" : std::to_string(which->number));
  }
};

TEST_F(attaching_middlewares, attach_objects_for_all_that_follow) {
  std::vector<std::string> seen;
  settings_.allow_request = [&](const http_request& sent, const allow_callback& decide) {
    seen.push_back("allow " + sent.attachment<user>()->name);
    decide(std::nullopt, visit{7});
  };
  settings_.generate_id = [&](const http_request& sent, const id_callback& decide) {
    decide("of-" + sent.attachment<user>()->name);
  };
  settings_.initial_headers = [&](http_fields& headers, const http_request& sent) {
    headers.append("X-User", sent.attachment<user>()->name);
  };
  start();
  engine_->use([](const http_request&, http_fields&, const http_next& passed) {
    passed.attach(user{"ann"});
    passed.attach(user{"bob"});
    passed.attach(std::string("text"));
    passed();
    passed.attach(user{"too late"});
  });
  engine_->use([&](const http_request& sent, http_fields&, const http_next& passed) {
    seen.push_back("next " + sent.attachment<user>()->name + *sent.attachment<std::string>());
    EXPECT_EQ(sent.attachment<visit>(), nullptr);
    passed();
  });
  on_open_ = [&](const socket& opened) { seen.push_back(attached_to(opened)); };
  for (auto sent : {make_request("GET", std::string(handshake_query)),
                    make_upgrade_request("EIO=4&transport=websocket")}) {
    seen.clear();
    const auto opened = request(std::move(sent));
    EXPECT_EQ(opened->response->headers["X-User"], "bob");
    EXPECT_THAT(seen, ElementsAre("next bobtext", "allow bob", "bob 7"));
    EXPECT_EQ(sockets_.back().id(), "of-bob");
    run([&] { sockets_.back().target()->discard(); });
  }
}

TEST_F(attaching_middlewares, attach_from_any_thread) {
  std::optional<http_next> kept;
  start();
  engine_->use(
      [&](const http_request&, http_fields&, http_next passed) { kept = std::move(passed); });
  const auto waiting = get(handshake_query);
  std::thread([&] {
    kept->attach(user{"ann"});
    (*kept)();
  }).join();
  run([] {});
  EXPECT_EQ(waiting->status(), 200U);
  EXPECT_EQ(attached_to(sockets_.at(0)), "ann -");
}

TEST_F(attaching_middlewares, leave_a_session_what_its_handshake_had) {
  int number = 0;
  start();
  engine_->use([&](const http_request&, http_fields&, const http_next& passed) {
    passed.attach(visit{++number});
    passed();
  });
  open_polling();
  post("4in");
  begin_upgrade();
  EXPECT_EQ(number, 3);
  EXPECT_EQ(attached_to(sockets_.at(0)), "nobody 1");
}

TEST_F(attaching_middlewares, are_forgotten_with_the_request) {
  const auto kept = std::make_shared<int>(1);
  start();
  engine_->use([&](const http_request& sent, http_fields&, const http_next& passed) {
    passed.attach(kept);
    if (!is_handshake(sent)) passed.fail();
    passed();
  });
  get("EIO=4&transport=pigeon");
  EXPECT_EQ(kept.use_count(), 1);
  get("EIO=4&transport=polling&sid=none");
  EXPECT_EQ(kept.use_count(), 1);
  open_polling();
  EXPECT_EQ(kept.use_count(), 2);
  close();
  EXPECT_EQ(kept.use_count(), 1);
}

TEST_F(middlewares, tell_handshakes_from_later_requests) {
  engine_->use([this](const http_request& sent, http_fields&, const http_next& passed) {
    calls_.emplace_back(is_handshake(sent) ? "handshake" : "later");
    passed();
  });
  open_polling();
  post("4in");
  begin_upgrade();
  open_websocket();
  EXPECT_THAT(calls_, ElementsAre("handshake", "later", "later", "handshake"));
  EXPECT_TRUE(is_handshake(make_request("GET", "sid=&EIO=4"))) << "as the server decides";
}

TEST_F(middlewares, have_to_be_functions) {
  EXPECT_THROW(engine_->use({}), std::invalid_argument);
}

}  // namespace
}  // namespace socketio::engineio
