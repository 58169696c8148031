// Native WebSocket routes, against the project's own client and raw bytes.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <numeric>

#include <socketio/websocket.hpp>

#include "certificate.hpp"
#include "native_client.hpp"
#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using socketio::http_request;
using socketio::http_response;
using socketio::websocket::close_code;
using socketio::websocket::route;
using socket = socketio::websocket::socket;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

route echo_route() {
  route echo;
  echo.on_message = [](const socket& from, std::string_view message, bool binary) {
    if (binary) {
      from.send(bytes_of(message));
    } else {
      from.send(message);
    }
  };
  return echo;
}

constexpr std::string_view handshake_fields =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

class websocket_route : public server_test {
 protected:
  // Sends a handshake and returns the response.
  http_response handshake(std::string_view path, std::string_view fields = {}) {
    http_client client(server.where());
    return client.request("GET", path, {}, std::string(handshake_fields) + std::string(fields));
  }
};
INSTANTIATE_TEST_SUITE_P(threads, websocket_route, ::testing::Values(1, 3), threads_name);

// --- Handshakes

TEST_P(websocket_route, stands_beside_http_routes) {
  server.io.websocket("/echo", echo_route());
  server.io.websocket("/both", echo_route());
  server.io.http().get(
      "/both", [](const http_request&) { return http_response(200, "text/plain", "page"); });
  const auto running = server.start();
  http_client plain(server.where());
  const auto refused = plain.get("/echo");
  EXPECT_EQ(refused.status, 426U);
  EXPECT_EQ(refused.headers["Upgrade"], "websocket");
  EXPECT_EQ(plain.get("/both").body, "page");
  EXPECT_EQ(handshake("/both").status, 101U);
  EXPECT_EQ(handshake("/other").status, 404U);
  const auto accepted = handshake("/echo");
  EXPECT_EQ(accepted.status, 101U);
  EXPECT_EQ(accepted.headers["Sec-WebSocket-Accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_FALSE(accepted.headers.find("Sec-WebSocket-Protocol"));
  EXPECT_FALSE(accepted.headers.find("Sec-WebSocket-Extensions"));
}

TEST_P(websocket_route, refuses_malformed_handshakes) {
  server.io.websocket("/echo", echo_route());
  const auto running = server.start();
  http_client client(server.where());
  const auto response = client.request("GET", "/echo", {},
                                       "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                                       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n");
  EXPECT_EQ(response.status, 400U);
}

TEST_P(websocket_route, lets_pages_of_its_own_origin_in) {
  server.io.websocket("/own", echo_route());
  auto listed = echo_route();
  listed.origins = {"https://example.com", "http://other.test:8080"};
  server.io.websocket("/listed", listed);
  auto open = echo_route();
  open.origins = {"*"};
  server.io.websocket("/open", open);
  const auto running = server.start();
  const auto host = "127.0.0.1:" + std::to_string(server.where().port);
  const auto with_origin = [&](std::string_view path, std::string_view origin) {
    http_client client(server.where());
    client.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: " + host + "\r\nOrigin: " +
                std::string(origin) + "\r\n" + std::string(handshake_fields) + "\r\n");
    return client.read().status;
  };
  EXPECT_EQ(with_origin("/own", "http://" + host), 101U);
  EXPECT_EQ(with_origin("/own", "http://evil.test"), 403U);
  EXPECT_EQ(with_origin("/own", "null"), 403U);
  EXPECT_EQ(with_origin("/listed", "https://example.com"), 101U);
  EXPECT_EQ(with_origin("/listed", "http://example.com"), 403U);
  EXPECT_EQ(with_origin("/listed", "http://" + host), 403U);
  EXPECT_EQ(with_origin("/open", "http://evil.test"), 101U);
  EXPECT_EQ(handshake("/listed").status, 101U) << "no browser";
}

TEST_P(websocket_route, chooses_a_subprotocol) {
  channel<std::string> chosen;
  auto spoken = echo_route();
  spoken.subprotocols = {"v2.chat", "v1.chat"};
  spoken.on_open = [&](const socket& opened) { chosen.push(opened.subprotocol()); };
  server.io.websocket("/chat", spoken);
  const auto running = server.start();
  socketio::websocket::client_options options;
  options.subprotocols = {"v1.chat", "v2.chat", "v3.chat"};
  native_client client(server.where(), "/chat", options);
  EXPECT_EQ(chosen.pop(), "v2.chat") << "the server's order counts";
  EXPECT_EQ(client->subprotocol(), "v2.chat");
  EXPECT_FALSE(handshake("/chat", "Sec-WebSocket-Protocol: v9.chat\r\n")
                   .headers.find("Sec-WebSocket-Protocol"));
  EXPECT_EQ(chosen.pop(), "");
}

TEST_P(websocket_route, asks_the_application) {
  channel<socketio::websocket::authorize_callback> pending;
  auto guarded = echo_route();
  guarded.authorize = [&](const http_request& request,
                          const socketio::websocket::authorize_callback& decide) {
    if (request.query() == "now") {
      decide({});
    } else if (request.query() == "never") {
      http_response refusal(401, "text/plain", "who are you?");
      refusal.headers.append("WWW-Authenticate", "Bearer");
      decide(std::move(refusal));
    } else if (request.query() == "later") {
      pending.push(decide);
    }
  };
  server.io.websocket("/guarded", guarded);
  const auto running = server.start();
  EXPECT_EQ(handshake("/guarded?now").status, 101U);
  const auto refused = handshake("/guarded?never");
  EXPECT_EQ(refused.status, 401U);
  EXPECT_EQ(refused.body, "who are you?");
  EXPECT_EQ(refused.headers["WWW-Authenticate"], "Bearer");
  EXPECT_EQ(handshake("/guarded?dropped").status, 500U) << "nobody has decided";
  std::thread elsewhere([&] { pending.pop()({}); });
  EXPECT_EQ(handshake("/guarded?later").status, 101U);
  elsewhere.join();
}

// --- Messages

TEST_P(websocket_route, exchanges_messages) {
  server.io.websocket("/echo", echo_route());
  const auto running = server.start();
  native_client client(server.where(), "/echo");
  client->send("text");
  const auto text = client.next();
  ASSERT_TRUE(text);
  EXPECT_EQ(text->data, "text");
  EXPECT_FALSE(text->binary);
  client->send(bytes_of(std::string_view("\0\xFF", 2)));
  const auto binary = client.next();
  ASSERT_TRUE(binary);
  EXPECT_EQ(binary->data, std::string("\0\xFF", 2));
  EXPECT_TRUE(binary->binary);
  client->send("");
  EXPECT_EQ(client.text(), "");
  const std::string large(900'000, 'x');
  client->send(large);
  EXPECT_EQ(client.text(), large);
}

TEST_P(websocket_route, bounds_messages) {
  auto small = echo_route();
  small.max_message_size = 10;
  server.io.websocket("/small", small);
  const auto running = server.start();
  native_client client(server.where(), "/small");
  client->send("0123456789");
  EXPECT_EQ(client.text(), "0123456789");
  client->send("0123456789a");
  EXPECT_EQ(client.text(), "(end)");
  EXPECT_EQ(client->received_close_code(), close_code::message_too_big);
}

TEST_P(websocket_route, tells_of_the_end) {
  channel<std::string> ends;
  channel<std::string> problems;
  auto watched = echo_route();
  watched.on_close = [&](const socket& ended, close_code code, std::string_view reason) {
    EXPECT_FALSE(ended.is_open());
    ended.send("into the void");
    ends.push(std::to_string(static_cast<int>(code)) + " " + std::string(reason));
  };
  watched.on_error = [&](const socket&, std::string_view error) {
    problems.push(std::string(error));
  };
  watched.on_message = [](const socket& from, std::string_view message, bool) {
    from.send(message);
    if (message == "close") from.close(static_cast<close_code>(4001), "as asked");
    if (message == "abort") from.abort();
  };
  const auto endpoint = server.io.websocket("/watched", watched);
  const auto running = server.start();
  {
    native_client client(server.where(), "/watched");
    client->send("hello");
    EXPECT_EQ(client.text(), "hello");
    EXPECT_EQ(endpoint.sockets_count(), 1U);
    client->close(static_cast<close_code>(3000), "that was it");
    EXPECT_EQ(ends.pop(), "3000 that was it");
    EXPECT_EQ(client.text(), "(end)");
    EXPECT_EQ(client.ended_with(), boost::asio::error::eof);
  }
  {
    native_client client(server.where(), "/watched");
    client->send("close");
    EXPECT_EQ(client.text(), "close") << "what was sent before still arrives";
    EXPECT_EQ(client.text(), "(end)");
    EXPECT_EQ(client->received_close_code(), static_cast<close_code>(4001));
    EXPECT_EQ(client->received_close_reason(), "as asked");
    EXPECT_EQ(ends.pop(), "4001 as asked");
  }
  EXPECT_TRUE(problems.empty());
  {
    native_client client(server.where(), "/watched");
    client->send("abort");
    EXPECT_EQ(ends.pop(), "1006 ");
  }
  {
    websocket_client client(server.where(), "/watched");
    client.send("\xFF");
    EXPECT_FALSE(client.next());
    EXPECT_EQ(client.close_code(), close_code::invalid_payload);
    EXPECT_EQ(problems.pop(), "text is not UTF-8");
    EXPECT_EQ(ends.pop(), "1006 ");
  }
}

TEST_P(websocket_route, answers_and_sends_pings) {
  channel<std::string> seen;
  auto watched = echo_route();
  watched.on_ping = [&](const socket& from, std::string_view payload) {
    seen.push("ping " + std::string(payload));
    from.ping("from the server");
  };
  watched.on_pong = [&](const socket&, std::string_view payload) {
    seen.push("pong " + std::string(payload));
  };
  server.io.websocket("/watched", watched);
  const auto running = server.start();
  native_client client(server.where(), "/watched");
  client->ping("from the client");
  EXPECT_EQ(seen.pop(), "ping from the client");
  EXPECT_EQ(seen.pop(), "pong from the server");
}

TEST_P(websocket_route, goes_on_when_a_handler_throws) {
  auto faulty = echo_route();
  faulty.on_message = [](const socket& from, std::string_view message, bool) {
    if (message == "throw") throw std::runtime_error("thrown as asked");
    from.send(message);
  };
  server.io.websocket("/faulty", faulty);
  const auto running = server.start();
  native_client client(server.where(), "/faulty");
  client->send("throw");
  client->send("on");
  EXPECT_EQ(client.text(), "on");
  EXPECT_EQ(server.errors.pop(), "on_message: thrown as asked");
}

TEST_P(websocket_route, keeps_the_data_of_each_connection) {
  struct counter {
    int value = 0;
  };
  auto counting = echo_route();
  counting.on_message = [](const socket& from, std::string_view, bool) {
    from.send(std::to_string(++from.data<counter>().value));
  };
  server.io.websocket("/count", counting);
  const auto running = server.start();
  native_client first(server.where(), "/count");
  native_client second(server.where(), "/count");
  first->send("x");
  first->send("x");
  second->send("x");
  EXPECT_EQ(first.text(), "1");
  EXPECT_EQ(first.text(), "2");
  EXPECT_EQ(second.text(), "1");
}

TEST_P(websocket_route, streams_messages_in_parts) {
  channel<std::string> parts;
  route streamed;
  streamed.max_message_size = 1'000'000;
  streamed.deflate.emplace();
  streamed.on_part = [&](const socket& from, std::string_view part, bool binary, bool last) {
    from.data<std::string>().append(part);
    if (!last) return;
    auto whole = std::exchange(from.data<std::string>(), {});
    parts.push((binary ? "binary " : "text ") + std::to_string(whole.size()));
    from.send(whole);
  };
  server.io.websocket("/parts", streamed);
  const auto running = server.start();
  for (const bool compressed : {false, true}) {
    socketio::websocket::client_options options;
    if (compressed) options.deflate.emplace();
    native_client client(server.where(), "/parts", options);
    EXPECT_EQ(client->deflates(), compressed);
    std::string text(500'000, '\0');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 23);
    client->send(text);
    EXPECT_EQ(client.text(), text);
    EXPECT_EQ(parts.pop(), "text 500000");
    client->send(bytes_of(""));
    EXPECT_EQ(client.text(), "");
    EXPECT_EQ(parts.pop(), "binary 0");
    client->send(std::string(1'000'001, 'x'));
    EXPECT_EQ(client.text(), "(end)");
    EXPECT_EQ(client->received_close_code(), close_code::message_too_big);
  }
}

// --- Reading with completion tokens

boost::asio::awaitable<void> add_numbers(socket peer) {
  int sum = 0;
  try {
    while (true) {
      const auto received = co_await peer.read(boost::asio::use_awaitable);
      sum += std::stoi(received.data);
      peer.send(std::to_string(sum));
    }
  } catch (const boost::system::system_error& error) {
    peer.data<channel<std::string>*>()->push(
        error.code() == boost::asio::error::eof ? "eof" : error.code().message());
  }
}

TEST_P(websocket_route, is_read_by_a_coroutine) {
  channel<std::string> ends;
  route adding;
  adding.on_open = [&](const socket& opened) {
    opened.data<channel<std::string>*>() = &ends;
    boost::asio::co_spawn(opened.get_executor(), add_numbers(opened), boost::asio::detached);
  };
  server.io.websocket("/sum", adding);
  const auto running = server.start();
  native_client client(server.where(), "/sum");
  for (int i = 1; i <= 100; ++i) client->send("1");
  std::string last;
  for (int i = 1; i <= 100; ++i) last = client.text();
  EXPECT_EQ(last, "100");
  client->close();
  EXPECT_EQ(ends.pop(), "eof");
}

TEST_P(websocket_route, holds_the_peer_back_until_somebody_reads) {
  channel<socket> opened;
  route unread;
  unread.on_open = [&](const socket& peer) { opened.push(peer); };
  server.io.websocket("/unread", unread);
  const auto running = server.start();
  websocket_client client(server.where(), "/unread");
  const auto peer = opened.pop();
  // Far more than fits into the system's buffers, so that the sender has to wait for the reader.
  constexpr int count = 300;
  std::jthread sender([&] {
    for (int i = 0; i < count; ++i) client.send(std::string(100'000, 'x'));
  });
  std::size_t received = 0;
  for (int i = 0; i < count; ++i) {
    auto result = peer.read(boost::asio::use_future);
    ASSERT_EQ(result.wait_for(patience), std::future_status::ready);
    received += result.get().data.size();
  }
  EXPECT_EQ(received, std::size_t{count} * 100'000);
  auto waiting = peer.read(boost::asio::use_future);
  auto second = peer.read(boost::asio::use_future);
  ASSERT_EQ(second.wait_for(patience), std::future_status::ready);
  try {
    static_cast<void>(second.get());
    ADD_FAILURE() << "two readers at a time";
  } catch (const boost::system::system_error& error) {
    EXPECT_EQ(error.code(), boost::asio::error::in_progress);
  }
  sender.join();
  client.send("last");
  ASSERT_EQ(waiting.wait_for(patience), std::future_status::ready);
  EXPECT_EQ(waiting.get().data, "last");
}

// --- Topics

TEST_P(websocket_route, publishes_to_topics) {
  auto topics = echo_route();
  topics.on_message = [](const socket& from, std::string_view message, bool) {
    const auto command = message.substr(0, message.find(' '));
    const auto rest = message.substr(std::min(message.size(), command.size() + 1));
    if (command == "subscribe") from.subscribe(rest);
    if (command == "unsubscribe") from.unsubscribe(rest);
    if (command == "publish") from.publish(rest, "from a subscriber");
    from.send("done");
  };
  const auto endpoint = server.io.websocket("/topics", topics);
  const auto running = server.start();
  const auto ask = [](native_client& client, std::string_view what) {
    client->send(what);
    EXPECT_EQ(client.text(), "done");
  };
  native_client first(server.where(), "/topics");
  native_client second(server.where(), "/topics");
  native_client third(server.where(), "/topics");
  ask(first, "subscribe news");
  ask(second, "subscribe news");
  ask(second, "subscribe news");
  ask(third, "subscribe sports");
  endpoint.publish("news", "one");
  EXPECT_EQ(first.text(), "one");
  EXPECT_EQ(second.text(), "one");
  ask(first, "publish news");
  EXPECT_EQ(second.text(), "from a subscriber");
  ask(second, "unsubscribe news");
  endpoint.publish("news", bytes_of("two"));
  endpoint.publish("sports", "three");
  const auto binary = first.next();
  ASSERT_TRUE(binary);
  EXPECT_TRUE(binary->binary);
  EXPECT_EQ(binary->data, "two");
  EXPECT_EQ(third.text(), "three");
  ask(second, "nothing more has come before this");
  endpoint.publish("nobody", "lost");
}

TEST_P(websocket_route, compresses_what_is_published_for_all_windows) {
  auto topics = echo_route();
  topics.deflate.emplace();
  topics.deflate->threshold = 0;
  topics.deflate->server_no_context_takeover = false;
  topics.deflate->client_no_context_takeover = false;
  topics.on_open = [](const socket& opened) { opened.subscribe("all"); };
  const auto endpoint = server.io.websocket("/topics", topics);
  const auto running = server.start();
  socketio::websocket::client_options plain;
  auto wide = plain;
  wide.deflate.emplace();
  wide.deflate->server_no_context_takeover = false;
  wide.deflate->client_no_context_takeover = false;
  auto narrow = wide;
  narrow.deflate->server_max_window_bits = 9;
  auto forgetful = wide;
  forgetful.deflate->server_no_context_takeover = true;
  // The first receiver's window decides how the shared frame is compressed; in each round another
  // client may be first.
  native_client a(server.where(), "/topics", wide);
  native_client b(server.where(), "/topics", narrow);
  native_client c(server.where(), "/topics", forgetful);
  native_client d(server.where(), "/topics", plain);
  std::string text(20'000, ' ');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i * i % 19);
  for (int round = 0; round < 5; ++round) {
    const auto published = text + std::to_string(round);
    for (auto* client : {&a, &b, &c, &d}) {
      (*client)->send("own " + text);
      EXPECT_EQ(client->text(), "own " + text);
    }
    endpoint.publish("all", published);
    for (auto* client : {&a, &b, &c, &d}) EXPECT_EQ(client->text(), published);
  }
}

// --- Limits and the end

TEST_P(websocket_route, ends_silent_connections) {
  channel<std::string> ends;
  auto impatient = echo_route();
  impatient.idle_timeout = 200ms;
  impatient.on_error = [&](const socket&, std::string_view error) {
    ends.push(std::string(error));
  };
  server.io.websocket("/impatient", impatient);
  const auto running = server.start();
  native_client alive(server.where(), "/impatient");  // answers pings
  auto pending = alive->read(boost::asio::use_future);
  http_client dead(server.where());
  dead.send(http_client::format("GET", "/impatient", {}, handshake_fields));
  EXPECT_EQ(dead.read().status, 101U);
  EXPECT_EQ(ends.pop(), "nothing came within the idle timeout");
  EXPECT_EQ(dead.read_all(), std::string("\x89\0", 2)) << "it has been sent a ping";
  alive->send("still here");
  ASSERT_EQ(pending.wait_for(patience), std::future_status::ready);
  EXPECT_EQ(pending.get().data, "still here");
  EXPECT_TRUE(ends.empty());
}

TEST_P(websocket_route, ends_peers_that_do_not_read) {
  channel<std::string> problems;
  auto flooding = echo_route();
  flooding.max_send_queue = 1'000'000;
  flooding.on_open = [](const socket& opened) {
    for (int i = 0; i < 1000 && opened.is_open(); ++i) opened.send(std::string(100'000, 'x'));
  };
  flooding.on_error = [&](const socket&, std::string_view error) {
    problems.push(std::string(error));
  };
  server.io.websocket("/flood", flooding);
  const auto running = server.start();
  http_client client(server.where());
  client.send(http_client::format("GET", "/flood", {}, handshake_fields));
  EXPECT_EQ(problems.pop(), "the client does not read, its queue is full");
}

TEST_P(websocket_route, tells_when_everything_has_been_sent) {
  channel<std::size_t> drained;
  auto sending = echo_route();
  sending.on_open = [](const socket& opened) { opened.send(std::string(5'000'000, 'x')); };
  sending.on_drain = [&](const socket& peer) { drained.push(peer.buffered()); };
  server.io.websocket("/drain", sending);
  const auto running = server.start();
  native_client client(server.where(), "/drain");
  EXPECT_EQ(client.text().size(), 5'000'000U);
  EXPECT_EQ(drained.pop(), 0U);
}

TEST_P(websocket_route, ends_with_the_server) {
  channel<int> ends;
  auto watched = echo_route();
  watched.on_close = [&](const socket&, close_code code, std::string_view) {
    ends.push(static_cast<int>(code));
  };
  server.io.websocket("/watched", watched);
  std::optional<socket> kept;
  channel<socket> opened;
  watched.on_open = [&](const socket& peer) { opened.push(peer); };
  server.io.websocket("/kept", watched);
  const auto running = server.start();
  native_client first(server.where(), "/watched");
  native_client second(server.where(), "/kept");
  const auto peer = opened.pop();
  server.close();
  EXPECT_EQ(first.text(), "(end)");
  EXPECT_EQ(first->received_close_code(), close_code::going_away);
  EXPECT_EQ(ends.pop(), 1001);
  EXPECT_EQ(ends.pop(), 1001);
  peer.send("nothing happens");
  peer.close();
  EXPECT_FALSE(peer.is_open());
}

TEST_P(websocket_route, tells_of_sent_output_not_while_it_sends) {
  channel<int> deepest;
  auto sending = echo_route();
  sending.max_send_queue = 300'000;
  struct depth {
    int now = 0;
    int most = 0;
    int drains = 0;
  };
  sending.on_message = [](const socket& from, std::string_view, bool) {
    auto& counted = from.data<depth>();
    ++counted.now;
    from.send(std::string(400'000, 'x'));
    --counted.now;
  };
  sending.on_drain = [&](const socket& peer) {
    auto& counted = peer.data<depth>();
    counted.most = std::max(counted.most, counted.now);
    if (++counted.drains == 1) deepest.push(counted.most);
  };
  server.io.websocket("/drain", sending);
  const auto running = server.start();
  native_client client(server.where(), "/drain");
  client->send("now");
  EXPECT_EQ(deepest.pop(), 0) << "a handler ran within another one's send()";
}

TEST_P(websocket_route, reads_the_end_after_its_own_close) {
  channel<socket> opened;
  route unread;
  unread.on_open = [&](const socket& peer) { opened.push(peer); };
  server.io.websocket("/unread", unread);
  const auto running = server.start();
  native_client client(server.where(), "/unread");
  const auto peer = opened.pop();
  peer.close();
  auto result = peer.read(boost::asio::use_future);
  ASSERT_EQ(result.wait_for(patience), std::future_status::ready);
  try {
    static_cast<void>(result.get());
    ADD_FAILURE() << "there is no message";
  } catch (const boost::system::system_error& error) {
    EXPECT_EQ(error.code(), boost::asio::error::eof);
  }
}

TEST_P(websocket_route, notices_that_a_peer_held_back_has_gone) {
  channel<int> ends;
  route unread;
  unread.idle_timeout = 100ms;
  unread.on_close = [&](const socket&, close_code code, std::string_view) {
    ends.push(static_cast<int>(code));
  };
  server.io.websocket("/unread", unread);
  const auto running = server.start();
  {
    websocket_client client(server.where(), "/unread");
    for (int i = 0; i < 200; ++i) client.send("nobody reads this");
  }
  EXPECT_EQ(ends.pop(), 1006);
}

TEST_P(websocket_route, keeps_a_connection_whose_long_message_arrives_slowly) {
  auto patient = echo_route();
  patient.idle_timeout = 400ms;
  server.io.websocket("/patient", patient);
  const auto running = server.start();
  http_client client(server.where());
  client.send(http_client::format("GET", "/patient", {}, handshake_fields));
  EXPECT_EQ(client.read().status, 101U);
  std::string frame;
  socketio::websocket::append_masked_frame(frame, socketio::websocket::opcode::text,
                                           std::string(20, 'x'), {1, 2, 3, 4});
  // The message takes twice the timeout, but the client is never silent for that long. The server's
  // pings are the clock, so that the test need not sleep.
  std::string received;
  std::size_t sent = 0;
  while (sent < frame.size()) {
    const auto count = std::min<std::size_t>(6, frame.size() - sent);
    client.below().send(std::string_view(frame).substr(sent, count));
    sent += count;
    if (sent == frame.size()) break;
    const auto before = received.size();
    while (received.size() < before + 2) {
      const auto more = client.below().receive();
      ASSERT_FALSE(more.empty()) << "the connection has been ended";
      received += more;
    }
  }
  while (received.find(std::string(20, 'x')) == std::string::npos) {
    const auto more = client.below().receive();
    ASSERT_FALSE(more.empty());
    received += more;
  }
}

TEST(websocket_route_options, are_checked) {
  socketio::server io(options_with(1));
  route wrong;
  wrong.max_message_size = 0;
  EXPECT_THROW(io.websocket("/x", wrong), std::invalid_argument);
  wrong = {};
  wrong.deflate.emplace().server_max_window_bits = 8;
  EXPECT_THROW(io.websocket("/x", wrong), std::invalid_argument);
  wrong = {};
  wrong.idle_timeout = -1ms;
  EXPECT_THROW(io.websocket("/x", wrong), std::invalid_argument);
  EXPECT_THROW(io.websocket("no slash", route()), std::invalid_argument);
}

// The queue overflows while part of a TLS record waits to be sent. Before the server ends the
// connection for it, a close frame arrives and the socket becomes writable.
TEST(websocket_route_over_tls, survives_a_close_frame_after_its_queue_has_overflowed) {
  const temporary_folder folder;
  server_fixture server;
  channel<socket> opened;
  channel<bool> ends;
  route flood;
  flood.max_send_queue = 1'000'000;
  flood.on_open = [&](const socket& peer) { opened.push(peer); };
  flood.on_close = [&](const socket&, close_code, std::string_view) { ends.push(true); };
  server.io.websocket("/flood", flood);
  socketio::listen_options options;
  options.tls = make_certificate(folder.path());
  endpoint secure(server.io.listen(options));
  secure.tls = true;
  const auto running = server.start();
  http_client client(secure);
  client.send(http_client::format("GET", "/flood", {}, std::string(handshake_fields)));
  const auto peer = opened.pop();
  channel<bool> done;
  // In the innermost task the system has woken the poller for the close frame, whose handler is
  // next.
  server.io.post([&] {
    server.io.post([&] {
      client.below().send(std::string("\x88\x80\0\0\0\0", 6));
      server.io.post([&] {
        for (int i = 0; i < 300; ++i) peer.send(std::string(100'000, 'x'));
        for (std::size_t read = 0; read < 2'500'000;) read += client.below().receive().size();
        done.push(true);
      });
    });
  });
  done.pop();
  ends.pop();
}

}  // namespace
