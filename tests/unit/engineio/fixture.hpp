#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/engineio/server.hpp>
#include <socketio/engineio/session.hpp>
#include <socketio/engineio/shard.hpp>

#include "engineio/fakes.hpp"

namespace socketio::engineio::fakes {

/// An engine whose clients are the test. Its sockets record their events in `events_`: `open`,
/// `text hello`, `binary ...`, `upgrade`, `close reason|description`.
class engine_test : public ::testing::Test {
 protected:
  using answer_ptr = std::shared_ptr<answer>;

  void start(std::size_t shards = 1) {
    for (std::size_t i = 0; i < shards; ++i) {
      shards_.push_back(std::make_shared<shard>(context_, i));
    }
    engine_ = std::make_unique<server>(settings_, shards_);
    engine_->on_connection([this](const socket& opened) {
      sockets_.push_back(opened);
      events_.emplace_back("open");
      opened.on_message([this](std::string_view message, bool binary) {
        events_.push_back((binary ? "binary " : "text ") + std::string(message));
        if (on_message_) on_message_(message);
      });
      opened.on_close([this](std::string_view reason, std::string_view description) {
        events_.push_back("close " + std::string(reason) + "|" + std::string(description));
      });
      opened.on_upgrade([this] { events_.emplace_back("upgrade"); });
      if (on_open_) on_open_(opened);
    });
  }

  ~engine_test() override {
    sockets_.clear();
    engine_.reset();
    for (const auto& part : shards_) part->stop();
  }

  template <class Function>
  void run(Function function) {
    runner_.run(std::move(function));
  }

  template <class Condition>
  [[nodiscard]] bool run_until(Condition condition) {
    return runner_.run_until(std::move(condition));
  }

  answer_ptr request(http_request sent, std::size_t shard_index = 0) {
    if (!engine_) start();
    auto result = std::make_shared<answer>();
    result->request = std::move(sent);
    run([&] { engine_->handle(*shards_[shard_index], std::make_unique<exchange>(result)); });
    return result;
  }

  answer_ptr get(std::string_view query) {
    return request(make_request("GET", std::string(query)));
  }

  /// Opens a polling session, and stores its id in `sid_`.
  void open_polling() {
    const auto opened = get("EIO=4&transport=polling");
    ASSERT_EQ(opened->status(), 200U);
    take_sid(opened->body().substr(0, opened->body().find('\x1e')));
  }

  /// Opens a WebSocket session, and stores its id in `sid_`.
  std::shared_ptr<websocket_client> open_websocket() {
    const auto opened = request(make_upgrade_request("EIO=4&transport=websocket"));
    EXPECT_EQ(opened->status(), 101U);
    if (!opened->connection || opened->connection->sent.empty()) {
      ADD_FAILURE() << "no open packet";
      return std::make_shared<websocket_client>();
    }
    take_sid(opened->connection->sent.front());
    opened->connection->sent.clear();
    return opened->connection;
  }

  [[nodiscard]] std::string session_query() const { return "EIO=4&transport=polling&sid=" + sid_; }
  answer_ptr poll() { return get(session_query()); }
  answer_ptr post(std::string_view payload) {
    return request(make_request("POST", session_query(), std::string(payload)));
  }
  /// Begins to post, but does not send the whole body.
  std::shared_ptr<incomplete_post> begin_post() {
    auto begun = std::make_shared<incomplete_post>();
    begun->request = make_request("POST", session_query());
    begun->cut_off = std::make_shared<const std::function<void()>>(
        [post = begun.get()] { ++post->times_cut_off; });
    run([&] {
      begun->accepted = engine_->begin_body(*shards_[0], begun->request, begun->cut_off);
    });
    return begun;
  }
  /// The connection of a post that has begun is lost.
  void lose_post(incomplete_post& begun, std::string_view why) {
    run([&] {
      begun.cut_off.reset();
      engine_->body_failed(*shards_[0], begun.request, why);
    });
  }
  answer_ptr begin_upgrade() {
    return request(make_upgrade_request("EIO=4&transport=websocket&sid=" + sid_));
  }
  void receive(const std::shared_ptr<websocket_client>& client, std::string_view message,
               bool binary = false) {
    run([&] { client->receive(message, binary); });
  }

  void send(std::string_view text) {
    run([&] { sockets_.back().send(text); });
  }
  void close() {
    run([&] { sockets_.back().close(); });
  }

  boost::asio::io_context context_;
  runner runner_{context_};
  options settings_;
  std::vector<std::shared_ptr<shard>> shards_;
  std::unique_ptr<server> engine_;
  std::vector<socket> sockets_;
  std::vector<std::string> events_;
  std::function<void(const socket&)> on_open_;
  std::function<void(std::string_view)> on_message_;
  std::string sid_;

 private:
  void take_sid(std::string_view packet) {
    ASSERT_FALSE(packet.empty());
    ASSERT_EQ(packet.front(), '0') << packet;
    sid_ = nlohmann::json::parse(packet.substr(1)).at("sid").get<std::string>();
  }
};

}  // namespace socketio::engineio::fakes
