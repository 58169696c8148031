// A transport and a revision of the protocol that the library does not know: sessions carry them
// without a change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <socketio/engineio/transport.hpp>

#include "engineio/fixture.hpp"

namespace {

using namespace socketio::engineio;
using fakes::make_request;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// --- A third transport

// What the client of a courier sees, and does.
struct courier_client {
  std::vector<std::string> delivered;
  transport_handler* handler = nullptr;
  bool closed = false;
  bool ended = false;
  bool asked_to_make_way = false;

  void send(packet_type type, std::string_view data) const {
    if (handler != nullptr) handler->handle_packet({type, data}, {data, false});
  }
};

// Delivers packets as `type:data`, and closes when the client has signed for the last one.
class courier final : public transport {
 public:
  explicit courier(std::shared_ptr<courier_client> client, bool can_upgrade = false)
      : client_(std::move(client)), can_upgrade_(can_upgrade) {}
  ~courier() override { client_->handler = nullptr; }

  [[nodiscard]] std::string_view name() const override { return "courier"; }
  [[nodiscard]] bool can_upgrade() const override { return can_upgrade_; }
  [[nodiscard]] bool writable() const override { return true; }
  [[nodiscard]] std::size_t buffered() const override { return 7; }
  void set_handler(transport_handler* handler) override { client_->handler = handler; }

  void send(packet_type type, std::string_view data) override { deliver(type, data); }
  void send_text(std::string_view head, std::string&& rest) override {
    deliver(packet_type::message, std::string(head) + rest);
  }
  void send_binary(std::string_view data) override {
    deliver(packet_type::message, "bytes " + std::string(data));
  }
  void send_binary(const socketio::shared_bytes& data) override { send_binary(data.characters()); }
  void send(const shared_message& message) override {
    message->is_binary() ? send_binary(message->data())
                         : deliver(packet_type::message, message->data());
  }

  void make_way() override { client_->asked_to_make_way = true; }
  void move_to(transport& next) override { next.send(packet_type::message, "from the courier"); }
  bool close() override {
    deliver(packet_type::close, {});
    client_->closed = true;
    return false;
  }
  void end() override { client_->ended = true; }

 private:
  void deliver(packet_type type, std::string_view data) {
    client_->delivered.push_back(static_cast<char>(type) + (":" + std::string(data)));
  }

  std::shared_ptr<courier_client> client_;
  bool can_upgrade_;
};

class third_transport : public fakes::engine_test {
 protected:
  std::shared_ptr<courier_client> client_ = std::make_shared<courier_client>();

  bool open(bool can_upgrade = false, std::string query = "EIO=4") {
    if (!engine_) start();
    bool opened = false;
    run([&] {
      opened = engine_->open(*shards_[0], make_request("GET", std::move(query)),
                             std::make_unique<courier>(client_, can_upgrade));
    });
    return opened;
  }
  void receive(packet_type type, std::string_view data) {
    run([&] { client_->send(type, data); });
  }
  bool upgrade() {
    bool known = false;
    run([&] { known = engine_->upgrade(*shards_[0], sid_, std::make_unique<courier>(client_)); });
    return known;
  }
};

TEST_F(third_transport, opens_a_session_and_carries_messages) {
  ASSERT_TRUE(open());
  ASSERT_EQ(client_->delivered.size(), 1U);
  EXPECT_THAT(client_->delivered[0], HasSubstr(R"("upgrades":[])"));
  client_->delivered.clear();
  EXPECT_EQ(sockets_[0].transport(), "courier");
  receive(packet_type::message, "in");
  send("out");
  run([&] {
    sockets_[0].send(std::as_bytes(std::span("\x01").first(1)));
    sockets_[0].target()->send(encoded_message::text("shared"));
    sockets_[0].target()->send_text("head ", "and rest");
    EXPECT_EQ(sockets_[0].target()->buffered(), 7U);
    EXPECT_TRUE(sockets_[0].target()->writable());
  });
  EXPECT_THAT(events_, ElementsAre("open", "text in"));
  EXPECT_THAT(client_->delivered,
              ElementsAre("4:out", "4:bytes \x01", "4:shared", "4:head and rest"));
}

TEST_F(third_transport, has_the_heartbeat) {
  settings_.ping_interval = std::chrono::milliseconds(20);
  settings_.ping_timeout = std::chrono::milliseconds(20);
  ASSERT_TRUE(open());
  client_->delivered.clear();
  ASSERT_TRUE(run_until([&] { return !client_->delivered.empty(); }));
  EXPECT_THAT(client_->delivered, ElementsAre("2:"));
  receive(packet_type::pong, {});
  ASSERT_TRUE(run_until([&] { return events_.size() == 2; }));
  EXPECT_EQ(events_[1], "close ping timeout|");
  EXPECT_TRUE(client_->ended);
}

TEST_F(third_transport, closes_when_the_client_has_got_the_notice) {
  ASSERT_TRUE(open());
  client_->delivered.clear();
  run([&] { sockets_[0].close(); });
  EXPECT_THAT(client_->delivered, ElementsAre("1:"));
  EXPECT_THAT(events_, ElementsAre("open", "close forced close|"));
  EXPECT_EQ(engine_->clients_count(), 1U);
  run([&] { client_->handler->handle_closed(); });
  EXPECT_EQ(engine_->clients_count(), 0U);
  EXPECT_FALSE(client_->ended);
}

TEST_F(third_transport, ends_with_its_reason) {
  ASSERT_TRUE(open());
  run([&] { client_->handler->handle_end("transport close", "lost on the way"); });
  EXPECT_THAT(events_, ElementsAre("open", "close transport close|lost on the way"));
  EXPECT_EQ(engine_->clients_count(), 0U);
}

TEST_F(third_transport, is_upgraded_to_from_polling) {
  start();
  engine_->offer_upgrade("courier");
  const auto opened = get("EIO=4&transport=polling");
  EXPECT_THAT(opened->body(), HasSubstr(R"("upgrades":["websocket","courier"])"));
  open_polling();
  const auto held = poll();
  ASSERT_TRUE(upgrade());
  receive(packet_type::ping, "probe");
  EXPECT_THAT(client_->delivered, ElementsAre("3:probe"));
  EXPECT_EQ(held->body(), "6");
  send("waits");
  receive(packet_type::upgrade, {});
  EXPECT_EQ(events_.back(), "upgrade");
  EXPECT_EQ(sockets_.back().transport(), "courier");
  send("goes");
  receive(packet_type::message, "in");
  EXPECT_THAT(client_->delivered, ElementsAre("3:probe", "4:waits", "4:goes"));
  EXPECT_EQ(events_.back(), "text in");
}

TEST_F(third_transport, is_upgraded_to_websocket) {
  ASSERT_TRUE(open(true));
  EXPECT_THAT(client_->delivered[0], HasSubstr(R"("upgrades":["websocket"])"));
  sid_ = sockets_[0].id();
  const auto websocket = begin_upgrade()->connection;
  fakes::engine_test::receive(websocket, "2probe");
  EXPECT_TRUE(client_->asked_to_make_way);
  fakes::engine_test::receive(websocket, "5");
  EXPECT_EQ(sockets_[0].transport(), "websocket");
  EXPECT_THAT(websocket->sent, ElementsAre("3probe", "4from the courier"));
  EXPECT_EQ(client_->handler, nullptr) << "the transport is destroyed";
}

TEST_F(third_transport, is_refused_where_it_does_not_fit) {
  EXPECT_FALSE(open(false, "EIO=3")) << "an unknown revision";
  sid_ = "unknown";
  EXPECT_FALSE(upgrade());
  ASSERT_TRUE(open());
  sid_ = sockets_[0].id();
  const auto other = std::make_shared<courier_client>();
  run([&] { EXPECT_TRUE(engine_->upgrade(*shards_[0], sid_, std::make_unique<courier>(other))); });
  EXPECT_TRUE(other->ended) << "this transport cannot upgrade";
  EXPECT_EQ(begin_upgrade()->connection->closed_with, socketio::websocket::close_code::no_status);
  EXPECT_EQ(poll()->body(), R"({"code":3,"message":"Bad request"})");
  engine_->close();
  run([] {});
  EXPECT_FALSE(open());
}

// --- A second codec

// Types are letters, packets end with a semicolon, binary messages begin with a byte 0x80, and the
// client pings.
class letters final : public codec {
 public:
  [[nodiscard]] std::string_view revision() const override { return "letters"; }
  [[nodiscard]] bool server_pings() const override { return false; }

  [[nodiscard]] std::string_view text_head(packet_type type) const override {
    return alphabet.substr(static_cast<std::size_t>(static_cast<char>(type) - '0'), 1);
  }
  [[nodiscard]] std::string_view binary_head() const override { return "\x80"; }
  [[nodiscard]] std::string_view base64_head() const override { return "B"; }
  [[nodiscard]] bool shares_frames(bool /*binary*/) const override { return false; }
  [[nodiscard]] std::optional<packet> decode_frame(std::string_view frame,
                                                   bool binary) const override {
    if (frame.empty()) return {};
    if (binary) return packet{packet_type::message, frame.substr(1), true};
    const auto type = alphabet.find(frame.front());
    if (type == std::string_view::npos) return {};
    return packet{static_cast<packet_type>('0' + type), frame.substr(1)};
  }

  [[nodiscard]] bool has_binary_payloads() const override { return true; }
  void append(std::string& payload, const packet& added, bool binary_payload) const override {
    payload.append(added.binary ? binary_head() : text_head(added.type)).append(added.data);
    payload.append(binary_payload ? "\xFF" : ";");
  }
  [[nodiscard]] std::optional<packet> take_packet(payload_view& payload) const override {
    const auto end = payload.rest.find(payload.binary ? '\xFF' : ';');
    if (end == std::string_view::npos) return {};
    const auto taken = payload.rest.substr(0, end);
    payload.rest.remove_prefix(end + 1);
    payload.more = !payload.rest.empty();
    return decode_frame(taken, taken.starts_with('\x80'));
  }

 private:
  static constexpr std::string_view alphabet = "ocpPmun";
};

class second_codec : public fakes::engine_test {
 protected:
  void open_polling() {
    start();
    engine_->add_codec(codec_);
    const auto opened = get("EIO=letters&transport=polling");
    EXPECT_TRUE(opened->body().starts_with("o{\"sid\":")) << opened->body();
    EXPECT_TRUE(opened->body().ends_with("};")) << opened->body();
    ASSERT_FALSE(sockets_.empty());
    sid_ = sockets_[0].id();
  }
  [[nodiscard]] std::string query(std::string_view transport) const {
    return "EIO=letters&transport=" + std::string(transport) + "&sid=" + sid_;
  }
  answer_ptr poll() { return get(query("polling")); }
  answer_ptr post(std::string_view payload, bool binary = false) {
    auto posted = make_request("POST", query("polling"), std::string(payload));
    if (binary) posted.headers.append("Content-Type", "application/octet-stream");
    return request(std::move(posted));
  }
  std::shared_ptr<fakes::websocket_client> begin_upgrade() {
    return request(fakes::make_upgrade_request(query("websocket")))->connection;
  }

  letters codec_;
};

TEST_F(second_codec, carries_text_over_polling) {
  open_polling();
  EXPECT_EQ(post("ma;mb;")->body(), "ok");
  const auto held = poll();
  run([&] {
    sockets_[0].send("one");
    sockets_[0].target()->send(encoded_message::text("two"));
  });
  EXPECT_EQ(held->body(), "mone;mtwo;");
  EXPECT_EQ(held->response->headers["Content-Type"], "text/plain; charset=UTF-8");
  EXPECT_THAT(events_, ElementsAre("open", "text a", "text b"));
  EXPECT_EQ(post("x;")->status(), 400U);
  EXPECT_EQ(events_.back(), "close parse error|");
}

TEST_F(second_codec, carries_bytes_in_binary_payloads) {
  open_polling();
  EXPECT_EQ(post("\x80in\xFF", true)->body(), "ok");
  EXPECT_EQ(events_.back(), "binary in");
  const auto held = poll();
  run([&] {
    sockets_[0].send("text");
    sockets_[0].target()->send(encoded_message::binary("bytes"));
  });
  EXPECT_EQ(held->body(),
            "mtext\xFF\x80"
            "bytes\xFF");
  EXPECT_EQ(held->response->headers["Content-Type"], "application/octet-stream");
}

TEST_F(second_codec, carries_messages_over_websocket) {
  open_polling();
  const auto client = begin_upgrade();
  ASSERT_TRUE(client);
  receive(client, "pprobe");
  receive(client, "u");
  EXPECT_THAT(client->sent, ElementsAre("Pprobe"));
  client->sent.clear();
  receive(client, "min");
  receive(client, "\x80raw", true);
  run([&] {
    sockets_[0].send("out");
    sockets_[0].send(std::as_bytes(std::span("x").first(1)));
    sockets_[0].target()->send(encoded_message::text("shared"));
    sockets_[0].target()->send(encoded_message::binary("y"));
    sockets_[0].target()->send_text("a", "b");
  });
  EXPECT_THAT(events_, ElementsAre("open", "upgrade", "text in", "binary raw"));
  EXPECT_THAT(client->sent, ElementsAre("mout", "binary:\x80x", "mshared", "binary:\x80y", "mab"));
}

TEST_F(second_codec, carries_bytes_as_base64_if_the_client_asks_for_it) {
  start();
  engine_->add_codec(codec_);
  const auto client =
      request(fakes::make_upgrade_request("EIO=letters&transport=websocket&b64=1"))->connection;
  ASSERT_TRUE(client);
  client->sent.clear();
  run([&] {
    sockets_[0].send(std::as_bytes(std::span("xyz").first(3)));
    sockets_[0].target()->send(encoded_message::binary("xyz"));
    sockets_[0].target()->send(encoded_message::text("shared"));
  });
  EXPECT_THAT(client->sent, ElementsAre("BeHl6", "BeHl6", "mshared"));
}

TEST_F(second_codec, lets_the_client_ping) {
  settings_.ping_interval = std::chrono::milliseconds(30);
  settings_.ping_timeout = std::chrono::milliseconds(30);
  open_polling();
  EXPECT_EQ(post("p;")->body(), "ok");
  EXPECT_EQ(poll()->body(), "P;");
  const auto held = poll();
  ASSERT_TRUE(run_until([&] { return !held->pending(); }));
  EXPECT_EQ(events_.back(), "close ping timeout|");
  EXPECT_EQ(held->body(), "c;") << "the server has sent no ping";
}

TEST_F(second_codec, refuses_a_pong_of_the_client) {
  open_polling();
  EXPECT_EQ(post("P;")->body(), "ok");
  EXPECT_EQ(events_.back(), "close transport error|invalid heartbeat direction");
}

TEST_F(second_codec, is_not_mixed_with_the_first) {
  open_polling();
  EXPECT_EQ(get("EIO=4&transport=polling&sid=" + sid_)->body(),
            R"({"code":3,"message":"Bad request"})");
  EXPECT_EQ(get("EIO=5&transport=polling")->body(),
            R"({"code":5,"message":"Unsupported protocol version"})");
  EXPECT_THAT(events_, ElementsAre("open"));
}

}  // namespace
