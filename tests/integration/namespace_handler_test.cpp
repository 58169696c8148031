// Handlers of servers and namespaces: once, first, removed; and the client's deadline for joining.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>

#include <socketio/engineio/shard.hpp>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using socketio::socket;

class namespace_handlers : public server_test {
 protected:
  // A handler that tells its name.
  auto tell(std::string name) {
    return [this, name = std::move(name)](const socket&) { told.push(name); };
  }

  channel<std::string> told;
};
INSTANTIATE_TEST_SUITE_P(threads, namespace_handlers, ::testing::Values(1, 3), threads_name);

TEST_P(namespace_handlers, run_in_their_order) {
  server.io.on("connection", tell("second"));
  server.io.prepend_listener("connect", tell("first"));
  server.io.on("connect", tell("third"));
  const auto running = server.start();
  const auto client = connect();
  EXPECT_EQ(told.pop(), "first");
  EXPECT_EQ(told.pop(), "second");
  EXPECT_EQ(told.pop(), "third");
}

TEST_P(namespace_handlers, run_once_if_so_added) {
  server.io.once("connection", tell("once"));
  server.io.prepend_once_listener("connection", tell("first once"));
  server.io.on("connection", tell("always"));
  const auto running = server.start();
  const auto first = connect();
  EXPECT_EQ(told.pop(), "first once");
  EXPECT_EQ(told.pop(), "once");
  EXPECT_EQ(told.pop(), "always");
  const auto second = connect();
  EXPECT_EQ(told.pop(), "always");
}

TEST_P(namespace_handlers, run_once_for_clients_that_come_at_once) {
  server.io.once("connection", tell("once"));
  const auto running = server.start();
  std::vector<std::unique_ptr<socket_client>> clients;
  for (int i = 0; i < 6; ++i) clients.push_back(std::make_unique<socket_client>(server.where()));
  for (const auto& client : clients) client->send("0");
  for (const auto& client : clients) EXPECT_EQ(client->next().substr(0, 2), "0{");
  EXPECT_EQ(told.pop(), "once");
  EXPECT_TRUE(told.empty());
}

TEST_P(namespace_handlers, are_removed_by_id_by_event_or_all) {
  const auto removed = server.io.on("connection", tell("removed"));
  server.io.on("connect", tell("connect"));
  const auto last = server.io.on("connection", tell("last"));
  EXPECT_NE(removed, last);
  server.io.off(removed);
  server.io.off("connect");
  const auto running = server.start();
  const auto first = connect();
  EXPECT_EQ(told.pop(), "last");
  server.io.remove_all_listeners();
  const auto second = connect();
  EXPECT_TRUE(told.empty());
}

TEST_P(namespace_handlers, may_be_removed_by_themselves) {
  socketio::listener_id id{};
  id = server.io.on("connection", [&](const socket&) {
    server.io.off(id);
    told.push("self");
  });
  const auto running = server.start();
  const auto first = connect();
  const auto second = connect();
  EXPECT_EQ(told.pop(), "self");
  EXPECT_TRUE(told.empty());
}

TEST(connect_timeout, is_armed_again_when_a_client_has_left_every_namespace) {
  auto options = options_with(1);
  options.connect_timeout = std::chrono::milliseconds(50);
  server_fixture server(options);
  server.io.of("/chat");
  const auto running = server.start();
  socket_client client(server.where());
  client.connect("/");
  client.connect("/chat");
  client.send("1");
  // It is still in the other one: the server answers after the deadline would have passed.
  channel<int> later;
  boost::asio::steady_timer timer(server.io.http().shards().front()->executor(),
                                  std::chrono::milliseconds(100));
  timer.async_wait([&](const auto&) { later.push(1); });
  later.pop();
  EXPECT_EQ(client.try_connect("/nowhere"), R"(4/nowhere,{"message":"Invalid namespace"})");
  client.send("1/chat,");
  EXPECT_EQ(client.next(), "(end)");
}

// --- The connection below the sockets

TEST_P(namespace_handlers, find_the_connection_that_sockets_share) {
  std::mutex mutex;
  std::optional<socketio::connection> first;
  const auto compare = [&](const socket& socket) {
    const auto connection = socket.connection();
    const std::scoped_lock lock(mutex);
    EXPECT_TRUE(connection);
    EXPECT_NE(connection.id(), socket.id());
    EXPECT_EQ(connection.transport(), "websocket");
    EXPECT_EQ(connection.protocol(), "4");
    EXPECT_FALSE(connection.upgrading());
    EXPECT_FALSE(connection.upgraded());
    EXPECT_NE(connection.request().target.find("EIO=4"), std::string_view::npos);
    EXPECT_EQ(connection.attachment<int>(), nullptr);
    told.push(first && *first == connection ? "the same" : "another");
    if (!first) first = connection;
    const auto look = [this, socket] { told.push(socket.connection() ? "present" : "gone"); };
    socket.on("disconnect", [socket, look] {
      look();
      socket.post(look);
    });
  };
  server.io.on("connection", compare);
  server.io.of("/other").on("connection", compare);
  const auto running = server.start();
  const auto client = connect();
  EXPECT_EQ(told.pop(), "another");
  client->connect("/other");
  EXPECT_EQ(told.pop(), "the same");
  client->send("1");
  EXPECT_EQ(told.pop(), "present");
  EXPECT_EQ(told.pop(), "gone");
  const auto other = connect();
  EXPECT_EQ(told.pop(), "another");
}

TEST_P(namespace_handlers, watch_the_connection) {
  server.io.on("connection", [&](const socket& socket) {
    const auto connection = socket.connection();
    connection.on_packet([&](const socketio::engineio::packet& packet) {
      told.push("in " + std::string(packet.data));
    });
    connection.on_packet_create([&](const socketio::engineio::packet& packet) {
      told.push("out " + std::string(packet.data));
    });
    connection.on_drain([&] { told.push("drain"); });
    connection.on_close([&](std::string_view reason, std::string_view) {
      told.push("close " + std::string(reason));
    });
    socket.on("hello", [socket] { socket.emit("world"); });
    socket.on("bye", [connection] { connection.close(); });
    socket.on("disconnect", [&] { told.push("disconnect"); });
  });
  const auto running = server.start();
  const auto client = connect();
  client->emit(R"(["hello"])");
  EXPECT_EQ(client->next(), R"(2["world"])");
  client->emit(R"(["bye"])");
  std::vector<std::string> seen;
  while (seen.empty() || seen.back() != "disconnect") seen.push_back(told.pop());
  // The answer to the handshake may drain before, too.
  std::erase(seen, "drain");
  EXPECT_EQ(seen, (std::vector<std::string>{R"(in 2["hello"])", R"(out 2["world"])",
                                            R"(in 2["bye"])", "close forced close", "disconnect"}));
}

TEST(allow_request, hands_on_what_it_has_found) {
  auto options = options_with(1);
  options.allow_request = [](const socketio::http_request& request, const auto& allow) {
    allow(std::nullopt, std::string(socketio::query_parameter(request.query(), "EIO").value()));
  };
  server_fixture server(options);
  channel<std::string> told;
  server.io.use([&](const socket& socket, const socketio::next& go_on) {
    told.push(*socket.connection().attachment<std::string>());
    EXPECT_EQ(socket.connection().attachment<int>(), nullptr);
    go_on();
  });
  const auto running = server.start();
  socket_client client(server.where());
  client.connect();
  EXPECT_EQ(told.pop(), "4");
}

// --- What belongs to a namespace

TEST_P(namespace_handlers, are_those_of_the_namespace_without_a_name) {
  server.io.of("").on("connection", tell("/"));
  const auto running = server.start();
  const auto client = connect();
  EXPECT_EQ(told.pop(), "/");
}

TEST_P(namespace_handlers, stand_beside_send) {
  const auto other = server.io.of("/other");
  const auto running = server.start();
  const auto client = connect();
  client->connect("/other");
  server.io.send();
  EXPECT_EQ(client->next(), R"(2["message"])");
  server.io.send("hello", 1);
  EXPECT_EQ(client->next(), R"(2["message","hello",1])");
  other.send("there");
  EXPECT_EQ(client->next(), R"(2/other,["message","there"])");
}

TEST_P(namespace_handlers, find_no_sockets_of_other_namespaces) {
  const auto other = server.io.of("/other");
  const auto join = [&](const socket& socket) {
    socket.join({"room", socket.nsp()});
    told.push(socket.id());
  };
  server.io.on("connection", join);
  other.on("connection", join);
  const auto running = server.start();
  const auto client = connect();
  const auto here = told.pop();
  client->connect("/other");
  const auto there = told.pop();
  const auto only = [](const socketio::broadcast_operator& sockets, const std::string& id) {
    const auto found = sockets.fetch_sockets(boost::asio::use_future).get();
    EXPECT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().id(), id);
  };
  only(server.io, here);
  only(other, there);
  only(server.io.in("room"), here);
  only(other.in("room"), there);
  only(other.in({"room", "/", "/other"}), there);
}

}  // namespace
