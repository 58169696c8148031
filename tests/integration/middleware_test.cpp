// Middlewares: functions that decide whether a client may join a namespace.
#include <thread>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using socketio::json;
using socketio::next;
using socketio::socket;

class middlewares : public server_test {};
INSTANTIATE_TEST_SUITE_P(threads, middlewares, ::testing::Values(1, 3), threads_name);

TEST_P(middlewares, run_in_order) {
  channel<std::string> seen;
  server.io.use([&](const socket& socket, const next& go_on) {
    EXPECT_FALSE(socket.connected());
    seen.push("first");
    socket.set_data({{"user", socket.handshake().auth()["user"]}});
    go_on();
  });
  server.io.use([&](const socket&, const next& go_on) {
    seen.push("second");
    go_on();
    seen.push("after next");
  });
  server.io.on("connection", [&](const socket& socket) {
    seen.push("connection of " + socket.data()["user"].get<std::string>());
  });
  const auto running = server.start();
  socket_client client(server.where());
  client.connect("/", R"({"user":"Ada"})");
  EXPECT_EQ(seen.pop(), "first");
  EXPECT_EQ(seen.pop(), "second");
  EXPECT_EQ(seen.pop(), "connection of Ada");
  EXPECT_EQ(seen.pop(), "after next");
}

TEST_P(middlewares, decide_later_on_another_thread) {
  channel<next> pending;
  server.io.use([&](const socket&, const next& go_on) { pending.push(go_on); });
  const auto running = server.start();
  socket_client client(server.where());
  std::jthread other([&] { pending.pop()(); });
  EXPECT_EQ(client.try_connect("/").substr(0, 8), R"(0{"sid":)");
  other = std::jthread([&] { pending.pop()("go away"); });
  EXPECT_EQ(socket_client(server.where()).try_connect("/"), R"(4{"message":"go away"})");
}

TEST_P(middlewares, refuse_with_a_reason) {
  channel<std::string> seen;
  server.io.use([](const socket& socket, const next& go_on) {
    if (socket.handshake().auth().contains("token")) return go_on();
    go_on({"no token", json{{"code", 7}}});
  });
  server.io.use([&](const socket&, const next& go_on) {
    seen.push("second");
    go_on();
  });
  server.io.on("connection", [&](const socket&) { seen.push("connection"); });
  const auto running = server.start();
  socket_client client(server.where());
  EXPECT_EQ(client.try_connect("/"), R"(4{"message":"no token","data":{"code":7}})");
  EXPECT_EQ(client.try_connect("/", R"({"token":1})").substr(0, 8), R"(0{"sid":)");
  EXPECT_EQ(seen.pop(), "second");
  EXPECT_EQ(seen.pop(), "connection");
  EXPECT_TRUE(seen.empty());
}

// CONNECT_ERROR packets have no attachments.
TEST_P(middlewares, refuse_with_bytes_as_the_reference_server_writes_them) {
  server.io.use([](const socket&, const next& go_on) {
    go_on({"no", json{{"icons", {socketio::binary{std::byte{1}, std::byte{255}}}}}});
  });
  const auto running = server.start();
  socket_client client(server.where());
  EXPECT_EQ(client.try_connect("/"),
            R"(4{"message":"no","data":{"icons":[{"type":"Buffer","data":[1,255]}]}})");
}

TEST_P(middlewares, that_throw_refuse) {
  server.io.use([](const socket&, const next&) { throw std::runtime_error("on purpose"); });
  const auto other = server.io.of("/other");
  other.use([](const socket&, const next& go_on) {
    go_on();
    throw std::runtime_error("after its decision");
  });
  const auto running = server.start();
  socket_client client(server.where());
  EXPECT_EQ(client.try_connect("/").substr(0, 11), R"(4{"message")");
  EXPECT_EQ(server.errors.pop(), "middleware: on purpose");
  EXPECT_EQ(client.try_connect("/other").substr(0, 8), "0/other,") << "it had decided already";
  EXPECT_EQ(server.errors.pop(), "middleware: after its decision");
}

TEST_P(middlewares, that_drop_their_decision_refuse) {
  server.io.use([](const socket&, const next&) {});
  channel<next> pending;
  server.io.of("/later").use([&](const socket&, const next& go_on) { pending.push(go_on); });
  const auto running = server.start();
  socket_client client(server.where());
  EXPECT_EQ(client.try_connect("/"), R"(4{"message":"Internal server error"})");
  EXPECT_EQ(server.errors.pop(), "middleware: next was dropped without a call");
  client.send("0/later,");
  static_cast<void>(pending.pop());
  EXPECT_EQ(client.next(), R"(4/later,{"message":"Internal server error"})");
  EXPECT_EQ(server.errors.pop(), "middleware: next was dropped without a call");
  // Nobody waits for a decision about a client that has gone.
  client.send("0/later,");
  {
    const auto dropped = pending.pop();
    client.below<websocket_client>().close();
    EXPECT_FALSE(client.below<websocket_client>().next());
  }
  EXPECT_TRUE(server.errors.empty());
}

TEST_P(middlewares, that_are_added_meanwhile_are_for_later_clients) {
  channel<next> pending;
  channel<std::string> seen;
  server.io.use([&](const socket&, const next& go_on) { pending.push(go_on); });
  const auto running = server.start();
  socket_client first(server.where());
  first.send("0");
  const auto go_on = pending.pop();
  server.io.use([&](const socket&, const next& next) {
    seen.push("second");
    next();
  });
  go_on();
  EXPECT_EQ(first.next().substr(0, 2), "0{");
  EXPECT_TRUE(seen.empty());
  socket_client second(server.where());
  second.send("0");
  pending.pop()();
  EXPECT_EQ(second.next().substr(0, 2), "0{");
  EXPECT_EQ(seen.pop(), "second");
}

TEST_P(middlewares, decide_once) {
  channel<int> connections;
  server.io.use([](const socket&, const next& go_on) {
    go_on();
    go_on();
    go_on("too late");
  });
  server.io.on("connection", [&](const socket&) { connections.push(1); });
  const auto running = server.start();
  socket_client client(server.where());
  client.connect();
  EXPECT_EQ(client.try_connect("/nowhere"), R"(4/nowhere,{"message":"Invalid namespace"})");
  EXPECT_EQ(connections.pop(), 1);
  EXPECT_TRUE(connections.empty());
}

TEST_P(middlewares, may_decide_about_clients_that_have_gone) {
  channel<std::pair<socket, next>> pending;
  channel<int> connections;
  channel<std::string> ended;
  server.io.use([&](const socket& socket, const next& go_on) {
    socket.on("disconnect", [&](const std::string& reason) { ended.push(reason); });
    socket.join("room");
    pending.push({socket, go_on});
  });
  server.io.on("connection", [&](const socket&) { connections.push(1); });
  const auto running = server.start();
  {
    socket_client client(server.where());
    client.send("0");
    const auto [waiting, go_on] = pending.pop();
    // The client closes its transport; next() returns nothing once the server has noticed.
    client.below<websocket_client>().close();
    EXPECT_FALSE(client.below<websocket_client>().next());
    go_on();
    EXPECT_FALSE(waiting.connected());
  }
  socket_client refused(server.where());
  refused.send("0");
  pending.pop().second("no");
  EXPECT_EQ(refused.next(), R"(4{"message":"no"})");
  socket_client client(server.where());
  client.send("0");
  pending.pop().second();
  EXPECT_EQ(client.next().substr(0, 2), "0{");
  EXPECT_EQ(connections.pop(), 1);
  EXPECT_TRUE(connections.empty());
  EXPECT_EQ(ended.pop(), "transport close");
  EXPECT_EQ(ended.pop(), "server namespace disconnect") << "of the client that was refused";
  EXPECT_TRUE(ended.empty());
  EXPECT_EQ(server.io.sockets_count(), 1U);
  EXPECT_EQ(server.io.rooms_count(), 2U);
}

TEST_P(middlewares, may_have_the_socket_join_rooms) {
  channel<std::vector<std::string>> rooms;
  server.io.use([](const socket& socket, const next& go_on) {
    socket.join({"early", "both"});
    go_on();
  });
  server.io.on("connection", [&](const socket& socket) {
    socket.join("late");
    socket.leave("both");
    rooms.push(socket.rooms());
  });
  const auto running = server.start();
  socket_client client(server.where());
  const auto id = client.connect();
  const auto joined = rooms.pop();
  EXPECT_EQ(joined, (std::vector<std::string>{id, "early", "late"})) << "its own is the first";
  server.io.to({"early", "late", id}).emit("event");
  EXPECT_EQ(client.next(), R"(2["event"])");
  server.io.except("early").emit("not for it");
  server.io.emit("last");
  EXPECT_EQ(client.next(), R"(2["last"])");
}

TEST_P(middlewares, belong_to_their_namespace) {
  server.io.of("/closed").use([](const socket&, const next& go_on) { go_on("closed"); });
  const auto running = server.start();
  socket_client client(server.where());
  EXPECT_EQ(client.try_connect("/closed"), R"(4/closed,{"message":"closed"})");
  EXPECT_EQ(client.try_connect("/").substr(0, 8), R"(0{"sid":)");
}

TEST_P(middlewares, see_sockets_that_are_not_connected_yet) {
  channel<std::size_t> counts;
  server.io.use([&](const socket& socket, const next& go_on) {
    EXPECT_FALSE(socket.connected());
    counts.push(server.io.sockets_count());
    go_on();
  });
  server.io.on("connection", [&](const socket& socket) {
    EXPECT_TRUE(socket.connected());
    counts.push(server.io.sockets_count());
  });
  const auto running = server.start();
  const auto client = connect();
  EXPECT_EQ(counts.pop(), 0U);
  EXPECT_EQ(counts.pop(), 1U);
}

}  // namespace
