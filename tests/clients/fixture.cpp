// socketio-fixture: the server for the tests with the JavaScript clients. FIXTURE.md specifies it.
#include <malloc.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <filesystem>
#include <regex>

#include <socketio/engineio/shard.hpp>
#include <socketio/server.hpp>

#include "../conformance/program.hpp"

namespace {

using socketio::ack;
using socketio::arguments;
using socketio::json;
using socketio::socket;

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

// Reads the name of one room, or a list of names.
struct rooms_argument {
  std::vector<std::string> names;
};

void from_json(const json& value, rooms_argument& rooms) {
  rooms.names = value.is_array() ? value.get<std::vector<std::string>>()
                                 : std::vector<std::string>{value.get<std::string>()};
}

json handshake_of(const socket& socket) {
  const auto& handshake = socket.handshake();
  json headers = json::object();
  for (const auto& [name, value] : handshake.headers()) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    headers[lower] = value;
  }
  json query = json::object();
  for (const auto& [name, value] : handshake.query()) query[name] = value;
  return {{"id", socket.id()},
          {"headers", headers},
          {"query", query},
          {"auth", handshake.auth()},
          {"address", handshake.address()},
          {"secure", handshake.secure()},
          {"xdomain", handshake.xdomain()},
          {"url", handshake.url()},
          {"time", handshake.time()},
          {"issued", std::chrono::duration_cast<std::chrono::milliseconds>(
                         handshake.issued().time_since_epoch())
                         .count()}};
}

class fixture {
 public:
  explicit fixture(socketio::server& io) : io_(io) {
    io.on("connection", [this](const socket& socket) { connect_main(socket); });
    io.of("/other").on("connection", [this](const socket& socket) { connect_other(socket); });
    io.of("/observer").on("connection", [this](const socket& socket) {
      socket.on("ready", [](const ack& reply) { reply(); });
      socket.on("counts", [this](const ack& reply) { reply(counts()); });
    });
    children_ = io.of(std::regex("/child-[0-9]+"));
    children_.on("connection", [](const socket& socket) {
      add_echo(socket);
      add_joining(socket);
    });
    add_middlewares();
  }

 private:
  void add_middlewares() {
    const auto auth = io_.of("/auth");
    auth.use([](const socket& socket, const socketio::next& next) {
      const auto token = socket.handshake().auth().value("token", json());
      if (token == "secret") {
        next();
      } else {
        next({"invalid token", json{{"given", token}}});
      }
    });
    auth.on("connection", [](const socket& socket) {
      socket.emit("welcome", socket.handshake().auth().value("user", json()));
    });
    io_.of("/refuse").use([](const socket&, const socketio::next& next) {
      next({"not allowed", json{{"code", 42}}});
    });
    io_.of("/refuse-plain").use([](const socket&, const socketio::next& next) { next("go away"); });
    const auto slow = io_.of("/slow");
    slow.use([this](const socket&, const socketio::next& next) {
      const auto timer = std::make_shared<boost::asio::steady_timer>(
          io_.http().shards().front()->executor(), std::chrono::milliseconds(200));
      timer->async_wait([timer, next](const boost::system::error_code&) { next(); });
    });
    slow.on("connection", [](const socket& socket) { socket.emit("welcome", socket.id()); });
  }

  void observe_end(const socket& socket) {
    const auto rooms_before = std::make_shared<std::vector<std::string>>();
    socket.on("disconnecting", [socket, rooms_before] { *rooms_before = sorted(socket.rooms()); });
    socket.on("disconnect", [this, socket, rooms_before](const std::string& reason) {
      io_.of("/observer")
          .emit("saw-disconnect", socket.id(), reason, *rooms_before, sorted(socket.rooms()));
    });
  }

  void connect_other(const socket& socket) {
    socket.emit("welcome", socket.id());
    add_echo(socket);
    socket.on("emit-all", [this](const std::string& event, const arguments& values) {
      io_.of("/other").emit(event, values);
    });
    observe_end(socket);
  }

  void connect_main(const socket& socket) {
    socket.emit("welcome", socket.id());
    add_echo(socket);
    add_messages(socket);
    add_questions(socket);
    add_listeners(socket);
    add_rooms(socket);
    observe_end(socket);
  }

  static void add_echo(const socket& socket) {
    socket.on("echo", [](const arguments& values, const ack& reply) { reply(values); });
    socket.on("disconnect-me", [socket](bool close) { socket.disconnect(close); });
  }

  static void add_messages(const socket& socket) {
    socket.on("handshake", [socket](const ack& reply) { reply(handshake_of(socket)); });
    socket.on("echo-event",
              [socket](const arguments& values) { socket.emit("echo-event", values); });
    socket.on("bytes", [](std::size_t count, const ack& reply) {
      socketio::binary bytes(count);
      for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(i);
      reply(bytes);
    });
    socket.on("nested", [socket](std::uint8_t count) {
      json list = json::array();
      for (std::uint8_t i = 0; i < count; ++i) {
        list.push_back({{"index", i}, {"bytes", json::binary({i})}});
      }
      socket.emit("nested", json{{"list", list}});
    });
    socket.on("volatile", [socket](int count) {
      for (int i = 0; i < count; ++i) socket.volatile_().emit("volatile", i);
      socket.emit("volatile-done", count);
    });
  }

  void add_questions(const socket& socket) {
    socket.on("ask", [socket](const arguments& values) {
      socket.emit("question", values,
                  [socket](const arguments& answers) { socket.emit("answer", answers); });
    });
    socket.on("ask-timeout", [socket](int milliseconds, const arguments& values) {
      socket.timeout(std::chrono::milliseconds(milliseconds))
          .emit("question", values,
                [socket](const socketio::error_code& error, const arguments& answers) {
                  socket.emit("ask-timeout-result", error == socketio::error::timed_out, answers);
                });
    });
    socket.on("ask-all", [this, socket](const std::string& room, int milliseconds,
                                        const arguments& values) {
      io_.to(room)
          .timeout(std::chrono::milliseconds(milliseconds))
          .emit("question", values,
                [socket](const socketio::error_code& error, const json& answers) {
                  socket.emit("ask-all-result", error == socketio::error::timed_out, answers);
                });
    });
  }

  static void add_listeners(const socket& socket) {
    socket.once("only-once", [](const ack& reply) { reply("first"); });
    const auto removable = socket.on("removable", [](const ack& reply) { reply("still here"); });
    socket.on("remove", [socket, removable](const ack& reply) {
      socket.off(removable);
      reply();
    });
    const auto seen = std::make_shared<std::vector<std::string>>();
    socket.on_any([seen](std::string_view event, const arguments&) { seen->emplace_back(event); });
    socket.on("seen", [seen](const ack& reply) { reply(*seen); });
  }

  static void add_joining(const socket& socket) {
    socket.on("join", [socket](const rooms_argument& rooms, const ack& reply) {
      socket.join(rooms.names);
      reply(sorted(socket.rooms()));
    });
    socket.on("leave", [socket](const std::string& room, const ack& reply) {
      socket.leave(room);
      reply(sorted(socket.rooms()));
    });
  }

  void add_rooms(const socket& socket) {
    add_joining(socket);
    socket.on("members", [this](const std::string& room, const ack& reply) {
      io_.in(room).fetch_sockets([reply](const socketio::error_code&,
                                         const std::vector<socketio::remote_socket>& sockets) {
        std::vector<std::string> ids;
        for (const auto& member : sockets) ids.push_back(member.id());
        reply(sorted(ids));
      });
    });
    socket.on("to-room",
              [socket](const rooms_argument& rooms, const std::string& event,
                       const arguments& values) { socket.to(rooms.names).emit(event, values); });
    socket.on("in-room",
              [this](const rooms_argument& rooms, const std::string& event,
                     const arguments& values) { io_.in(rooms.names).emit(event, values); });
    socket.on("except-room",
              [this](const rooms_argument& rooms, const std::string& event,
                     const arguments& values) { io_.except(rooms.names).emit(event, values); });
    socket.on("room-except", [this](const rooms_argument& rooms, const rooms_argument& without,
                                    const std::string& event, const arguments& values) {
      io_.to(rooms.names).except(without.names).emit(event, values);
    });
    socket.on("broadcast-others", [socket](const std::string& event, const arguments& values) {
      socket.broadcast().emit(event, values);
    });
    socket.on("emit-all", [this](const std::string& event, const arguments& values) {
      io_.emit(event, values);
    });
  }

  // What the server holds now.
  [[nodiscard]] json counts() const {
    std::uint64_t sessions = 0;
    std::uint64_t queue_bytes = 0;
    for (const auto& shard : io_.http().statistics()) {
      for (const auto count : shard.sessions.values) sessions += count;
      queue_bytes += shard.queue_bytes;
    }
    const auto kept = io_.recovery_statistics();
    const std::filesystem::directory_iterator descriptors("/proc/self/fd");
    return {{"connections", io_.http().connections_count()},
            {"sessions", sessions},
            {"queueBytes", queue_bytes},
            {"sockets", io_.sockets_count()},
            {"rooms", io_.rooms_count()},
            {"children", children_.children().size()},
            {"keptEvents", kept.events},
            {"keptSockets", kept.sockets},
            {"recovered", kept.recovered},
            {"descriptors", std::distance(begin(descriptors), end(descriptors))},
            {"heapBytes", ::mallinfo2().uordblks}};
  }

  socketio::server& io_;
  socketio::parent_namespace children_;
};

}  // namespace

int main(int argc, char** argv) {
  return test_program::run([&] {
    const test_program::command_line arguments(argc, argv, test_program::common_options());
    auto options = test_program::server_options(arguments);
    options.cleanup_empty_child_namespaces = true;
    options.cookie.emplace().name = "fixture-session";
    options.initial_headers = [](socketio::http_fields& headers, const socketio::http_request&) {
      headers.append("X-Initial", "yes");
    };
    options.headers = [](socketio::http_fields& headers, const socketio::http_request&) {
      headers.append("X-Every", "yes");
    };
    socketio::server io(options);
    const fixture events(io);
    io.close_on_signal();
    test_program::listen(io.http(), arguments);
    io.run();
  });
}
