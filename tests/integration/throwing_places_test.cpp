// Application code that throws, in each place where the server calls it: the exception reaches
// on_error with the name of the place, nothing else ends, and the server goes on.
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include <socketio/adapter.hpp>
#include <socketio/engineio/server.hpp>
#include <socketio/engineio/session_observer.hpp>
#include <socketio/form.hpp>
#include <socketio/websocket.hpp>

#include "native_client.hpp"
#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using socketio::ack;
using socketio::http_fields;
using socketio::http_reply;
using socketio::http_request;
using socketio::http_response;
using socketio::socket;
namespace engineio = socketio::engineio;
namespace native = socketio::websocket;

[[noreturn]] void fail() {
  throw std::runtime_error("as asked");
}

/// A server on the application's own context, where an exception that escapes ends run().
class bed {
 public:
  explicit bed(const socketio::server_options& options = options_with(1)) : io(context, options) {
    io.on_error([this](const socketio::handler_error& error) {
      errors.push(std::string(error.where) + ": " + error.message());
    });
    io.on("connection",
          [](const socket& socket) { socket.on("fine", [](const ack& reply) { reply(); }); });
  }
  ~bed() {
    io.close();
    if (thread.joinable()) thread.join();
  }
  bed(const bed&) = delete;
  bed& operator=(const bed&) = delete;

  endpoint start() {
    where.port = io.listen(0);
    thread = std::jthread([this] { EXPECT_NO_THROW(context.run()); });
    return where;
  }

  /// The place has been reported, and the server serves others.
  void expect(const std::string& place) { EXPECT_EQ(errors.pop(), place + ": as asked"); }
  void expect_alive() {
    socket_client client(where);
    client.connect();
    EXPECT_EQ(client.ask(R"(["fine"])"), "[]");
  }

  channel<std::string> errors;
  boost::asio::io_context context;
  socketio::server io;
  std::optional<engineio::server> engine;  // one beside Socket.IO's
  endpoint where;
  std::jthread thread;
};

const std::string handshake_target = "/socket.io/?EIO=4&transport=polling";

// A socket's handlers.
void socket_handler(const std::string& place, const std::function<void(const socket&)>& prepare) {
  bed server;
  server.io.on("connection", [&](const socket& socket) { prepare(socket); });
  socket_client client(server.start());
  client.connect();
  client.emit(R"(["question",1])");
  server.expect(place);
  EXPECT_EQ(client.ask(R"(["fine"])"), "[]");
  server.expect_alive();
}

// A hook of the engine; gives the status of a handshake.
void engine_hook(const std::string& place, const std::function<void(engineio::options&)>& set,
                 unsigned status, const std::string& target = handshake_target) {
  auto options = options_with(1);
  set(options);
  bed server(options);
  http_client client(server.start());
  EXPECT_EQ(client.request("GET", target, {}, "Origin: http://a.test\r\n").status, status);
  server.expect(place);
}

// One function of a native route.
void native_handler(const std::string& place, const std::function<void(native::route&)>& set) {
  bed server;
  native::route route;
  route.on_message = [](const native::socket& from, std::string_view text, bool) {
    from.ping("x");
    from.send(text);
  };
  set(route);
  server.io.websocket("/native", route);
  const auto where = server.start();
  {
    native_client client(where, "/native");
    client->ping("x");
    client->send("x");
    if (place != "on_part" && place != "on_message") {
      EXPECT_EQ(client.text(), "x");
    }
    if (place != "on_close" && place != "on_error") server.expect(place);
  }
  if (place == "on_error") {
    // A frame that is not masked.
    http_client raw(where);
    raw.send(
        "GET /native HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    EXPECT_EQ(raw.read().status, 101U);
    raw.send("\x81\x01x");
    server.expect(place);
  }
  if (place == "on_close") server.expect(place);
  server.expect_alive();
}

// A route.
void route_handler(const std::string& place, const std::function<void(socketio::http_server&)>& add,
                   unsigned status) {
  bed server;
  add(server.io.http());
  http_client client(server.start());
  EXPECT_EQ(client.request("POST", "/route", "abc", "Origin: http://a.test\r\n").status, status);
  server.expect(place);
  server.expect_alive();
}

// An Engine.IO server of its own beside Socket.IO.
void engine_socket(const std::string& place,
                   const std::function<void(const engineio::socket&)>& prepare) {
  bed server;
  auto& engine = server.engine.emplace(engineio::options(), server.io.http().shards());
  engine.on_connection(prepare);
  server.io.http().attach(engine, "/engine/");
  const auto where = server.start();
  const std::string target = "/engine/?EIO=4&transport=";
  if (place == "on_upgrade") {
    http_client polling(where);
    const auto opened = polling.get(target + "polling");
    const auto sid = socketio::json::parse(opened.body.substr(1))["sid"].get<std::string>();
    websocket_client upgrade(where, target + "websocket&sid=" + sid);
    upgrade.send("2probe");
    EXPECT_EQ(upgrade.next()->data, "3probe");
    upgrade.send("5");
    server.expect(place);
  } else {
    websocket_client client(where, target + "websocket");
    client.send("4hello");
    if (place == "on_close") client.close();
    server.expect(place);
  }
  server.expect_alive();
}

class throwing_sink final : public socketio::body_sink {
  std::optional<http_response> receive(std::string_view) override { fail(); }
  void finish(const http_request&, http_reply) override {}
};

class throwing_source final : public socketio::body_source {
  std::uint64_t size() const override { return 5; }
  std::size_t read(std::span<char>) override { fail(); }
};

struct throwing_observer final : socketio::room_observer, engineio::session_observer {
  void join_room(std::string_view /*room*/, std::string_view /*id*/) override { fail(); }
  void opened(const engineio::session& /*which*/) override { fail(); }
};

// A client connects to a server that something watches.
void observer(const std::string& place, const std::function<void(socketio::server&)>& watch) {
  bed server;
  watch(server.io);
  const auto where = server.start();
  socket_client client(where);
  client.connect();
  server.expect(place);
  EXPECT_EQ(client.ask(R"(["fine"])"), "[]");
  server.expect_alive();
}

struct place_test {
  std::string place;  ///< as on_error names it
  std::function<void()> run;
};

const std::vector<place_test>& places() {
  static const std::vector<place_test> all = {
      {"event",
       [] {
         socket_handler("event",
                        [](const socket& socket) { socket.on("question", [] { fail(); }); });
       }},
      {"on_any",
       [] {
         socket_handler("on_any", [](const socket& socket) {
           socket.on_any([](std::string_view event, const socketio::arguments&) {
             if (event == "question") fail();
           });
         });
       }},
      {"on_any_outgoing",
       [] {
         bed server;
         server.io.on("connection", [](const socket& socket) {
           socket.on_any_outgoing([](std::string_view, const socketio::arguments&) { fail(); });
           socket.emit("to one");
         });
         socket_client client(server.start());
         client.connect();
         EXPECT_EQ(client.next(), R"(2["to one"])");
         server.expect("on_any_outgoing");
         server.io.emit("to all");
         EXPECT_EQ(client.next(), R"(2["to all"])");
         server.expect("on_any_outgoing");
         EXPECT_EQ(client.ask(R"(["fine"])"), "[]");
       }},
      {"acknowledgement",
       [] {
         bed server;
         server.io.on("connection", [](const socket& socket) {
           socket.emit("question", [](int) { fail(); });
           socket.timeout(1ms).emit("late", [](socketio::error_code) { fail(); });
         });
         socket_client client(server.start());
         client.connect();
         const auto question = client.next();
         client.send("3" + question.substr(1, question.find('[') - 1) + "[1]");
         server.expect("acknowledgement");
         server.expect("acknowledgement");
         EXPECT_NE(client.next().find("late"), std::string::npos);
         EXPECT_EQ(client.ask(R"(["fine"])"), "[]");
       }},
      {"acknowledgements",
       [] {
         bed server;
         socket_client client(server.start());
         client.connect();
         server.io.timeout(1ms).emit("late", [](socketio::error_code) { fail(); });
         server.expect("acknowledgements");
         server.expect_alive();
       }},
      {"completion",
       [] {
         socket_handler("completion", [](const socket& socket) {
           socket.on("question",
                     [socket] { socket.broadcast().fetch_sockets([](auto...) { fail(); }); });
         });
       }},
      {"posted task",
       [] {
         socket_handler("posted task", [](const socket& socket) {
           socket.on("question", [socket] { socket.post([] { fail(); }); });
         });
       }},
      {"middleware",
       [] {
         bed server;
         server.io.of("/closed").use([](const socket&, const socketio::next&) { fail(); });
         socket_client client(server.start());
         EXPECT_EQ(client.try_connect("/closed"),
                   R"(4/closed,{"message":"Internal server error"})");
         server.expect("middleware");
         server.expect_alive();
       }},
      {"namespace pattern",
       [] {
         bed server;
         server.io.of([](std::string_view, const socketio::json&) -> bool { fail(); });
         socket_client client(server.start());
         EXPECT_EQ(client.try_connect("/any"), R"(4/any,{"message":"Invalid namespace"})");
         server.expect("namespace pattern");
         server.expect_alive();
       }},
      {"new_namespace",
       [] {
         bed server;
         server.io.on("new_namespace", [](const socketio::io_namespace&) { fail(); });
         server.start();
         server.io.of("/new");
         server.expect("new_namespace");
         socket_client(server.where).connect("/new");
         server.expect_alive();
       }},
      {"event of a server",
       [] {
         auto options = options_with(1);
         options.adapter =
             [](socketio::adapter_context& context) -> std::unique_ptr<socketio::adapter> {
           context.receive_server_side({R"(["hello"])", {}}, nullptr);
           return nullptr;
         };
         bed server(options);
         server.io.on_server_side("hello", [] { fail(); });
         server.start();
         server.expect("event of a server");
         server.expect_alive();
       }},
      {"connection",
       [] {
         bed server;
         server.io.of("/x").on("connection", [](const socket&) { fail(); });
         socket_client client(server.start());
         client.connect("/x");
         server.expect("connection");
         server.expect_alive();
       }},
      {"allow_request",
       [] {
         engine_hook(
             "allow_request",
             [](auto& options) {
               options.allow_request = [](const auto&, const auto&) { fail(); };
             },
             500);
       }},
      {"generate_id",
       [] {
         engine_hook(
             "generate_id",
             [](auto& options) { options.generate_id = [](const auto&, const auto&) { fail(); }; },
             400);
       }},
      {"request middleware",
       [] {
         bed server;
         bool fails = true;
         server.io.engine().use(
             [&](const http_request&, http_fields&, const socketio::http_next& next) {
               if (std::exchange(fails, false)) fail();
               next();
             });
         const auto where = server.start();
         EXPECT_EQ(http_client(where).get(handshake_target).status, 400U);
         server.expect("request middleware");
         server.expect_alive();
       }},
      {"headers",
       [] {
         engine_hook(
             "headers",
             [](auto& options) { options.headers = [](http_fields&, const auto&) { fail(); }; },
             200);
         // A response that an event causes, not a request.
         auto options = options_with(1);
         std::atomic<bool> broken{false};
         options.headers = [&](http_fields&, const http_request&) {
           if (broken) fail();
         };
         bed server(options);
         auto polling = std::make_unique<polling_client>(server.start());
         const auto target = polling->target();
         socket_client client(std::move(polling));
         client.connect();
         http_client poll(server.where);
         // Sent together, so that the response to the POST shows that the poll has arrived, too.
         poll.send(http_client::format("POST", target, "3") + http_client::format("GET", target));
         EXPECT_EQ(poll.read().body, "ok");
         broken = true;
         server.io.emit("news");
         const auto response = poll.read();
         EXPECT_EQ(response.status, 200U);
         EXPECT_EQ(response.body, R"(42["news"])");
         server.expect("headers");
       }},
      {"initial_headers",
       [] {
         engine_hook(
             "initial_headers",
             [](auto& options) {
               options.initial_headers = [](http_fields&, const auto&) { fail(); };
             },
             200);
       }},
      {"on_connection_error",
       [] {
         engine_hook(
             "on_connection_error",
             [](auto& options) {
               options.on_connection_error = [](const auto&, const auto&) { fail(); };
             },
             400, "/socket.io/?EIO=4&transport=carrier-pigeon");
       }},
      {"allow_origin",
       [] {
         const auto set = [](engineio::options& options) {
           options.cors.emplace().allow_origin = [](std::string_view) -> bool { fail(); };
         };
         engine_hook("allow_origin", set, 200);
         route_handler(
             "allow_origin",
             [](socketio::http_server& http) {
               socketio::cors_options cors;
               cors.allow_origin = [](std::string_view) -> bool { fail(); };
               http.cors("/route", cors);
               http.post("/route", [](const http_request&) { return http_response(200); });
             },
             200);
       }},
      {"for_request",
       [] {
         const auto set = [](socketio::cors_options& cors) {
           cors.for_request = [](const auto&, const auto&) { fail(); };
         };
         engine_hook(
             "for_request", [&](engineio::options& options) { set(options.cors.emplace()); }, 500);
         route_handler(
             "for_request",
             [&](socketio::http_server& http) {
               socketio::cors_options cors;
               set(cors);
               http.cors("/route", cors);
               http.post("/route", [](const http_request&) { return http_response(200); });
             },
             500);
       }},
      {"on_connection",
       [] { engine_socket("on_connection", [](const engineio::socket&) { fail(); }); }},
      {"on_upgrade",
       [] {
         engine_socket("on_upgrade",
                       [](const engineio::socket& socket) { socket.on_upgrade([] { fail(); }); });
       }},
      {"on_message",
       [] {
         engine_socket("on_message", [](const engineio::socket& socket) {
           socket.on_message([](std::string_view, bool) { fail(); });
         });
         native_handler("on_message", [](native::route& route) {
           route.on_message = [](const native::socket&, std::string_view, bool) { fail(); };
         });
       }},
      {"on_close",
       [] {
         engine_socket("on_close", [](const engineio::socket& socket) {
           socket.on_close([](std::string_view, std::string_view) { fail(); });
         });
         native_handler("on_close", [](native::route& route) {
           route.on_close = [](const native::socket&, native::close_code, std::string_view) {
             fail();
           };
         });
       }},
      {"on_open",
       [] {
         native_handler("on_open", [](native::route& route) {
           route.on_open = [](const native::socket&) { fail(); };
         });
       }},
      {"on_part",
       [] {
         native_handler("on_part", [](native::route& route) {
           route.on_message = nullptr;
           route.on_part = [](const native::socket&, std::string_view, bool, bool) { fail(); };
         });
       }},
      {"on_ping",
       [] {
         native_handler("on_ping", [](native::route& route) {
           route.on_ping = [](const native::socket&, std::string_view) { fail(); };
         });
       }},
      {"on_pong",
       [] {
         native_handler("on_pong", [](native::route& route) {
           route.on_pong = [](const native::socket&, std::string_view) { fail(); };
         });
       }},
      {"on_drain",
       [] {
         native_handler("on_drain", [](native::route& route) {
           route.on_drain = [](const native::socket&) { fail(); };
         });
       }},
      {"on_error",
       [] {
         native_handler("on_error", [](native::route& route) {
           route.on_error = [](const native::socket&, std::string_view) { fail(); };
         });
       }},
      {"authorize",
       [] {
         bed server;
         native::route route;
         route.authorize = [](const http_request&, const native::authorize_callback&) { fail(); };
         route.on_message = [](const native::socket&, std::string_view, bool) {};
         server.io.websocket("/native", route);
         EXPECT_THROW(native_client(server.start(), "/native"), boost::system::system_error);
         server.expect("authorize");
         server.expect_alive();
       }},
      {"signal handler",
       [] {
         bed server;
         channel<bool> second;
         server.io.http().on_signal([] { fail(); });
         server.io.http().on_signal([&] { second.push(true); });
         server.start();
         server.expect_alive();  // so it waits for signals, too
         ::kill(::getpid(), SIGTERM);
         server.expect("signal handler");
         EXPECT_TRUE(second.pop());
         server.expect_alive();
       }},
      {"request handler",
       [] {
         route_handler(
             "request handler",
             [](socketio::http_server& http) {
               http.post("/route", [](const http_request&) -> http_response { fail(); });
             },
             500);
       }},
      {"body handler",
       [] {
         route_handler(
             "body handler",
             [](socketio::http_server& http) {
               http.receive(
                   "POST", "/route",
                   [](const http_request&)
                       -> std::variant<std::unique_ptr<socketio::body_sink>, http_response> {
                     fail();
                   });
             },
             500);
       }},
      {"body sink",
       [] {
         route_handler(
             "body sink",
             [](socketio::http_server& http) {
               http.receive(
                   "POST", "/route",
                   [](const http_request&)
                       -> std::variant<std::unique_ptr<socketio::body_sink>, http_response> {
                     return std::make_unique<throwing_sink>();
                   });
             },
             500);
       }},
      {"body source",
       [] {
         bed server;
         server.io.http().get("/source", [](const http_request&) {
           http_response response(200);
           response.source = std::make_unique<throwing_source>();
           return response;
         });
         http_client client(server.start());
         client.send(http_client::format("GET", "/source"));
         EXPECT_TRUE(client.read_all().ends_with("\r\n\r\n"));
         server.expect("body source");
         server.expect_alive();
       }},
      {"room observer",
       [] {
         observer("room observer", [](socketio::server& io) {
           io.add_room_observer(std::make_shared<throwing_observer>());
         });
       }},
      {"session observer",
       [] {
         observer("session observer", [](socketio::server& io) {
           io.engine().add_observer(std::make_shared<throwing_observer>());
         });
       }},
      {"adapter",
       [] {
         auto options = options_with(1);
         options.adapter =
             [](socketio::adapter_context& context) -> std::unique_ptr<socketio::adapter> {
           boost::asio::post(context.executor(), [&context] {
             try {
               fail();
             } catch (...) {
               context.report(std::current_exception());
             }
           });
           return nullptr;
         };
         bed server(options);
         server.start();
         server.expect("adapter");
         server.expect_alive();
       }},
  };
  return all;
}

class throwing_places : public ::testing::TestWithParam<std::size_t> {};
std::string place_name(const ::testing::TestParamInfo<std::size_t>& test) {
  auto name = places()[test.param].place;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(all, throwing_places, ::testing::Range<std::size_t>(0, places().size()),
                         place_name);

TEST_P(throwing_places, report_the_exception_and_nothing_ends) {
  places()[GetParam()].run();
}

// Whoever calls application code in a new place has to name it, and to add it here.
TEST(throwing_places_list, has_every_place_of_the_sources) {
  // Not application code: the library's own tasks, which fail only when memory runs out.
  const std::set<std::string> internal = {"accept", "close", "timer"};
  std::set<std::string> tested;
  for (const auto& [place, run] : places()) tested.insert(place);
  std::set<std::string> found;
  const std::regex call(
      R"re((?:(?:guard|guarded|call|report)\(\s*\{?(?:std::current_exception\(\), )?|handler_error \w+\{\{\}, |ask\(\s*\w+, )"([^"]+)")re");
  for (const auto* floor : {"engineio", "socketio", "server/src", "server/include"}) {
    const std::filesystem::path folder = std::filesystem::path(SOCKETIO_SOURCES) / floor;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path());
      const std::string text(std::istreambuf_iterator<char>(file), {});
      for (std::sregex_iterator match(text.begin(), text.end(), call), end; match != end; ++match) {
        found.insert((*match)[1]);
      }
    }
  }
  for (const auto& place : internal) found.erase(place);
  EXPECT_EQ(found, tested);
}

}  // namespace
