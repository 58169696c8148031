// Handles that refer to nothing, or to what is gone, and handles in hash tables.
#include <boost/asio/use_future.hpp>
#include <future>
#include <regex>
#include <unordered_map>
#include <unordered_set>

#include <socketio/engineio/socket.hpp>
#include <socketio/remote_socket.hpp>
#include <socketio/websocket.hpp>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using socketio::ack;
using socketio::error_code;
using socketio::json;
using socketio::socket;
namespace asio = boost::asio;

// The error of a call that is complete at once.
template <class Value>
error_code error_of(std::future<Value> asked) {
  EXPECT_EQ(asked.wait_for(0s), std::future_status::ready);
  try {
    asked.get();
    return {};
  } catch (const boost::system::system_error& error) {
    return error.code();
  }
}

template <class Emitter>
void expect_no_answer(const Emitter& emitter) {
  emitter.emit("event", 1, std::vector<std::byte>(3));
  error_code told;
  emitter.emit("event", [&](const error_code& error, const json&) { told = error; });
  EXPECT_EQ(told, socketio::error::disconnected);
  EXPECT_EQ(error_of(emitter.emit_with_ack("event", asio::use_future)),
            socketio::error::disconnected);
  EXPECT_EQ(error_of(emitter.timeout(1ms).emit_with_ack("event", asio::use_future)),
            socketio::error::disconnected);
}

// What every socket does that is not connected.
void use(const socket& none) {
  EXPECT_FALSE(none.connected());
  none.set_data({{"a", 1}});
  none.update_data([](json& data) { data["b"] = 1; });
  none.on("event", [] {});
  none.once("event", [] {});
  none.off("event");
  none.on_any([](std::string_view, const socketio::arguments&) {});
  none.prepend_any_outgoing([](std::string_view, const socketio::arguments&) {});
  none.off_any();
  none.off_any_outgoing();
  none.remove_all_listeners();
  none.use(
      [](std::string_view, const socketio::arguments&, const socketio::next& next) { next(); });
  EXPECT_TRUE(none.listeners_any().empty());
  EXPECT_TRUE(none.listeners_any_outgoing().empty());
  none.join("room");
  none.leave("room");
  EXPECT_TRUE(none.rooms().empty());
  none.to("room").emit("event");
  none.except("room").emit("event");
  none.local().emit("event");
  EXPECT_EQ(error_of(none.broadcast().fetch_sockets(asio::use_future)),
            socketio::error::disconnected);
  none.post([] { FAIL() << "there is no shard"; });
  none.volatile_().compress(false).emit("event");
  none.disconnect();
  none.disconnect(true);
  EXPECT_EQ(none.buffered(), 0U);
  EXPECT_FALSE(none.connection());
  EXPECT_FALSE(none.get_executor());
  expect_no_answer(none);
}

// What every namespace does of which the server is gone.
void use(const socketio::io_namespace& none) {
  none.on("connection", [](const socket&) {});
  none.on_server_side("event", [] {});
  none.off("connection");
  none.remove_all_listeners();
  none.use([](const socket&, const socketio::next& next) { next(); });
  EXPECT_TRUE(none.sockets().empty());
  EXPECT_FALSE(none.find_socket("id"));
  EXPECT_EQ(none.sockets_count(), 0U);
  EXPECT_EQ(none.sockets_count("room"), 0U);
  EXPECT_TRUE(none.rooms().empty());
  EXPECT_EQ(none.rooms_count(), 0U);
  none.add_room_observer(nullptr);
  none.sockets_join("room");
  none.sockets_leave("room");
  none.disconnect_sockets();
  none.to("room").except("other").local().volatile_().emit("event");
  EXPECT_EQ(error_of(none.server_count(asio::use_future)), socketio::error::disconnected);
  EXPECT_EQ(error_of(none.fetch_sockets(asio::use_future)), socketio::error::disconnected);
  none.server_side_emit("event");
  error_code told;
  none.server_side_emit("event", [&](const error_code& error, const json&) { told = error; });
  EXPECT_EQ(told, socketio::error::disconnected);
  EXPECT_FALSE(none.get_executor());
  none.emit("event", socketio::each_answer([](std::string_view, const error_code&, const json&) {
              FAIL() << "nobody answers";
            }));
}

TEST(handles, that_refer_to_nothing_do_nothing) {
  const socket none;
  EXPECT_EQ(none.id(), "");
  EXPECT_EQ(none.nsp(), "");
  EXPECT_EQ(none.transport(), "");
  EXPECT_EQ(none.handshake().url(), "");
  EXPECT_EQ(none.handshake().auth(), json::object());
  use(none);
  EXPECT_EQ(none.data(), json::object());
  EXPECT_EQ(none.emplace_data<int>(1).use_count(), 1);
  EXPECT_EQ(none.data<int>(), nullptr);

  const socketio::io_namespace nsp;
  EXPECT_EQ(nsp.name(), "");
  EXPECT_EQ(nsp.of("/"), nsp);
  use(nsp);
  expect_no_answer(nsp);

  const socketio::remote_socket remote;
  EXPECT_EQ(remote.id(), "");
  EXPECT_EQ(remote.handshake().address(), "");
  remote.join("room");
  remote.leave("room");
  remote.disconnect();
  expect_no_answer(remote);

  const ack reply;
  reply(1);

  const socketio::engineio::socket session;
  EXPECT_EQ(session.id(), "");
  EXPECT_EQ(session.request().target, "");
  EXPECT_EQ(session.transport(), "");
  EXPECT_FALSE(session.get_executor());
  session.send("text");
  session.send(std::span<const std::byte>());
  session.on_message([](std::string_view, bool) {});
  session.on_close([](std::string_view, std::string_view) {});
  session.on_upgrade([] {});
  session.close();

  const socketio::websocket::socket websocket;
  EXPECT_FALSE(websocket.is_open());
  EXPECT_EQ(websocket.request().target, "");
  EXPECT_EQ(websocket.subprotocol(), "");
  EXPECT_EQ(websocket.buffered(), 0U);
  EXPECT_FALSE(websocket.get_executor());
  websocket.send("text");
  websocket.ping();
  websocket.subscribe("topic");
  websocket.unsubscribe("topic");
  websocket.publish("topic", "text");
  websocket.close();
  websocket.abort();
  EXPECT_EQ(error_of(websocket.read(asio::use_future)), asio::error::operation_aborted);
  EXPECT_THROW(static_cast<void>(websocket.data<int>()), std::logic_error);

  const socketio::websocket::endpoint endpoint;
  endpoint.publish("topic", "text");
  EXPECT_EQ(endpoint.sockets_count(), 0U);
}

class outliving_handles : public ::testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(threads, outliving_handles, ::testing::Values(1, 3), threads_name);

TEST_P(outliving_handles, do_nothing) {
  socket kept;
  ack due;
  socketio::io_namespace nsp;
  socketio::io_namespace other;
  socketio::parent_namespace parent;
  std::vector<socketio::remote_socket> fetched;
  socketio::engineio::socket session;
  socketio::websocket::endpoint endpoint;
  socketio::websocket::socket websocket;
  socketio::connection connection;
  std::string id;
  {
    server_fixture server(options_with(GetParam()));
    channel<ack> asked;
    channel<socketio::websocket::socket> opened;
    nsp = server.io;
    other = server.io.of("/other");
    parent = server.io.of(std::regex("/child-.*"));
    server.io.on("connection", [&](const socket& socket) {
      kept = socket;
      connection = socket.connection();
      socket.on("ask", [&](const ack& reply) { asked.push(reply); });
    });
    socketio::websocket::route route;
    route.on_open = [&](const socketio::websocket::socket& socket) { opened.push(socket); };
    endpoint = server.io.websocket("/native", route);
    const auto running = server.start();
    socket_client client(server.where());
    id = client.connect();
    client.send(R"(21["ask"])");
    due = asked.pop();
    fetched = server.io.fetch_sockets(asio::use_future).get();
    websocket_client native(server.where(), "/native");
    websocket = opened.pop();
    EXPECT_EQ(endpoint.sockets_count(), 1U);
  }
  EXPECT_EQ(kept.id(), id);
  EXPECT_EQ(kept.nsp(), "/");
  EXPECT_EQ(kept.transport(), "websocket");
  use(kept);
  use(nsp);
  use(other);
  use(static_cast<const socketio::io_namespace&>(parent));
  EXPECT_TRUE(parent.children().empty());
  EXPECT_EQ(other.name(), "/other");
  EXPECT_EQ(other.of("/"), socketio::io_namespace());
  due("late");
  ASSERT_EQ(fetched.size(), 1U);
  EXPECT_EQ(fetched.front().id(), id);
  fetched.front().join("room");
  fetched.front().disconnect();
  expect_no_answer(fetched.front());
  websocket.send("text");
  websocket.publish("topic", "text");
  websocket.close();
  endpoint.publish("topic", "text");
  EXPECT_EQ(endpoint.sockets_count(), 0U);
  EXPECT_FALSE(connection.id().empty());
  connection.close();
}

TEST(handles, reach_other_namespaces) {
  const socketio::server io(options_with(1));
  EXPECT_EQ(io.of("/other").of("/"), static_cast<const socketio::io_namespace&>(io));
  EXPECT_EQ(io.of("/other").of("other"), io.of("/other"));
  EXPECT_EQ(io.of("/other").of("/third").name(), "/third");
}

TEST(handles, are_keys_of_hash_tables) {
  server_fixture server(options_with(1));
  channel<socket> connected;
  server.io.on("connection", [&](const socket& socket) { connected.push(socket); });
  const auto running = server.start();
  socket_client one(server.where());
  one.connect();
  const auto a = connected.pop();
  socket_client two(server.where());
  two.connect();
  const auto b = connected.pop();
  std::unordered_map<socket, int> scores{{a, 1}, {b, 2}};
  EXPECT_EQ(scores.at(server.io.find_socket(a.id()).value()), 1);
  EXPECT_EQ(scores.at(server.io.find_socket(b.id()).value()), 2);
  EXPECT_FALSE(scores.contains(socket()));

  std::unordered_set<socketio::io_namespace> namespaces{server.io, server.io.of("/other")};
  EXPECT_TRUE(namespaces.contains(server.io.of("/")));
  EXPECT_FALSE(namespaces.contains(server.io.of("/third")));

  const auto fetched = server.io.fetch_sockets(asio::use_future).get();
  const std::unordered_set<socketio::remote_socket> remote(fetched.begin(), fetched.end());
  EXPECT_EQ(remote.size(), 2U);

  std::promise<bool> same;
  a.post([&] {
    const std::unordered_set<socketio::connection> connections{a.connection()};
    same.set_value(connections.contains(a.connection()) && !connections.contains({}));
  });
  EXPECT_TRUE(same.get_future().get());
  const std::unordered_set<socketio::engineio::socket> sessions{socketio::engineio::socket()};
  const std::unordered_set<socketio::websocket::socket> sockets{socketio::websocket::socket()};
  EXPECT_EQ(sessions.size() + sockets.size(), 2U);
}

}  // namespace
