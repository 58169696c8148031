// The native WebSocket client, against a server that sends the bytes a test chooses.
#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <fstream>
#include <future>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <socketio/protocol/base64.hpp>
#include <socketio/protocol/websocket_handshake.hpp>
#include <socketio/websocket_client.hpp>

#include "certificate.hpp"
#include "client.hpp"
#include "raw_server.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using namespace std::string_literals;
using socketio::error_code;
using socketio::websocket::client;
using socketio::websocket::client_options;
using socketio::websocket::close_code;
using socketio::websocket::opcode;
namespace asio = boost::asio;
namespace errc = boost::system::errc;
namespace websocket = socketio::websocket;

// Formats the outcome of a read: the message, after `(binary) ` if it is, or the error in brackets.
std::string to_text(error_code error, const websocket::message& received) {
  if (error) return "(" + error.message() + ")";
  return received.binary ? "(binary) " + received.data : received.data;
}

std::string bracketed(error_code error) {
  return to_text(error, {});
}

template <class Value>
Value get(std::future<Value> future) {
  if (future.wait_for(patience) != std::future_status::ready) {
    throw std::runtime_error("not completed in time");
  }
  return future.get();
}

std::future<error_code> start_connect(client target, const std::string& url) {
  std::promise<error_code> promise;
  auto future = promise.get_future();
  target.connect(
      url, [promise = std::move(promise)](error_code error) mutable { promise.set_value(error); });
  return future;
}

std::future<std::string> start_read(client target) {
  std::promise<std::string> promise;
  auto future = promise.get_future();
  target.read(
      [promise = std::move(promise)](error_code error, const websocket::message& received) mutable {
        promise.set_value(to_text(error, received));
      });
  return future;
}

std::string read(const client& target) {
  return get(start_read(target));
}

const auto ended = bracketed(asio::error::eof);
const auto cut = bracketed(asio::error::connection_reset);
const auto invalid = bracketed(errc::make_error_code(errc::protocol_error));
const auto too_big = bracketed(errc::make_error_code(errc::message_size));

class websocket_clients : public testing::Test {
 protected:
  ~websocket_clients() override {
    work.reset();
    runner.join();  // hangs if the client leaves work behind
  }

  client make_client(client_options options = {}) {
    return client(context.get_executor(), std::move(options));
  }

  // Returns a client and the server's side of its open connection.
  std::pair<client, std::unique_ptr<raw_connection>> connect(client_options options = {},
                                                             std::string_view fields = {},
                                                             std::string_view rest = {}) {
    auto made = make_client(std::move(options));
    auto connecting = start_connect(made, server.url());
    auto accepted = server.accept();
    accepted->accept_handshake(fields, rest);
    if (const auto error = get(std::move(connecting))) throw boost::system::system_error(error);
    return {std::move(made), std::move(accepted)};
  }

  // Connects to a server that sends this response and closes. In it, `(accept)` stands for the
  // right value of Sec-WebSocket-Accept.
  error_code connect_with(client& target, std::string response) {
    auto connecting = start_connect(target, server.url());
    const auto accepted = server.accept();
    const auto request = accepted->read_head();
    if (const auto place = response.find("(accept)"); place != std::string::npos) {
      response.replace(place, 8, accept_value_for(request));
    }
    accepted->send(response);
    accepted->close();
    return get(std::move(connecting));
  }

  raw_server server;
  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::jthread runner{[this] { context.run(); }};
};

// --- handshake

TEST_F(websocket_clients, send_a_handshake) {
  client_options options;
  options.headers = {{"Origin", "http://example.com"}, {"X-Name", "value"}};
  options.subprotocols = {"chat.v2", "chat"};
  auto target = make_client(options);
  auto connecting = start_connect(target, server.url("/a/b?c=d"));
  const auto accepted = server.accept();
  const auto request = accepted->accept_handshake("Sec-WebSocket-Protocol: chat\r\n");
  EXPECT_FALSE(get(std::move(connecting)));

  const auto key_start = request.find("Sec-WebSocket-Key: ") + 19;
  const auto key = request.substr(key_start, 24);
  EXPECT_EQ(socketio::decode_base64(key).size(), 16U);
  EXPECT_EQ(request,
            "GET /a/b?c=d HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + key +
                "\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Protocol: chat.v2, chat\r\n"
                "Origin: http://example.com\r\nX-Name: value\r\n\r\n");
  EXPECT_EQ(target.response().status, 101U);
  EXPECT_EQ(target.response().headers["upgrade"], "websocket");
  EXPECT_EQ(target.subprotocol(), "chat");
  EXPECT_FALSE(target.deflates());
}

TEST_F(websocket_clients, make_a_key_for_each_handshake) {
  std::set<std::string> accept_values;
  for (int i = 0; i < 3; ++i) {
    const auto target = make_client();
    const auto connecting = start_connect(target, server.url());
    accept_values.insert(accept_value_for(server.accept()->read_head()));
  }
  EXPECT_EQ(accept_values.size(), 3U);
}

TEST_F(websocket_clients, check_the_response) {
  const auto accepting =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Accept: (accept)\r\n"s;
  client_options options;
  options.subprotocols = {"chat"};
  for (const auto& good : {
           accepting + "\r\n",
           accepting + "Sec-WebSocket-Protocol: chat\r\n\r\n",
           accepting + "Sec-WebSocket-Extensions:\r\n\r\n",
           "HTTP/1.1 101 \r\nUPGRADE: WebSocket\r\nconnection: keep-alive, upgrade\r\n"
           "sec-websocket-accept: (accept)\r\n\r\n"s,
           "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + accepting + "\r\n",
       }) {
    auto target = make_client(options);
    EXPECT_FALSE(connect_with(target, good)) << good;
    EXPECT_EQ(target.response().status, 101U);
  }
  for (const auto& bad : {
           "HTTP/1.0 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: (accept)\r\n\r\n"s,
           "HTTP/1.1 101 OK\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: (accept)\r\n\r\n"s,
           "HTTP/1.1 101 OK\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: (accept)\r\n\r\n"s,
           "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: (accept)\r\n\r\n"s,
           "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: close\r\n"
           "Sec-WebSocket-Accept: (accept)\r\n\r\n"s,
           "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"s,
           "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"s,
           accepting + "Sec-WebSocket-Accept: again\r\n\r\n",
           accepting + "Sec-WebSocket-Protocol: Chat\r\n\r\n",
           accepting + "Sec-WebSocket-Protocol: \r\n\r\n",
           accepting + "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: chat\r\n\r\n",
           accepting + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
           accepting + "Sec-WebSocket-Extensions: \r\nSec-WebSocket-Extensions: x\r\n\r\n",
       }) {
    auto target = make_client(options);
    EXPECT_EQ(connect_with(target, bad), socketio::error::handshake_refused) << bad;
    EXPECT_EQ(target.response().status, 101U);
  }
}

TEST_F(websocket_clients, report_responses_that_are_not_http) {
  const auto many = "X: " + std::string(20'000, 'x');
  for (const auto& bad :
       {"SSH-2.0-OpenSSH_9.2\r\n\r\n"s, "HTTP/1.1 200\nA: b\r\n\r\n"s, "HTTP/1.1 101 OK\r\n" + many,
        "HTTP/1.1 101 OK\r\n" + many + "\r\n\r\n"}) {
    auto target = make_client();
    EXPECT_EQ(connect_with(target, bad), socketio::error::handshake_refused);
    EXPECT_EQ(target.response().status, 0U);
    EXPECT_EQ(read(target), bracketed(socketio::error::handshake_refused));
  }
}

TEST_F(websocket_clients, show_the_response_that_refuses) {
  auto target = make_client();
  EXPECT_EQ(connect_with(
                target, "HTTP/1.1 403 Forbidden\r\nX-Why: no\r\nContent-Length: 5\r\n\r\nSorry..."),
            socketio::error::handshake_refused);
  EXPECT_EQ(target.response().status, 403U);
  EXPECT_EQ(target.response().headers["X-Why"], "no");
  EXPECT_EQ(target.response().body, "Sorry");

  auto redirected = make_client();
  EXPECT_EQ(connect_with(redirected, "HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\nignored"),
            socketio::error::handshake_refused);
  EXPECT_EQ(redirected.response().headers["Location"], "/there");
  EXPECT_EQ(redirected.response().body, "");

  auto cut_short = make_client();
  EXPECT_EQ(connect_with(cut_short, "HTTP/1.1 500 Oh\r\nContent-Length: 10\r\n\r\nabc"),
            socketio::error::handshake_refused);
  EXPECT_EQ(cut_short.response().body, "abc");

  auto long_one = make_client();
  EXPECT_EQ(connect_with(long_one, "HTTP/1.1 500 Oh\r\nContent-Length: 99999999\r\n\r\n" +
                                       std::string(10'000, 'x')),
            socketio::error::handshake_refused);
  EXPECT_EQ(long_one.response().body, std::string(8192, 'x'));
}

TEST_F(websocket_clients, do_not_wait_for_ever_for_the_body_of_a_refusal) {
  client_options options;
  options.connect_timeout = 500ms;
  const auto target = make_client(options);
  auto connecting = start_connect(target, server.url());
  const auto accepted = server.accept();
  EXPECT_FALSE(accepted->read_head().empty());
  accepted->send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(get(std::move(connecting)), socketio::error::handshake_refused);
  EXPECT_EQ(target.response().status, 401U);
  EXPECT_EQ(target.response().body, "abc");
}

TEST_F(websocket_clients, take_a_response_byte_by_byte) {
  const auto target = make_client();
  auto connecting = start_connect(target, server.url());
  const auto accepted = server.accept();
  for (const char byte : accepting_response(accepted->read_head())) accepted->send({&byte, 1});
  EXPECT_FALSE(get(std::move(connecting)));
}

TEST_F(websocket_clients, take_frames_that_come_with_the_response) {
  const auto [target, accepted] = connect({}, {}, "\x81\x05Hello\x82\x01");
  EXPECT_EQ(read(target), "Hello");
  accepted->send("x");
  EXPECT_EQ(read(target), "(binary) x");
}

TEST_F(websocket_clients, report_connections_that_fail) {
  EXPECT_EQ(connect_with(*std::make_unique<client>(make_client()), ""),
            asio::error::connection_reset);
  const auto url = [] { return raw_server().url(); }();  // nobody listens there any more
  EXPECT_EQ(get(start_connect(make_client(), url)), asio::error::connection_refused);
}

TEST_F(websocket_clients, fail_after_the_connect_timeout) {
  client_options options;
  options.connect_timeout = 50ms;
  const auto target = make_client(options);
  auto connecting = start_connect(target, server.url());
  const auto accepted = server.accept();
  EXPECT_EQ(get(std::move(connecting)), socketio::error::timed_out);
  accepted->read_to_end();
  EXPECT_EQ(read(target), bracketed(socketio::error::timed_out));
}

TEST_F(websocket_clients, connect_only_once) {
  EXPECT_EQ(read(make_client()), bracketed(asio::error::not_connected));
  const auto target = make_client();
  EXPECT_EQ(get(start_connect(target, "http://localhost/")), asio::error::invalid_argument);
  EXPECT_EQ(get(start_connect(target, server.url())), asio::error::already_started);
  const auto [open, accepted] = connect();
  EXPECT_EQ(get(start_connect(open, server.url())), asio::error::already_started);
}

TEST_F(websocket_clients, give_up_connecting) {
  auto closed = make_client();
  auto connecting = start_connect(closed, server.url());
  const auto accepted = server.accept();
  closed.close();
  EXPECT_EQ(get(std::move(connecting)), asio::error::operation_aborted);

  auto closed_before = make_client();
  closed_before.close();
  EXPECT_EQ(get(start_connect(closed_before, server.url())), asio::error::operation_aborted);

  asio::cancellation_signal signal;
  auto cancelled = make_client();
  std::promise<error_code> completed;
  cancelled.connect(server.url(),
                    asio::bind_cancellation_slot(
                        signal.slot(), [&](error_code error) { completed.set_value(error); }));
  signal.emit(asio::cancellation_type::terminal);
  EXPECT_EQ(get(completed.get_future()), asio::error::operation_aborted);
}

TEST_F(websocket_clients, refuse_options_out_of_range) {
  const auto with_header = [&](std::string_view name, std::string_view value) {
    client_options options;
    options.headers.append(name, value);
    return make_client(options);
  };
  EXPECT_NO_THROW(with_header("Cookie", "a=b\t\xC3\xA4"));
  EXPECT_THROW(with_header("A", "b\r\nC: d"), std::invalid_argument);
  EXPECT_THROW(with_header("A B", "c"), std::invalid_argument);
  EXPECT_THROW(with_header("host", "c"), std::invalid_argument);
  EXPECT_THROW(with_header("sec-websocket-key", "c"), std::invalid_argument);
  EXPECT_THROW(with_header("Sec-WebSocket-Protocol", "c"), std::invalid_argument);
  client_options options;
  options.subprotocols = {"a", "a"};
  EXPECT_THROW(make_client(options), std::invalid_argument);
  options.subprotocols = {"a,b"};
  EXPECT_THROW(make_client(options), std::invalid_argument);
  options.subprotocols.clear();
  options.deflate.emplace().memory_level = 10;
  EXPECT_THROW(make_client(options), std::invalid_argument);
}

// --- messages

TEST_F(websocket_clients, send_and_read_messages) {
  auto [target, accepted] = connect();
  target.send("Grüße");
  target.send(std::as_bytes(std::span("\x00\xFF", 2)));
  target.send("");
  target.ping("are you there?");
  const auto text = accepted->read_frame();
  EXPECT_EQ(text.code, opcode::text);
  EXPECT_EQ(text.payload, "Grüße");
  EXPECT_TRUE(text.fin);
  const auto bytes = accepted->read_frame();
  EXPECT_EQ(bytes.code, opcode::binary);
  EXPECT_EQ(bytes.payload, "\x00\xFF"s);
  EXPECT_EQ(accepted->read_frame().payload, "");
  const auto ping = accepted->read_frame();
  EXPECT_EQ(ping.code, opcode::ping);
  EXPECT_EQ(ping.payload, "are you there?");

  accepted->send_frame(opcode::pong, "are you there?");
  accepted->send_frame(opcode::text, "one");
  accepted->send_frame(opcode::binary, "two");
  EXPECT_EQ(read(target), "one");
  EXPECT_EQ(read(target), "(binary) two");
}

TEST_F(websocket_clients, mask_each_frame_with_a_key_of_its_own) {
  auto [target, accepted] = connect();
  constexpr std::size_t count = 200;  // more than the client makes at a time
  for (std::size_t i = 0; i < count; ++i) target.send("x");
  std::set<std::string> keys;
  for (std::size_t i = 0; i < count; ++i) keys.insert(accepted->read_frame().key);
  EXPECT_EQ(keys.size(), count);
}

TEST_F(websocket_clients, send_large_messages) {
  auto [target, accepted] = connect();
  const std::string large(3'000'000, 'x');
  target.send(large);
  target.send("next");
  EXPECT_EQ(accepted->read_frame().payload, large);
  EXPECT_EQ(accepted->read_frame().payload, "next");
  auto reading = start_read(target);
  accepted->send_frame(opcode::binary, large);
  EXPECT_EQ(get(std::move(reading)), "(binary) " + large);
  target.send("last");
  EXPECT_EQ(accepted->read_frame().payload, "last");
}

TEST_F(websocket_clients, send_what_was_given_before_the_connection_was_open) {
  auto target = make_client();
  target.send("first");
  auto connecting = start_connect(target, server.url());
  target.send("second");
  const auto accepted = server.accept();
  target.send("third");
  EXPECT_GT(target.buffered(), 0U);
  accepted->accept_handshake();
  EXPECT_EQ(accepted->read_frame().payload, "first");
  EXPECT_EQ(accepted->read_frame().payload, "second");
  EXPECT_EQ(accepted->read_frame().payload, "third");
  EXPECT_FALSE(get(std::move(connecting)));
}

TEST_F(websocket_clients, count_unsent_bytes) {
  auto [target, accepted] = connect();
  target.send("hello");
  EXPECT_EQ(accepted->read_frame().payload, "hello");
  accepted->send_frame(opcode::ping, "");
  EXPECT_EQ(accepted->read_frame().code, opcode::pong);
  // The pong shows that the client has finished writing the message.
  EXPECT_LE(target.buffered(), 6U);
}

TEST_F(websocket_clients, put_fragments_together_and_answer_pings_between_them) {
  auto [target, accepted] = connect();
  auto reading = start_read(target);
  accepted->send_frame(opcode::text, "Hel", false);
  accepted->send_frame(opcode::ping, "a");
  accepted->send_frame(opcode::continuation, "", false);
  accepted->send_frame(opcode::ping, "b");
  const auto first = accepted->read_frame();
  EXPECT_EQ(first.code, opcode::pong);
  EXPECT_EQ(first.payload, "a");
  EXPECT_EQ(accepted->read_frame().payload, "b");
  accepted->send_frame(opcode::continuation, "lo");
  EXPECT_EQ(get(std::move(reading)), "Hello");
}

TEST_F(websocket_clients, answer_pings_while_nobody_reads) {
  auto [target, accepted] = connect();
  accepted->send_frame(opcode::text, "unread");
  accepted->send_frame(opcode::ping, "ping");
  EXPECT_EQ(accepted->read_frame().payload, "ping");
  EXPECT_EQ(read(target), "unread");
}

TEST_F(websocket_clients, stop_receiving_while_too_much_is_unread) {
  auto [target, accepted] = connect();
  const std::string message(100'000, 'x');
  constexpr int count = 400;  // more than fits into the system's buffers
  std::string frames;
  for (int i = 0; i < count; ++i) websocket::append_frame(frames, opcode::text, message);
  websocket::append_frame(frames, opcode::ping, "last");
  const auto sent = accepted->send_until_stuck(frames);
  EXPECT_LT(sent, frames.size());
  std::jthread sender([&, connection = accepted.get()] {
    connection->send(std::string_view(frames).substr(sent));
  });
  for (int i = 0; i < count; ++i) ASSERT_EQ(read(target), message);
  const auto pong = accepted->read_frame();
  EXPECT_EQ(pong.code, opcode::pong);
  EXPECT_EQ(pong.payload, "last");
}

TEST_F(websocket_clients, do_not_answer_a_flood_of_pings_without_bound) {
  auto [target, accepted] = connect();
  accepted->receive_little();
  std::string pings;
  for (int i = 0; i < 1000; ++i) {
    websocket::append_frame(pings, opcode::ping, std::to_string(i) + std::string(100, 'x'));
  }
  // More than fits into the system's buffers, so that the client must have read most of it.
  for (int i = 0; i < 200; ++i) accepted->send(pings);
  accepted->send_frame(opcode::ping, "last");
  EXPECT_LT(target.buffered(), 1'000'000U);
  while (accepted->read_frame().payload != "last") continue;
}

TEST_F(websocket_clients, end_when_the_server_reads_too_slowly) {
  client_options options;
  options.max_send_queue = 100'000;
  auto [target, accepted] = connect(options);
  accepted->send_frame(opcode::text, "received");
  EXPECT_EQ(read(target), "received");
  target.send(std::string(200'000, 'x'));
  EXPECT_EQ(read(target), bracketed(asio::error::no_buffer_space));
  EXPECT_TRUE(accepted->is_at_end());
}

TEST_F(websocket_clients, read_one_message_at_a_time) {
  auto [target, accepted] = connect();
  auto first = start_read(target);
  EXPECT_EQ(read(target), bracketed(asio::error::in_progress));
  accepted->send_frame(opcode::text, "one");
  EXPECT_EQ(get(std::move(first)), "one");
}

TEST_F(websocket_clients, cancel_a_read_and_lose_nothing) {
  auto [target, accepted] = connect();
  asio::cancellation_signal signal;
  std::promise<std::string> completed;
  target.read(asio::bind_cancellation_slot(
      signal.slot(), [&](error_code error, const websocket::message& received) {
        completed.set_value(to_text(error, received));
      }));
  signal.emit(asio::cancellation_type::terminal);
  EXPECT_EQ(get(completed.get_future()), bracketed(asio::error::operation_aborted));
  auto next = start_read(target);
  signal.emit(asio::cancellation_type::terminal);  // too late: it belongs to the first read
  accepted->send_frame(opcode::text, "kept");
  EXPECT_EQ(get(std::move(next)), "kept");
}

// --- closing

TEST_F(websocket_clients, answer_a_close_frame) {
  auto [target, accepted] = connect();
  accepted->send_frame(opcode::text, "last words");
  accepted->send_frame(opcode::close,
                       "\x03\xE9"
                       "going away");
  EXPECT_EQ(accepted->read_close(), "1001");
  accepted->close();
  EXPECT_EQ(read(target), "last words");
  EXPECT_EQ(read(target), ended);
  EXPECT_EQ(read(target), ended) << "always";
  EXPECT_EQ(target.received_close_code(), close_code::going_away);
  EXPECT_EQ(target.received_close_reason(), "going away");
}

TEST_F(websocket_clients, answer_a_close_frame_without_a_code) {
  auto [target, accepted] = connect();
  auto reading = start_read(target);
  accepted->send_frame(opcode::close, "");
  EXPECT_EQ(accepted->read_close(), "none");
  accepted->close();
  EXPECT_EQ(get(std::move(reading)), ended);
  EXPECT_EQ(target.received_close_code(), close_code::no_status);
}

TEST_F(websocket_clients, read_on_after_close) {
  auto [target, accepted] = connect();
  target.send("bye");
  target.close(static_cast<close_code>(4000), "enough");
  target.send("dropped");
  target.close(close_code::going_away);
  EXPECT_EQ(accepted->read_frame().payload, "bye");
  EXPECT_EQ(accepted->read_close(), "4000 enough");
  accepted->send_frame(opcode::ping, "too late");
  accepted->send_frame(opcode::text, "still");
  accepted->send_frame(opcode::close, "\x0F\xA0");
  EXPECT_EQ(read(target), "still");
  accepted->close();
  EXPECT_EQ(read(target), ended);
  EXPECT_EQ(target.received_close_code(), static_cast<close_code>(4000));
  EXPECT_EQ(target.received_close_reason(), "");
}

TEST_F(websocket_clients, send_only_codes_that_may_be_sent) {
  for (const auto code :
       {close_code::abnormal, close_code::no_status, static_cast<close_code>(0)}) {
    auto [target, accepted] = connect();
    target.close(code);
    EXPECT_EQ(accepted->read_close(), "none");
  }
  auto [target, accepted] = connect();
  target.close(close_code::normal, std::string(200, 'x'));
  EXPECT_EQ(accepted->read_close(), "1000 " + std::string(123, 'x'));
}

TEST_F(websocket_clients, do_not_wait_for_ever_for_the_end) {
  client_options options;
  options.close_timeout = 50ms;
  {
    auto [target, accepted] = connect(options);
    target.close();
    EXPECT_EQ(read(target), bracketed(socketio::error::timed_out)) << "no close frame";
    EXPECT_EQ(target.received_close_code(), close_code::abnormal);
    EXPECT_EQ(accepted->read_close(), "1000");
    EXPECT_TRUE(accepted->is_at_end());
  }
  auto [target, accepted] = connect(options);
  accepted->send_frame(opcode::close, "\x03\xE8");
  EXPECT_EQ(read(target), ended) << "though the server has not ended the TCP connection";
  EXPECT_EQ(accepted->read_close(), "1000");
  EXPECT_TRUE(accepted->is_at_end());
}

TEST_F(websocket_clients, report_connections_that_are_cut) {
  {
    const auto [target, accepted] = connect();
    accepted->send_frame(opcode::text, "read");
    accepted->send("\x81\x05Hel");
    accepted->close();
    EXPECT_EQ(read(target), "read");
    EXPECT_EQ(read(target), cut) << "no closing handshake";
    EXPECT_EQ(target.received_close_code(), close_code::abnormal);
  }
  const auto [target, accepted] = connect();
  auto reading = start_read(target);
  accepted->reset();
  EXPECT_EQ(get(std::move(reading)), cut);
}

TEST_F(websocket_clients, fail_for_invalid_frames) {
  const std::map<std::string, std::string> codes{
      {"\x81\x81\x01\x02\x03\x04x"s, "1002 frame masked"},
      {"\xC1\x01x"s, "1002 unexpected RSV1"},
      {"\xA1\x01x"s, "1002 reserved bit set"},
      {"\x83\x01x"s, "1002 unknown opcode"},
      {"\x80\x01x"s, "1002 continuation of no message"},
      {"\x88\x02\x03\xED"s, "1002 invalid close code"},
      {"\x81\x02\xC3\x28"s, "1007 text is not UTF-8"},
      {"\x88\x03\x03\xE8\xFF"s, "1007 reason of a close frame is not UTF-8"},
  };
  for (const auto& [bytes, code] : codes) {
    const auto [target, accepted] = connect();
    accepted->send_frame(opcode::text, "valid");
    accepted->send(bytes);
    accepted->send_frame(opcode::text, "ignored");
    EXPECT_EQ(accepted->read_close(), code);
    accepted->send_frame(opcode::close, "\x03\xE8");
    accepted->close();
    EXPECT_EQ(read(target), "valid");
    EXPECT_EQ(read(target), invalid) << code;
  }
}

TEST_F(websocket_clients, fail_for_messages_that_are_too_big) {
  client_options options;
  options.max_message_size = 10;
  for (const auto& bytes : {"\x82\x0B"s, "\x82\x7F\x00\x00\x00\xFF\x00\x00\x00\x00"s,
                            "\x02\x06"
                            "123456\x80\x05"s}) {
    const auto [target, accepted] = connect(options);
    accepted->send_frame(opcode::text, "0123456789");
    accepted->send(bytes);
    EXPECT_EQ(accepted->read_close(), "1009 message too big");
    accepted->close();
    EXPECT_EQ(read(target), "0123456789");
    EXPECT_EQ(read(target), too_big);
  }
}

TEST_F(websocket_clients, close_with_the_last_handle) {
  std::unique_ptr<raw_connection> accepted;
  {
    auto [target, connection] = connect();
    accepted = std::move(connection);
    target.send("queued");
  }
  EXPECT_EQ(accepted->read_frame().payload, "queued");
  EXPECT_EQ(accepted->read_close(), "1000");
  accepted->send_frame(opcode::text, std::string(200'000, 'x'));  // nobody reads it
  accepted->send_frame(opcode::close, "\x03\xE8");
  accepted->close();
}

TEST_F(websocket_clients, stay_open_while_an_operation_waits) {
  auto [target, accepted] = connect();
  auto reading = start_read(std::exchange(target, make_client()));
  accepted->send_frame(opcode::ping, "");
  EXPECT_EQ(accepted->read_frame().code, opcode::pong);
  accepted->send_frame(opcode::text, "kept");
  EXPECT_EQ(get(std::move(reading)), "kept");
  EXPECT_EQ(accepted->read_close(), "1000") << "the handler has gone, and the client with it";
}

TEST_F(websocket_clients, are_released_with_a_stopped_context) {
  const auto kept = std::make_shared<int>();
  raw_server other;
  std::unique_ptr<raw_connection> accepted;
  {
    asio::io_context short_lived;
    client connecting(short_lived.get_executor());
    connecting.connect(other.url(), [kept, connecting](error_code) {});
    client reading(short_lived.get_executor());
    reading.connect(server.url(), [kept, reading](error_code) mutable {
      reading.read([kept, reading](error_code, const websocket::message&) {});
    });
    client sending(short_lived.get_executor());
    sending.send("never leaves");
    client unread = reading;
    std::jthread server_side([&] {
      accepted = server.accept();
      accepted->accept_handshake();
      accepted->send_frame(opcode::ping, "");
      while (accepted->read_frame().code != opcode::pong) continue;
      short_lived.stop();
    });
    short_lived.run_for(patience);
    server_side.join();
    connecting = reading = unread = sending = make_client();
    EXPECT_GT(kept.use_count(), 1);
  }
  EXPECT_EQ(kept.use_count(), 1);
  EXPECT_TRUE(accepted->is_at_end());
}

// --- completion tokens

TEST_F(websocket_clients, complete_futures) {
  auto target = make_client();
  auto connecting = target.connect(server.url(), asio::use_future);
  const auto accepted = server.accept();
  accepted->accept_handshake();
  get(std::move(connecting));
  accepted->send_frame(opcode::text, "future");
  EXPECT_EQ(get(target.read(asio::use_future)).data, "future");
  accepted->send_frame(opcode::close, "");
  accepted->close();
  EXPECT_THROW(get(target.read(asio::use_future)), boost::system::system_error);
}

asio::awaitable<std::string> converse(client target, std::string url) {
  co_await target.connect(url, asio::use_awaitable);
  target.send("question");
  const auto answer = co_await target.read(asio::use_awaitable);
  target.close();
  co_return answer.data;
}

TEST_F(websocket_clients, complete_coroutines) {
  auto conversation =
      asio::co_spawn(context, converse(make_client(), server.url()), asio::use_future);
  const auto accepted = server.accept();
  accepted->accept_handshake();
  EXPECT_EQ(accepted->read_frame().payload, "question");
  accepted->send_frame(opcode::text, "answer");
  EXPECT_EQ(get(std::move(conversation)), "answer");
  EXPECT_EQ(accepted->read_close(), "1000");
}

TEST_F(websocket_clients, complete_on_the_associated_executor) {
  const auto [target, accepted] = connect();
  asio::io_context other;
  std::string received;
  std::thread::id completed_on;
  client(target).read(
      asio::bind_executor(other, [&](error_code error, const websocket::message& message) {
        received = to_text(error, message);
        completed_on = std::this_thread::get_id();
      }));
  accepted->send_frame(opcode::text, "there");
  other.run_for(patience);  // the pending read keeps it running
  EXPECT_EQ(received, "there");
  EXPECT_EQ(completed_on, std::this_thread::get_id());
}

TEST_F(websocket_clients, may_be_used_on_several_threads) {
  auto [target, accepted] = connect();
  std::jthread second([this] { context.run(); });
  constexpr int count = 500;
  std::vector<std::jthread> senders;
  for (const auto* name : {"a", "b", "c"}) {
    senders.emplace_back([target = target, name]() mutable {
      for (int i = 0; i < count; ++i) target.send(name + std::to_string(i));
    });
  }
  std::jthread reader([target = target] {
    for (int i = 0; i < count; ++i) EXPECT_EQ(read(target), std::to_string(i));
  });
  std::map<char, int> next;
  for (int i = 0; i < 3 * count; ++i) {
    if (i % 3 == 0) accepted->send_frame(opcode::text, std::to_string(i / 3));
    const auto payload = accepted->read_frame().payload;
    EXPECT_EQ(payload.substr(1), std::to_string(next[payload[0]]++))
        << "in the order of its thread";
  }
  reader.join();
  work.reset();
  target = make_client();
  accepted->close();
  second.join();
}

// --- permessage-deflate

constexpr std::string_view deflate_accepted =
    "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
    "client_no_context_takeover\r\n";

client_options deflating() {
  client_options options;
  options.deflate.emplace().threshold = 10;
  return options;
}

std::string compress(std::string_view text) {
  std::string compressed;
  websocket::deflater(15, 8, 6).compress({}, text, compressed);
  return compressed;
}

TEST_F(websocket_clients, compress_messages) {
  const std::string text(1000, 'x');
  auto [target, accepted] = connect(deflating(), deflate_accepted);
  EXPECT_TRUE(target.deflates());
  target.send("short");
  EXPECT_FALSE(accepted->read_frame().compressed);
  for (int i = 0; i < 2; ++i) {
    target.send(text);
    const auto frame = accepted->read_frame();
    EXPECT_TRUE(frame.compressed);
    EXPECT_LT(frame.payload.size(), 50U);
    std::string inflated;
    EXPECT_EQ(websocket::inflater().decompress(frame.payload, true, text.size(), inflated),
              websocket::inflate_result::done);
    EXPECT_EQ(inflated, text);

    const auto compressed = compress(text);
    accepted->send_frame(opcode::text, compressed.substr(0, 5), false, true);
    accepted->send_frame(opcode::continuation, compressed.substr(5));
    EXPECT_EQ(read(target), text);
    accepted->send_frame(opcode::binary, "plain");
    EXPECT_EQ(read(target), "(binary) plain");
  }
}

TEST_F(websocket_clients, keep_the_context_of_compression) {
  auto options = deflating();
  options.deflate->server_no_context_takeover = false;
  options.deflate->client_no_context_takeover = false;
  auto [target, accepted] = connect(options, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  const std::string text = "never repeated but for the message as a whole: 1234567890";
  websocket::deflater deflater(15, 8, 6);
  websocket::inflater inflater;
  std::vector<std::size_t> sizes;
  for (int i = 0; i < 2; ++i) {
    target.send(text);
    const auto frame = accepted->read_frame();
    sizes.push_back(frame.payload.size());
    std::string inflated;
    EXPECT_EQ(inflater.decompress(frame.payload, true, text.size(), inflated),
              websocket::inflate_result::done);
    EXPECT_EQ(inflated, text);
    std::string compressed;
    deflater.compress({}, text, compressed);
    accepted->send_frame(opcode::text, compressed, true, true);
    EXPECT_EQ(read(target), text);
  }
  EXPECT_LT(sizes[1], sizes[0] / 2) << "it refers to the first";
}

TEST_F(websocket_clients, refuse_deflate_parameters_beyond_the_offer) {
  for (const auto& bad : {"permessage-deflate; unknown"s, "x-webkit-deflate-frame"s,
                          "permessage-deflate; server_max_window_bits=16"s}) {
    auto target = make_client(deflating());
    auto connecting = start_connect(target, server.url());
    const auto accepted = server.accept();
    const auto request = accepted->accept_handshake("Sec-WebSocket-Extensions: " + bad + "\r\n");
    EXPECT_NE(request.find("\r\nSec-WebSocket-Extensions: permessage-deflate"), std::string::npos);
    EXPECT_EQ(get(std::move(connecting)), socketio::error::handshake_refused) << bad;
  }
  const auto [target, accepted] = connect(deflating());
  EXPECT_FALSE(target.deflates()) << "the server may do without";
}

TEST_F(websocket_clients, fail_for_bad_compressed_messages) {
  const std::string bomb = compress(std::string(2'000'000, 'x'));
  EXPECT_LT(bomb.size(), 10'000U);
  auto options = deflating();
  options.max_message_size = 100'000;
  const std::vector<std::array<std::string, 3>> cases{
      {bomb, "1009 message too big", too_big},
      {"\xFF\xFF\xFF", "1007 message cannot be decompressed", invalid},
      {compress("not UTF-8: \xC3"), "1007 text is not UTF-8", invalid}};
  for (const auto& [payload, code, error] : cases) {
    const auto [target, accepted] = connect(options, deflate_accepted);
    accepted->send_frame(opcode::text, compress("good"), true, true);
    accepted->send_frame(opcode::text, payload, true, true);
    EXPECT_EQ(accepted->read_close(), code);
    accepted->close();
    EXPECT_EQ(read(target), "good");
    EXPECT_EQ(read(target), error);
  }
}

// --- TLS

class secure_websocket_clients : public websocket_clients {
 protected:
  client_options trusting() const {
    client_options options;
    options.certificate_authority = certificate.certificate_chain;
    return options;
  }

  temporary_folder folder;
  socketio::tls_options certificate = make_certificate(folder.path());
  raw_server secure{certificate};
};

TEST_F(secure_websocket_clients, send_and_read_messages) {
  auto target = make_client(trusting());
  auto connecting = start_connect(target, secure.url("/", "localhost"));
  const auto accepted = secure.accept();
  EXPECT_EQ(accepted->server_name(), "localhost");
  const auto request = accepted->accept_handshake({}, "\x81\x05Hello");
  EXPECT_NE(request.find("\r\nHost: localhost:"), std::string::npos);
  EXPECT_FALSE(get(std::move(connecting)));
  EXPECT_EQ(read(target), "Hello");
  const std::string large(1'000'000, 'x');
  target.send(large);
  EXPECT_EQ(accepted->read_frame().payload, large);
  auto reading = start_read(target);
  accepted->send_frame(opcode::binary, large);
  EXPECT_EQ(get(std::move(reading)), "(binary) " + large);
  target.close();
  EXPECT_EQ(accepted->read_close(), "1000");
  accepted->send_frame(opcode::close, "\x03\xE8");
  accepted->close();
  EXPECT_EQ(read(target), ended);
}

TEST_F(secure_websocket_clients, check_the_certificate) {
  const auto connect_to = [&](const client_options& options, std::string_view host) {
    const auto target = make_client(options);
    auto connecting = start_connect(target, secure.url("/", host));
    const auto accepted = secure.accept();
    return get(std::move(connecting));
  };
  const auto* const failed = "certificate verify failed (SSL routines)";
  EXPECT_EQ(connect_to({}, "localhost").message(), failed) << "signed by nobody whom one trusts";
  EXPECT_EQ(connect_to(trusting(), "127.0.0.1").message(), failed) << "for another host";
}

TEST_F(secure_websocket_clients, check_no_certificate_if_told_so) {
  client_options options;
  options.verify_certificate = false;
  const auto target = make_client(options);
  auto connecting = start_connect(target, secure.url());
  const auto accepted = secure.accept();
  EXPECT_EQ(accepted->server_name(), "") << "an address is none";
  accepted->accept_handshake();
  EXPECT_FALSE(get(std::move(connecting)));
}

TEST_F(secure_websocket_clients, report_connections_that_fail) {
  auto options = trusting();
  options.certificate_authority = folder.path() / "missing.pem";
  EXPECT_THROW(make_client(options), std::invalid_argument);
  options.certificate_authority = folder.path() / "no.pem";
  std::ofstream(options.certificate_authority) << "no certificate";
  {
    const auto target = make_client(options);
    auto connecting = start_connect(target, secure.url("/", "localhost"));
    const auto accepted = secure.accept();
    EXPECT_TRUE(get(std::move(connecting)));
  }
  {
    // A server that speaks no TLS.
    const auto target = make_client(trusting());
    auto connecting = start_connect(target, "wss" + server.url("/", "localhost").substr(2));
    const auto accepted = server.accept();
    accepted->send("HTTP/1.1 400 Bad Request\r\n\r\n");
    EXPECT_TRUE(get(std::move(connecting)));
  }
  options = trusting();
  options.connect_timeout = 100ms;
  const auto target = make_client(options);
  auto connecting = start_connect(target, "wss" + server.url("/", "localhost").substr(2));
  const auto accepted = server.accept();
  EXPECT_EQ(get(std::move(connecting)), socketio::error::timed_out);
}

TEST_F(secure_websocket_clients, report_connections_that_are_cut) {
  const auto target = make_client(trusting());
  auto connecting = start_connect(target, secure.url("/", "localhost"));
  const auto accepted = secure.accept();
  accepted->accept_handshake();
  EXPECT_FALSE(get(std::move(connecting)));
  accepted->close();
  EXPECT_EQ(read(target), cut);
}

}  // namespace
