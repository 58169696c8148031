// Bytes that are moved in, shared or kept, and events that are encoded once.
#include <boost/asio/use_future.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <socketio/remote_socket.hpp>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using socketio::ack;
using socketio::json;
using socketio::prepared_event;
using socketio::shared_bytes;
using socketio::socket;
namespace asio = boost::asio;

const std::string placeholder = R"({"_placeholder":true,"num":0})";

// More than any threshold below which bytes are copied.
std::string many(char content) {
  return std::string(100'000, content);
}

class bytes : public server_test {
 protected:
  // The event that a client receives next, with the bytes of its one attachment.
  static std::string next_bytes(socket_client& client, const std::string& event) {
    EXPECT_EQ(client.next(), event);
    const auto attachment = client.next_message();
    return attachment && attachment->binary ? attachment->data : "(no attachment)";
  }
  [[nodiscard]] std::unique_ptr<socket_client> connect_polling() {
    auto client = std::make_unique<socket_client>(std::make_unique<polling_client>(server.where()));
    client->connect();
    return client;
  }
};
INSTANTIATE_TEST_SUITE_P(threads, bytes, ::testing::Values(1, 3), threads_name);

TEST_P(bytes, are_moved_into_events_and_acknowledgements) {
  server.io.on("connection", [](const socket& socket) {
    socket.on("emit", [socket] {
      std::vector<std::byte> moved(100'000, std::byte{'m'});
      socket.emit("moved", std::move(moved));
      EXPECT_TRUE(moved.empty());  // NOLINT(bugprone-use-after-move): that is what is checked
    });
    socket.on("ask", [](const ack& reply) { reply(std::vector<std::uint8_t>(100'000, 'a')); });
    socket.on("result", [] { return std::vector<std::byte>(100'000, std::byte{'r'}); });
  });
  const auto running = server.start();
  const auto websocket = connect();
  const auto polling = connect_polling();
  for (auto* client : {websocket.get(), polling.get()}) {
    client->send(R"(2["emit"])");
    EXPECT_EQ(next_bytes(*client, "51-[\"moved\"," + placeholder + "]"), many('m'));
    client->send(R"(27["ask"])");
    EXPECT_EQ(next_bytes(*client, "61-7[" + placeholder + "]"), many('a'));
    client->send(R"(28["result"])");
    EXPECT_EQ(next_bytes(*client, "61-8[" + placeholder + "]"), many('r'));
  }
}

TEST_P(bytes, are_shared_by_sockets_and_broadcasts) {
  const shared_bytes shared(many('s'));
  server.io.on("connection", [&](const socket& socket) {
    socket.on("emit", [&, socket] { socket.emit("one", shared); });
    socket.on("broadcast", [&] { server.io.emit("all", shared); });
  });
  const auto running = server.start();
  const auto websocket = connect();
  const auto polling = connect_polling();
  for (auto* client : {websocket.get(), polling.get()}) {
    client->send(R"(2["emit"])");
    EXPECT_EQ(next_bytes(*client, "51-[\"one\"," + placeholder + "]"), many('s'));
  }
  websocket->send(R"(2["broadcast"])");
  for (auto* client : {websocket.get(), polling.get()}) {
    EXPECT_EQ(next_bytes(*client, "51-[\"all\"," + placeholder + "]"), many('s'));
  }
  server.close();
  EXPECT_EQ(shared.owner().use_count(), 1) << "nobody holds what has been sent";
}

TEST_P(bytes, that_are_never_released_need_no_owner) {
  static const std::string permanent = many('n');
  const shared_bytes shared(nullptr, std::as_bytes(std::span(permanent)));
  server.io.on("connection", [&](const socket& socket) {
    socket.on("emit", [&, socket] { socket.emit("one", shared); });
  });
  const auto running = server.start();
  const auto websocket = connect();
  const auto polling = connect_polling();
  for (auto* client : {websocket.get(), polling.get()}) {
    client->send(R"(2["emit"])");
    EXPECT_EQ(next_bytes(*client, "51-[\"one\"," + placeholder + "]"), many('n'));
  }
  server.io.emit("all", shared);
  for (auto* client : {websocket.get(), polling.get()}) {
    EXPECT_EQ(next_bytes(*client, "51-[\"all\"," + placeholder + "]"), many('n'));
  }
}

TEST_P(bytes, that_have_arrived_may_be_kept_and_passed_on) {
  channel<shared_bytes> kept;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("keep", [&](shared_bytes arrived) { kept.push(std::move(arrived)); });
    socket.on("relay",
              [socket](const shared_bytes& arrived, const std::vector<shared_bytes>& rest) {
                socket.emit("relayed", arrived, rest.size());
                EXPECT_EQ(rest.front(), arrived);
              });
    socket.on("lines", [&](const std::optional<shared_bytes>& missing) {
      kept.push(missing.value_or(shared_bytes(std::string("missing"))));
    });
  });
  const auto running = server.start();
  const auto client = connect();
  client->send("51-[\"keep\"," + placeholder + "]");
  client->send_binary("some bytes");
  EXPECT_EQ(kept.pop().characters(), "some bytes");
  client->send("51-[\"relay\"," + placeholder + ",[" + placeholder + "]]");
  client->send_binary(many('x'));
  EXPECT_EQ(next_bytes(*client, "51-[\"relayed\"," + placeholder + ",1]"), many('x'));
  client->send(R"(2["lines"])");
  EXPECT_EQ(kept.pop().characters(), "missing");
  client->send(R"(2["keep","text"])");
  EXPECT_EQ(server.errors.pop().substr(0, 11), "event keep:");
}

TEST_P(bytes, answer_an_event) {
  server.io.on("connection", [](const socket& socket) {
    socket.on("ask", [socket]() -> asio::awaitable<void> {
      const auto answer = co_await socket.emit_with_ack<shared_bytes>("question");
      socket.emit("answer", answer);
    });
  });
  const auto running = server.start();
  const auto client = connect();
  client->send(R"(2["ask"])");
  const auto question = client->next();
  client->send("61-" + question.substr(1, question.find('[') - 1) + "[" + placeholder + "]");
  client->send_binary("bytes");
  EXPECT_EQ(next_bytes(*client, "51-[\"answer\"," + placeholder + "]"), "bytes");
}

// --- Events that are encoded once

class prepared : public bytes {};
INSTANTIATE_TEST_SUITE_P(threads, prepared, ::testing::Values(1, 3), threads_name);

TEST_P(prepared, events_are_sent_one_by_one) {
  const prepared_event event("news", 1, "text", many('p').substr(0, 5));
  const prepared_event binary("bytes", shared_bytes(many('p')));
  EXPECT_EQ(event.name(), "news");
  EXPECT_EQ(event.encoded().json, R"(["news",1,"text","ppppp"])");
  channel<socket> connected;
  for (const std::string nsp : {"/", "/other"}) {
    server.io.of(nsp).on("connection", [&](const socket& socket) { connected.push(socket); });
  }
  const auto running = server.start();
  const auto websocket = connect();
  const auto polling = connect_polling();
  websocket->connect("/other");
  for (int i = 0; i < 3; ++i) {
    const auto socket = connected.pop();
    // From a foreign thread, and on the shard.
    socket.emit(event);
    socket.post([socket, event] { socket.emit(event); });
    socket.compress(false).emit(binary);
  }
  const auto receive = [](socket_client& client, const std::string& nsp) {
    EXPECT_EQ(client.next(), "2" + nsp + R"(["news",1,"text","ppppp"])");
    EXPECT_EQ(client.next(), "2" + nsp + R"(["news",1,"text","ppppp"])");
    EXPECT_EQ(next_bytes(client, "51-" + nsp + "[\"bytes\"," + placeholder + "]"), many('p'));
  };
  receive(*polling, "");
  receive(*websocket, "");
  receive(*websocket, "/other,");
}

TEST_P(prepared, events_ask_for_acknowledgements) {
  const prepared_event event("question", {{"n", 1}});
  channel<int> answers;
  channel<socket> connected;
  server.io.on("connection", [&](const socket& socket) {
    connected.push(socket);
    socket.on("await", [&, socket]() -> asio::awaitable<void> {
      answers.push(co_await socket.emit_with_ack<int>(event));
    });
  });
  const auto running = server.start();
  const auto client = connect();
  const auto socket = connected.pop();
  const auto answer = [&](int value) {
    const auto question = client->next();
    const auto id = question.substr(1, question.find('[') - 1);
    EXPECT_EQ(question, "2" + id + R"(["question",{"n":1}])");
    client->send("3" + id + "[" + std::to_string(value) + "]");
  };
  socket.emit(event, [&](int value) { answers.push(value); });
  answer(1);
  EXPECT_EQ(answers.pop(), 1);
  client->send(R"(2["await"])");
  answer(2);
  EXPECT_EQ(answers.pop(), 2);
  auto future = socket.emit_with_ack<int>(event, asio::use_future);
  answer(3);
  EXPECT_EQ(future.get(), 3);
  auto all = server.io.emit_with_ack<int>(event, asio::use_future);
  answer(4);
  EXPECT_EQ(all.get().received.front().value, 4);
}

TEST_P(prepared, events_are_broadcast) {
  const prepared_event event("news", std::vector<int>{1, 2});
  const auto running = server.start();
  const auto client = connect();
  server.io.emit(event);
  server.io.fetch_sockets(asio::use_future).get().front().emit(event);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(client->next(), R"(2["news",[1,2]])");
  server.io.server_side().emit(event);
  EXPECT_THROW(server.io.server_side().emit(prepared_event("new_namespace")),
               std::invalid_argument);
}

TEST_P(prepared, events_are_checked_as_others_are) {
  EXPECT_THROW(prepared_event("disconnect"), std::invalid_argument);
  const auto one = shared_bytes(std::string("x"));
  const prepared_event many("many", std::vector(11, one));
  EXPECT_THROW(server.io.emit(many), std::invalid_argument);
  socket().emit(many);
}

}  // namespace
