// Namespaces that are made when clients ask for them, and namespaces that end.
#include <algorithm>
#include <regex>
#include <thread>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using socketio::allow_namespace;
using socketio::io_namespace;
using socketio::json;
using socketio::next;
using socketio::socket;

// A middleware.
void refuse_bad(const socket& socket, const next& go_on) {
  if (socket.handshake().auth().contains("bad")) return go_on("no");
  go_on();
}

class dynamic_namespaces : public server_test {
 protected:
  // Pushes the namespace of each socket that connects to a child.
  void tell_connections(const socketio::parent_namespace& parent) {
    parent.on("connection", [this](const socket& socket) { joined.push(socket.nsp()); });
  }

  channel<std::string> joined;
};
INSTANTIATE_TEST_SUITE_P(threads, dynamic_namespaces, ::testing::Values(1, 3), threads_name);

constexpr auto refused = [](std::string_view name) {
  return "4" + std::string(name) + R"(,{"message":"Invalid namespace"})";
};

TEST_P(dynamic_namespaces, are_made_for_names_that_a_regular_expression_finds) {
  const auto parent = server.io.of(std::regex(R"(^/dynamic-\d+$)"));
  EXPECT_EQ(parent.name(), "/_0");
  tell_connections(parent);
  const auto running = server.start();
  socket_client client(server.where());
  client.connect("/dynamic-101");
  EXPECT_EQ(joined.pop(), "/dynamic-101");
  EXPECT_EQ(client.try_connect("/dynamic-x"), refused("/dynamic-x"));
  EXPECT_EQ(client.try_connect("/_0"), refused("/_0")) << "a parent has no clients";
  EXPECT_EQ(server.io.of("/dynamic-101").sockets_count(), 1U);
  ASSERT_EQ(parent.children().size(), 1U);
  EXPECT_EQ(parent.children().front().name(), "/dynamic-101");
}

TEST_P(dynamic_namespaces, are_made_if_a_function_says_so) {
  tell_connections(server.io.of([](std::string_view name, const json& auth) {
    return name == "/secret" && auth["token"] == "abc";
  }));
  const auto running = server.start();
  socket_client client(server.where());
  EXPECT_EQ(client.try_connect("/secret"), refused("/secret")) << "that it throws is no";
  EXPECT_EQ(server.errors.pop().substr(0, 18), "namespace pattern:");
  EXPECT_EQ(client.try_connect("/secret", R"({"token":"x"})"), refused("/secret"));
  client.connect("/secret", R"({"token":"abc"})");
  EXPECT_EQ(joined.pop(), "/secret");
}

TEST_P(dynamic_namespaces, are_made_by_the_first_parent_that_allows_it) {
  channel<std::pair<std::string, allow_namespace>> asked;
  tell_connections(
      server.io.of([&](std::string_view name, const json& auth, const allow_namespace& allow) {
        EXPECT_TRUE(auth.is_null());
        asked.push({std::string(name), allow});
      }));
  tell_connections(server.io.of(std::regex("/b")));
  const auto running = server.start();
  socket_client client(server.where());
  client.send("0/a,");
  std::jthread([&] { asked.pop().second(true); }).join();
  EXPECT_EQ(client.next().substr(0, 4), "0/a,");
  EXPECT_EQ(joined.pop(), "/a");
  client.send("0/b,");
  // Dropped: the next parent is asked.
  static_cast<void>(asked.pop());
  EXPECT_EQ(client.next().substr(0, 4), "0/b,");
  client.send("0/c,");
  auto third = asked.pop();
  third.second(false);
  third.second(true);
  EXPECT_EQ(client.next(), refused("/c"));
}

TEST_P(dynamic_namespaces, join_a_client_that_has_asked_twice_once) {
  channel<allow_namespace> asked;
  tell_connections(server.io.of(
      [&](std::string_view, const json&, const allow_namespace& allow) { asked.push(allow); }));
  const auto running = server.start();
  socket_client client(server.where());
  client.send("0/a,");
  const auto first = asked.pop();
  client.send("0/a,");
  const auto second = asked.pop();
  first(true);
  second(true);
  EXPECT_EQ(client.next().substr(0, 4), "0/a,");
  EXPECT_EQ(joined.pop(), "/a");
  // Nothing more has been sent for it.
  client.send("0/b,");
  asked.pop()(false);
  EXPECT_EQ(client.next(), refused("/b"));
  EXPECT_TRUE(joined.empty());
}

TEST_P(dynamic_namespaces, do_nothing_for_clients_that_have_gone) {
  channel<allow_namespace> asked;
  tell_connections(server.io.of(
      [&](std::string_view, const json&, const allow_namespace& allow) { asked.push(allow); }));
  const auto running = server.start();
  {
    socket_client client(server.where());
    client.send("0/a,");
    const auto allow = asked.pop();
    client.below<websocket_client>().close();
    EXPECT_FALSE(client.below<websocket_client>().next());
    allow(true);
  }
  socket_client client(server.where());
  client.send("0/a,");
  asked.pop()(true);
  EXPECT_EQ(client.next().substr(0, 4), "0/a,");
  EXPECT_EQ(joined.pop(), "/a");
  EXPECT_TRUE(joined.empty());
}

TEST_P(dynamic_namespaces, are_one_for_clients_that_come_at_once) {
  tell_connections(server.io.of(std::regex("/room-")));
  std::atomic<int> made = 0;
  server.io.on("new_namespace", [&](const io_namespace&) { ++made; });
  const auto running = server.start();
  std::vector<std::unique_ptr<socket_client>> clients;
  for (int i = 0; i < 6; ++i) clients.push_back(std::make_unique<socket_client>(server.where()));
  for (const auto& client : clients) client->send("0/room-1,");
  for (const auto& client : clients) EXPECT_EQ(client->next().substr(0, 9), "0/room-1,");
  EXPECT_EQ(made, 1);
  EXPECT_EQ(server.io.of("/room-1").sockets_count(), 6U);
}

TEST_P(dynamic_namespaces, inherit_handlers_and_middlewares) {
  const auto parent = server.io.of(std::regex("/child-"));
  parent.use(refuse_bad);
  tell_connections(parent);
  const auto running = server.start();
  socket_client client(server.where());
  EXPECT_EQ(client.try_connect("/child-1", R"({"bad":1})"), R"(4/child-1,{"message":"no"})");
  client.connect("/child-1");
  EXPECT_EQ(joined.pop(), "/child-1");
  // Later ones are for later children.
  parent.remove_all_listeners();
  parent.on("connection", [this](const socket&) { joined.push("other"); });
  client.connect("/child-2");
  EXPECT_EQ(joined.pop(), "other");
  socket_client(server.where()).connect("/child-1");
  EXPECT_EQ(joined.pop(), "/child-1");
}

TEST_P(dynamic_namespaces, receive_what_the_parent_emits) {
  const auto parent = server.io.of(std::regex("/child-"));
  channel<std::string> answers;
  const auto running = server.start();
  socket_client client(server.where());
  const auto id = client.connect("/child-1");
  client.connect("/child-2");
  parent.emit("hello", 1);
  std::vector<std::string> received = {client.next(), client.next()};
  std::sort(received.begin(), received.end());
  EXPECT_EQ(received,
            (std::vector<std::string>{R"(2/child-1,["hello",1])", R"(2/child-2,["hello",1])"}));
  parent.to(id).emit("you");
  EXPECT_EQ(client.next(), R"(2/child-1,["you"])");
  parent.emit("sum", [&](socketio::error_code error, const std::vector<int>& values) {
    EXPECT_FALSE(error);
    int sum = 0;
    for (const auto value : values) sum += value;
    answers.push(std::to_string(sum));
  });
  for (int i = 0; i < 2; ++i) {
    auto asked = client.next();
    asked[0] = '3';
    client.send(asked.substr(0, asked.find('[')) + "[" + std::to_string(i + 1) + "]");
  }
  EXPECT_EQ(answers.pop(), "3");
}

TEST_P(dynamic_namespaces, are_fetched_from_the_children_only) {
  const auto parent = server.io.of(std::regex("/child-"));
  const auto running = server.start();
  channel<socketio::error_code> ended;
  parent.fetch_sockets([&](socketio::error_code error,
                           const std::vector<socketio::remote_socket>&) { ended.push(error); });
  EXPECT_EQ(ended.pop(), boost::asio::error::operation_not_supported);
}

TEST_P(dynamic_namespaces, include_those_that_the_application_names) {
  const auto parent = server.io.of(std::regex("^/child-"));
  tell_connections(parent);
  const auto child = server.io.of("child-1");
  const auto running = server.start();
  socket_client(server.where()).connect("/child-1");
  EXPECT_EQ(joined.pop(), "/child-1");
  ASSERT_EQ(parent.children().size(), 1U);
  EXPECT_EQ(parent.children().front().name(), child.name());
}

TEST_P(dynamic_namespaces, have_names_of_at_most_256_bytes) {
  server.io.of(std::regex("/x"));
  const auto running = server.start();
  socket_client client(server.where());
  client.connect("/" + std::string(255, 'x'));
  const auto long_name = "/" + std::string(256, 'x');
  EXPECT_EQ(client.try_connect(long_name), refused(long_name));
}

// --- New namespaces

TEST_P(dynamic_namespaces, are_announced_before_clients_join) {
  channel<std::string> made;
  server.io.on("new_namespace", [&](const io_namespace& nsp) {
    made.push(nsp.name());
    nsp.on("connection", [this](const socket& socket) { joined.push(socket.nsp()); });
    EXPECT_EQ(server.io.of(nsp.name()).name(), nsp.name());
  });
  server.io.once("new_namespace", [](const io_namespace&) { throw std::runtime_error("oh"); });
  server.io.of("/static");
  server.io.of(std::regex("/dynamic"));
  EXPECT_EQ(made.pop(), "/static");
  EXPECT_EQ(server.errors.pop(), "new_namespace: oh");
  const auto running = server.start();
  socket_client client(server.where());
  client.connect("/dynamic");
  EXPECT_EQ(made.pop(), "/dynamic");
  EXPECT_EQ(joined.pop(), "/dynamic");
  client.connect("/static");
  EXPECT_EQ(joined.pop(), "/static");
  EXPECT_TRUE(made.empty());
  EXPECT_TRUE(server.errors.empty());
}

TEST(new_namespace, is_an_event_of_the_server_alone) {
  socketio::server io(options_with(1));
  const auto other = io.of("/other");
  EXPECT_THROW(other.on("new_namespace", [](const io_namespace&) {}), std::invalid_argument);
  EXPECT_THROW(io.on("connection", [](const io_namespace&) {}), std::invalid_argument);
  EXPECT_THROW(io.on("new_namespace", [](const socket&) {}), std::invalid_argument);
}

// --- The end of namespaces

class empty_children : public dynamic_namespaces {
 protected:
  static socketio::server_options cleaning(std::size_t threads) {
    auto options = options_with(threads);
    options.cleanup_empty_child_namespaces = true;
    return options;
  }

  server_fixture cleaning_server{cleaning(GetParam())};
};
INSTANTIATE_TEST_SUITE_P(threads, empty_children, ::testing::Values(1, 3), threads_name);

TEST_P(empty_children, are_removed_if_the_option_says_so) {
  auto& io = cleaning_server.io;
  channel<std::string> left;
  const auto parent = io.of(std::regex("/child-"));
  parent.use(refuse_bad);
  parent.on("connection", [&](const socket& socket) {
    socket.on("disconnect", [&](const std::string& reason) { left.push(reason); });
  });
  const auto running = cleaning_server.start();
  socket_client first(cleaning_server.where());
  socket_client second(cleaning_server.where());
  first.connect("/child-1");
  second.connect("/child-1");
  EXPECT_EQ(parent.children().size(), 1U);
  first.send("1/child-1,");
  EXPECT_EQ(left.pop(), "client namespace disconnect");
  EXPECT_EQ(parent.children().size(), 1U) << "somebody is left";
  second.send("1/child-1,");
  EXPECT_EQ(left.pop(), "client namespace disconnect");
  EXPECT_TRUE(parent.children().empty());
  EXPECT_EQ(first.try_connect("/child-2", R"({"bad":1})"), R"(4/child-2,{"message":"no"})");
  EXPECT_TRUE(parent.children().empty()) << "the only client was refused";
  first.connect("/child-1");
  EXPECT_EQ(parent.children().size(), 1U);
}

TEST_P(empty_children, stay_if_the_application_has_named_them_or_the_option_is_not_set) {
  auto& io = cleaning_server.io;
  channel<std::string> left;
  const auto tell = [&](const socket& socket) {
    socket.on("disconnect", [&, socket](const std::string&) { left.push(socket.nsp()); });
  };
  io.of("/static").on("connection", tell);
  const auto parent = server.io.of(std::regex("/child-"));
  parent.on("connection", tell);
  const auto running = cleaning_server.start();
  const auto other_running = server.start();
  socket_client first(cleaning_server.where());
  first.connect("/static");
  first.send("1/static,");
  EXPECT_EQ(left.pop(), "/static");
  first.connect("/static");
  socket_client second(server.where());
  second.connect("/child-1");
  second.send("1/child-1,");
  EXPECT_EQ(left.pop(), "/child-1");
  EXPECT_EQ(parent.children().size(), 1U);
}

TEST_P(dynamic_namespaces, end_when_they_are_removed) {
  channel<next> pending;
  const auto nsp = server.io.of("/chat");
  std::atomic<bool> waits = false;
  nsp.use([&](const socket&, const next& go_on) {
    if (waits) return pending.push(go_on);
    go_on();
  });
  nsp.on("connection", [&](const socket& socket) {
    socket.on("disconnect", [&](const std::string& reason) { joined.push(reason); });
  });
  const auto running = server.start();
  socket_client client(server.where());
  socket_client joining(server.where());
  client.connect("/chat");
  waits = true;
  joining.send("0/chat,");
  const auto go_on = pending.pop();
  EXPECT_TRUE(server.io.remove_namespace("/chat"));
  EXPECT_EQ(client.next(), "1/chat,");
  EXPECT_EQ(joined.pop(), "server namespace disconnect");
  go_on();
  EXPECT_EQ(joining.next(), refused("/chat"));
  EXPECT_EQ(client.try_connect("/chat"), refused("/chat"));
  EXPECT_FALSE(server.io.remove_namespace("/chat"));
  EXPECT_THROW(server.io.remove_namespace("/"), std::invalid_argument);
  // Handles of the one that has ended do nothing.
  nsp.emit("nobody", 1);
  channel<socketio::error_code> ended;
  nsp.emit("nobody",
           [&](socketio::error_code error, const std::vector<int>&) { ended.push(error); });
  EXPECT_EQ(ended.pop(), socketio::error::disconnected);
  nsp.disconnect_sockets();
  // One of the same name is another one.
  server.io.of("/chat").on("connection", [&](const socket&) { joined.push("new"); });
  client.connect("/chat");
  EXPECT_EQ(joined.pop(), "new");
}

TEST_P(empty_children, stay_if_a_refused_client_is_not_the_only_one_or_the_option_is_not_set) {
  const auto cleaning = cleaning_server.io.of(std::regex("/child-"));
  const auto keeping = server.io.of(std::regex("/child-"));
  cleaning.use(refuse_bad);
  keeping.use(refuse_bad);
  const auto running = cleaning_server.start();
  const auto other_running = server.start();
  const std::string refusal = R"(4/child-1,{"message":"no"})";
  socket_client first(cleaning_server.where());
  socket_client second(cleaning_server.where());
  first.connect("/child-1");
  EXPECT_EQ(second.try_connect("/child-1", R"({"bad":1})"), refusal);
  EXPECT_EQ(cleaning.children().size(), 1U);
  socket_client only(server.where());
  EXPECT_EQ(only.try_connect("/child-1", R"({"bad":1})"), refusal);
  EXPECT_EQ(keeping.children().size(), 1U);
}

}  // namespace
