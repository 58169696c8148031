// WebSocket on a connection whose peer and network are the test.
#include "websocket/websocket_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/engineio/message.hpp>
#include <socketio/engineio/websocket_connection.hpp>
#include <socketio/protocol/websocket_deflate.hpp>
#include <socketio/protocol/websocket_frame.hpp>

#include "fake_carrier.hpp"

namespace socketio::detail {
namespace {

using fakes::fake_carrier;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using websocket::close_code;
using websocket::opcode;

// What the server sends.
std::string frame(opcode code, std::string_view payload) {
  std::string text;
  websocket::append_frame(text, code, payload);
  return text;
}
std::string close_frame(close_code code) {
  std::string text;
  websocket::append_close_frame(text, code);
  return text;
}

// What the client sends.
std::string masked(opcode code, std::string_view payload, bool fin = true,
                   bool compressed = false) {
  std::string text;
  websocket::append_masked_frame(text, code, payload, {1, 2, 3, 4}, fin, compressed);
  return text;
}
std::string masked_close(close_code code) {
  // The payload of a frame for which the server's form is short.
  return masked(opcode::close, close_frame(code).substr(2));
}

class recorder final : public engineio::websocket_handler {
 public:
  void handle_message(engineio::received_message message) override {
    events.push_back((message.is_binary() ? "binary " : "text ") + message.take());
  }
  void handle_part(std::string_view part, bool /*binary*/, bool last) override {
    events.push_back((last ? "last part " : "part ") + std::string(part));
  }
  void handle_ping(std::string_view payload) override {
    events.push_back("ping " + std::string(payload));
  }
  void handle_pong(std::string_view payload) override {
    events.push_back("pong " + std::string(payload));
  }
  void handle_drain() override { events.emplace_back("drain"); }
  void handle_close(close_code code, std::string_view reason, std::string_view error) override {
    events.push_back("close " + std::to_string(static_cast<unsigned>(code)) + " " +
                     std::string(reason) + "|" + std::string(error));
  }

  std::vector<std::string> events;
};

class websocket_streams : public ::testing::Test {
 protected:
  void open(const engineio::websocket_settings& settings = {}) {
    stream = std::make_shared<websocket_stream>(&connection, settings);
    stream->set_handler(&handler);
    connection.protocol = stream;
  }
  void send(std::string_view text) { stream->send(opcode::text, {}, text); }
  connection_protocol& protocol() { return *stream; }

  fakes::shards shards;
  fake_carrier connection{shards};
  recorder handler;
  std::shared_ptr<websocket_stream> stream;
};

TEST_F(websocket_streams, receive_messages_in_any_pieces) {
  open();
  const auto bytes = masked(opcode::text, "one") + masked(opcode::binary, "two");
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    handler.events.clear();
    connection.receive(bytes.substr(0, cut));
    connection.receive(bytes.substr(cut));
    EXPECT_THAT(handler.events, ElementsAre("text one", "binary two")) << cut;
  }
}

TEST_F(websocket_streams, let_others_have_their_turn_amid_many_messages) {
  open();
  std::string bytes;
  constexpr int messages = 20'000;
  for (int i = 0; i < messages; ++i) bytes += masked(opcode::text, std::to_string(i));
  connection.receive(bytes);
  EXPECT_EQ(connection.yields, 1);
  ASSERT_EQ(handler.events.size(), std::size_t{messages});
  for (int i = 0; i < messages; ++i) {
    ASSERT_EQ(handler.events[static_cast<std::size_t>(i)], "text " + std::to_string(i));
  }
  connection.receive(masked(opcode::text, "one"));
  EXPECT_EQ(connection.yields, 1);
}

TEST_F(websocket_streams, join_fragments_and_answer_pings_between_them) {
  open();
  connection.receive(masked(opcode::text, "fra", false));
  connection.receive(masked(opcode::ping, "there?") + masked(opcode::continuation, "gme", false));
  EXPECT_EQ(connection.take_sent(), frame(opcode::pong, "there?"));
  connection.receive(masked(opcode::continuation, "nts"));
  EXPECT_THAT(handler.events, ElementsAre("ping there?", "text fragments"));
}

TEST_F(websocket_streams, hand_out_parts_if_messages_are_streamed) {
  engineio::websocket_settings settings;
  settings.streamed = true;
  open(settings);
  connection.receive(masked(opcode::text, "fra", false));
  connection.receive(masked(opcode::continuation, "gments"));
  EXPECT_THAT(handler.events, ElementsAre("part fra", "last part gments"));
}

TEST_F(websocket_streams, bound_messages) {
  engineio::websocket_settings settings;
  settings.max_message_size = 10;
  open(settings);
  connection.receive(masked(opcode::text, "0123456789"));
  EXPECT_THAT(handler.events, ElementsAre("text 0123456789"));
  connection.receive(masked(opcode::text, "0123456789a"));
  EXPECT_EQ(connection.sent, close_frame(close_code::message_too_big));
  EXPECT_TRUE(connection.finished);
  EXPECT_THAT(handler.events.back(), ::testing::StartsWith("close 1006 |"));
}

TEST_F(websocket_streams, fail_a_connection_that_breaks_the_protocol) {
  open();
  connection.receive(frame(opcode::text, "not masked"));
  EXPECT_EQ(connection.sent, close_frame(close_code::protocol_error));
  EXPECT_TRUE(connection.finished);
  ASSERT_EQ(handler.events.size(), 1U);
  EXPECT_THAT(handler.events[0], ::testing::StartsWith("close 1006 |"));
}

TEST_F(websocket_streams, tell_about_pongs_and_bytes) {
  open();
  EXPECT_FALSE(stream->take_heard());
  connection.receive(masked(opcode::pong, "here").substr(0, 3));
  EXPECT_TRUE(stream->take_heard()) << "any byte counts";
  EXPECT_FALSE(stream->take_heard());
  connection.receive(masked(opcode::pong, "here").substr(3));
  EXPECT_THAT(handler.events, ElementsAre("pong here"));
}

TEST_F(websocket_streams, answer_only_the_last_ping_of_a_peer_that_does_not_read) {
  open();
  connection.block();
  send("message");
  connection.run();
  EXPECT_FALSE(stream->writable());
  for (const auto* const payload : {"1", "2", "3"})
    connection.receive(masked(opcode::ping, payload));
  EXPECT_EQ(stream->buffered(), frame(opcode::text, "message").size());
  connection.make_room(1000);
  EXPECT_EQ(connection.take_sent(), frame(opcode::text, "message") + frame(opcode::pong, "3"));
  EXPECT_TRUE(stream->writable());
  connection.receive(masked(opcode::ping, "4"));
  EXPECT_EQ(connection.take_sent(), frame(opcode::pong, "4"));
}

TEST_F(websocket_streams, send_the_messages_of_a_turn_in_order) {
  open();
  stream->send(opcode::text, "4", "one");
  stream->send_moved(opcode::binary, {}, std::string(5000, 'x'));
  const auto shared = engineio::encoded_message::text("2[\"shared\"]");
  stream->send(shared);
  const socketio::shared_bytes bytes(std::string(5000, 'y'));
  stream->send_shared(opcode::binary, {}, bytes);
  stream->send(engineio::encoded_message::binary(bytes));
  EXPECT_EQ(connection.sent, "") << "all leave together, at the end of the turn";
  connection.run();
  EXPECT_EQ(connection.sent,
            frame(opcode::text, "4one") + frame(opcode::binary, std::string(5000, 'x')) +
                std::string(shared->frame()) + frame(opcode::binary, std::string(5000, 'y')) +
                frame(opcode::binary, std::string(5000, 'y')));
}

TEST_F(websocket_streams, answer_a_close_frame_with_its_code) {
  open();
  connection.receive(masked_close(close_code::going_away) + masked(opcode::text, "late"));
  EXPECT_EQ(connection.sent, close_frame(close_code::going_away));
  EXPECT_TRUE(connection.finished);
  EXPECT_THAT(handler.events, ElementsAre("close 1001 |"));
  send("after the end");
  stream->close(close_code::normal, {});
  stream->pause();
  stream->resume();
  EXPECT_FALSE(stream->writable());
  EXPECT_EQ(stream->buffered(), 0U);
}

TEST_F(websocket_streams, close_when_the_peer_has_answered) {
  open();
  send("last");
  stream->close(close_code::normal, "bye");
  send("after the close frame");
  connection.run();
  std::string expected = frame(opcode::text, "last");
  websocket::append_close_frame(expected, close_code::normal, "bye");
  EXPECT_EQ(connection.take_sent(), expected);
  EXPECT_NE(connection.deadline, std::nullopt);
  EXPECT_FALSE(connection.finished);
  connection.receive(masked(opcode::text, "crossing"));
  connection.receive(masked_close(close_code::normal));
  EXPECT_TRUE(connection.finished);
  EXPECT_EQ(connection.sent, "") << "one close frame is enough";
  EXPECT_THAT(handler.events, IsEmpty()) << "the one who closes knows";
}

TEST_F(websocket_streams, do_not_wait_for_a_peer_that_does_not_answer) {
  open();
  stream->close(close_code::normal, {});
  connection.run();
  connection.pass_deadline();
  EXPECT_EQ(connection.aborted, "the peer did not answer the close frame");
  EXPECT_THAT(handler.events, IsEmpty());
}

TEST_F(websocket_streams, read_the_answer_to_their_close_frame_though_they_were_paused) {
  open();
  stream->pause();
  stream->close(close_code::normal, {});
  connection.run();
  EXPECT_FALSE(connection.paused());
  connection.receive(masked_close(close_code::normal));
  EXPECT_TRUE(connection.finished);
}

TEST_F(websocket_streams, tell_why_a_connection_ended) {
  open();
  connection.lose();
  EXPECT_THAT(handler.events, ElementsAre("close 1006 |"));

  fake_carrier other(shards);
  recorder told;
  const auto aborted = std::make_shared<websocket_stream>(&other, engineio::websocket_settings());
  aborted->set_handler(&told);
  other.protocol = aborted;
  aborted->abort("for a reason");
  EXPECT_THAT(told.events, IsEmpty()) << "it is told after the caller has returned";
  other.run();
  EXPECT_THAT(told.events, ElementsAre("close 1006 |for a reason"));
}

TEST_F(websocket_streams, hold_messages_back_while_paused) {
  open();
  stream->pause();
  EXPECT_TRUE(connection.paused());
  connection.receive(masked(opcode::text, "one") + masked(opcode::text, "two"));
  EXPECT_THAT(handler.events, IsEmpty());
  stream->resume();
  EXPECT_FALSE(connection.paused());
  connection.run();
  EXPECT_THAT(handler.events, ElementsAre("text one", "text two"));
}

TEST_F(websocket_streams, stop_reading_from_a_peer_that_does_not_read) {
  constexpr std::size_t size = std::size_t{200} * 1024;
  open();
  connection.block();
  send(std::string(size, 'x'));
  EXPECT_FALSE(connection.paused());
  send(std::string(size, 'x'));
  EXPECT_TRUE(connection.paused());
  connection.run();
  connection.make_room(size);
  EXPECT_TRUE(connection.paused()) << "too much is still unsent";
  connection.make_room(size / 2);
  EXPECT_FALSE(connection.paused());
}

TEST_F(websocket_streams, stay_paused_when_the_peer_reads_again) {
  constexpr std::size_t size = std::size_t{400} * 1024;
  open();
  connection.block();
  send(std::string(size, 'x'));
  connection.run();
  stream->pause();
  connection.make_room(2 * size);
  EXPECT_TRUE(connection.paused());
  stream->resume();
  EXPECT_FALSE(connection.paused());
}

TEST_F(websocket_streams, abort_when_the_queue_is_full) {
  engineio::websocket_settings settings;
  settings.max_send_queue = std::size_t{300} * 1024;
  open(settings);
  connection.block();
  const std::string message(100 * 1024, 'x');
  send(message);
  send(message);
  EXPECT_EQ(connection.aborted, std::nullopt);
  send(message);
  EXPECT_TRUE(connection.dropped);
  EXPECT_EQ(connection.aborted, "the client does not read, its queue is full");
  send("after the overflow");
  EXPECT_EQ(stream->buffered(), 0U);
  connection.run();
  EXPECT_THAT(handler.events,
              ElementsAre("close 1006 |the client does not read, its queue is full"));
}

TEST_F(websocket_streams, write_early_what_a_peer_that_reads_would_find_too_much) {
  engineio::websocket_settings settings;
  settings.max_send_queue = std::size_t{300} * 1024;
  open(settings);
  stream->tell_drain();
  const std::string message(200 * 1024, 'x');
  send(message);
  EXPECT_EQ(connection.sent, "");
  send(message);
  EXPECT_EQ(connection.sent, frame(opcode::text, message) + frame(opcode::text, message));
  EXPECT_THAT(handler.events, IsEmpty()) << "the application is sending";
  connection.run();
  EXPECT_EQ(connection.aborted, std::nullopt);
  EXPECT_THAT(handler.events, ElementsAre("drain"));
  EXPECT_FALSE(connection.paused());
}

TEST_F(websocket_streams, tell_when_all_has_left) {
  open();
  stream->tell_drain();
  connection.block();
  send("message");
  connection.run();
  connection.make_room(3);
  EXPECT_THAT(handler.events, IsEmpty());
  connection.make_room(1000);
  EXPECT_THAT(handler.events, ElementsAre("drain"));
}

TEST_F(websocket_streams, say_that_the_server_goes) {
  open();
  protocol().shut_down();
  connection.run();
  EXPECT_EQ(connection.sent, close_frame(close_code::going_away));
  EXPECT_THAT(handler.events, ElementsAre("close 1001 |"));
}

TEST_F(websocket_streams, do_nothing_on_a_connection_that_has_ended) {
  const auto ended = std::make_shared<websocket_stream>(nullptr, engineio::websocket_settings());
  ended->set_handler(&handler);
  ended->send(opcode::text, {}, "message");
  ended->send_moved(opcode::text, {}, "message");
  ended->send(engineio::encoded_message::text("message"));
  ended->pause();
  ended->resume();
  ended->close(close_code::normal, {});
  ended->abort("for a reason");
  EXPECT_FALSE(ended->writable());
  EXPECT_EQ(ended->buffered(), 0U);
  EXPECT_THAT(handler.events, IsEmpty());
}

TEST_F(websocket_streams, touch_nothing_after_they_were_abandoned) {
  open();
  protocol().abandoned();
  send("message");
  connection.run();
  EXPECT_EQ(connection.sent, "");
  EXPECT_THAT(handler.events, IsEmpty());
}

// --- permessage-deflate

class compressed_streams : public websocket_streams {
 protected:
  compressed_streams() {
    engineio::websocket_settings settings;
    settings.max_message_size = 10'000;
    settings.deflate.emplace();
    settings.deflate->threshold = 10;
    open(settings);
  }

  static std::string deflated(std::string_view text) {
    std::string bytes;
    websocket::deflater(15, 8, 6).compress({}, text, bytes);
    return bytes;
  }
};

TEST_F(compressed_streams, compress_what_is_long_enough) {
  const std::string text(1000, 'x');
  send(text);
  send("short");
  connection.run();
  std::string expected;
  websocket::append_frame(expected, opcode::text, deflated(text), true, true);
  EXPECT_EQ(connection.sent, expected + frame(opcode::text, "short"));
}

TEST_F(compressed_streams, inflate_what_arrives) {
  const std::string text(1000, 'x');
  connection.receive(masked(opcode::text, deflated(text), true, true));
  connection.receive(masked(opcode::text, "plain"));
  EXPECT_THAT(handler.events, ElementsAre("text " + text, "text plain"));
}

TEST_F(compressed_streams, let_others_have_their_turn_when_much_is_inflated) {
  const auto message = masked(opcode::text, deflated(std::string(9'000, 'x')), true, true);
  std::string bytes;
  for (int i = 0; i < 240; ++i) bytes += message;
  connection.receive(bytes);
  EXPECT_EQ(connection.yields, 2) << "after each 116 of them";
  EXPECT_EQ(handler.events.size(), 240U);
}

TEST_F(compressed_streams, inflate_nothing_after_their_close_frame) {
  stream->close(close_code::normal, {});
  connection.receive(masked(opcode::text, "\xff\xff\xff", true, true));
  EXPECT_FALSE(connection.finished) << "the peer still has to answer";
  connection.receive(masked_close(close_code::normal));
  EXPECT_TRUE(connection.finished);
}

TEST_F(compressed_streams, fail_a_connection_whose_messages_they_cannot_inflate) {
  struct expectation {
    std::string payload;
    close_code code;
    const char* error;
  };
  for (const auto& [payload, code, error] : std::vector<expectation>{
           {deflated(std::string(10'001, 'x')), close_code::message_too_big,
            "message too big when inflated"},
           {"\xff\xff\xff", close_code::invalid_payload, "invalid compressed data"},
           {deflated("\xff\xff"), close_code::invalid_payload, "text is not UTF-8"},
       }) {
    fake_carrier other(shards);
    recorder told;
    engineio::websocket_settings settings;
    settings.max_message_size = 10'000;
    settings.deflate.emplace();
    const auto failing = std::make_shared<websocket_stream>(&other, settings);
    failing->set_handler(&told);
    other.protocol = failing;
    other.receive(masked(opcode::text, payload, true, true));
    EXPECT_EQ(other.sent, close_frame(code)) << error;
    EXPECT_THAT(told.events, ElementsAre("close 1006 |" + std::string(error)));
  }
}

}  // namespace
}  // namespace socketio::detail
