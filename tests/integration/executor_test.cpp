// Servers on executors of the application's: pools, several contexts, loops that poll.
#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using socketio::ack;
using socketio::json;
using socketio::socket;
namespace asio = boost::asio;

constexpr int clients_count = 6;

// How many shards have had sessions.
std::size_t used_shards(const socketio::server& io) {
  const auto all = io.http().statistics();
  return static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(), [](const auto& shard) { return shard.sessions_opened > 0; }));
}

// Connects clients of both transports, and exchanges events with each, and by broadcasts.
void exchange(socketio::server& io, const endpoint& where) {
  std::vector<std::unique_ptr<socket_client>> clients;
  for (int i = 0; i < clients_count; ++i) {
    auto& client = *clients.emplace_back(
        i % 2 == 0 ? std::make_unique<socket_client>(where)
                   : std::make_unique<socket_client>(std::make_unique<polling_client>(where)));
    client.connect();
    EXPECT_EQ(client.ask("[\"echo\"," + std::to_string(i) + "]"), "[" + std::to_string(i) + "]");
  }
  for (int i = 0; i < 10; ++i) io.emit("all", i);
  for (const auto& client : clients) {
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(client->next(), "2[\"all\"," + std::to_string(i) + "]");
    }
  }
  EXPECT_EQ(used_shards(io), io.http().shards().size());
}

void add_echo(socketio::server& io) {
  io.on("connection", [](const socket& socket) {
    socket.on("echo", [](int value, const ack& reply) { reply(value); });
  });
}

TEST(executors, may_be_a_thread_pool) {
  asio::thread_pool pool(3);
  socketio::server io(pool.get_executor(), options_with(4));
  add_echo(io);
  EXPECT_EQ(io.http().shards().size(), 4U);
  const endpoint where(io.listen(0));
  exchange(io, where);
  io.close(asio::use_future).get();
  // Nothing of the server keeps the pool.
  pool.join();
}

TEST(executors, may_be_one_context_with_several_shards) {
  asio::io_context context;
  socketio::server io(context, options_with(3));
  add_echo(io);
  const endpoint where(io.listen(0));
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&] { context.run(); });
  exchange(io, where);
  io.close();
}

TEST(executors, may_be_a_context_for_each_shard) {
  asio::io_context first(1);
  asio::io_context second(1);
  socketio::server io({first, second}, options_with(7));
  EXPECT_EQ(io.http().shards().size(), 2U);
  EXPECT_THROW(io.run(), std::logic_error);
  add_echo(io);
  const endpoint where(io.listen(0));
  // Each context has work until close().
  std::jthread one([&] { first.run(); });
  std::jthread two([work = asio::make_work_guard(second), &second]() mutable { second.run(); });
  exchange(io, where);
  io.close(asio::use_future).get();
  second.stop();
  EXPECT_THROW(socketio::server(socketio::context_list{}, options_with(1)), std::invalid_argument);
}

// A game's loop, which lets the server work between its frames.
TEST(executors, may_be_polled) {
  asio::io_context context;
  socketio::server io(context, options_with(1));
  int frame = 0;
  std::vector<int> moves;
  io.on("connection", [&](const socket& socket) {
    // On the loop's thread, so that the game's state needs no lock.
    socket.on("move", [&](int by, const ack& reply) {
      moves.push_back(by);
      reply(frame);
    });
  });
  const endpoint where(io.listen(0));
  std::atomic<bool> done{false};
  std::jthread player([&] {
    socket_client client(where);
    client.connect();
    EXPECT_NE(client.ask(R"(["move",3])"), "");
    EXPECT_EQ(client.next().substr(0, 9), R"(2["frame")");
    done = true;
  });
  bool closed = false;
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!closed && std::chrono::steady_clock::now() < end) {
    context.poll();
    ++frame;
    if (!moves.empty()) io.emit("frame", frame);
    if (done.exchange(false)) io.close([&](socketio::error_code) { closed = true; });
    std::this_thread::yield();
  }
  ASSERT_TRUE(closed);
  EXPECT_EQ(moves, std::vector<int>{3});
  EXPECT_EQ(context.poll(), 0U);
  EXPECT_TRUE(context.stopped()) << "nothing is left to do";
}

TEST(executors, of_sockets_and_namespaces_run_where_the_handlers_run) {
  server_fixture server(options_with(3));
  channel<std::pair<socket, std::thread::id>> connected;
  server.io.on("connection", [&](const socket& socket) {
    connected.push({socket, std::this_thread::get_id()});
  });
  const auto running = server.start();
  for (int i = 0; i < clients_count; ++i) {
    socket_client client(server.where());
    client.connect();
    const auto [socket, thread] = connected.pop();
    std::promise<std::thread::id> posted;
    asio::post(socket.get_executor(), [&] { posted.set_value(std::this_thread::get_id()); });
    EXPECT_EQ(posted.get_future().get(), thread);
    auto spawned = asio::co_spawn(
        socket.get_executor(),
        []() -> asio::awaitable<std::thread::id> { co_return std::this_thread::get_id(); },
        asio::use_future);
    EXPECT_EQ(spawned.get(), thread);
  }
  EXPECT_TRUE(server.io.get_executor());
  EXPECT_EQ(server.io.get_executor(), server.io.of("/other").get_executor());
}

TEST(executors, of_a_server_that_is_gone_are_empty) {
  socketio::io_namespace nsp;
  socket kept;
  {
    server_fixture server(options_with(1));
    channel<socket> connected;
    server.io.on("connection", [&](const socket& socket) { connected.push(socket); });
    const auto running = server.start();
    socket_client client(server.where());
    client.connect();
    kept = connected.pop();
    nsp = server.io;
    EXPECT_TRUE(kept.get_executor());
  }
  EXPECT_FALSE(kept.get_executor());
  EXPECT_FALSE(nsp.get_executor());
}

}  // namespace
