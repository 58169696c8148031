// Middlewares of the HTTP server, and those of Engine.IO, which are the same functions.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <socketio/engineio/cors.hpp>
#include <socketio/engineio/server.hpp>
#include <socketio/form.hpp>
#include <socketio/protocol/cookies.hpp>
#include <socketio/websocket.hpp>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using socketio::form;
using socketio::http_fields;
using socketio::http_next;
using socketio::http_reply;
using socketio::http_request;
using socketio::http_response;
using socketio::socket;

struct user {
  std::string name;
};

http_response text(std::string content) {
  return {200, "text/plain", std::move(content)};
}

// Lets in who has a cookie with a name, and attaches that.
void authenticate(const http_request& request, http_fields& fields, const http_next& next) {
  fields.set("X-Seen", request.path());
  const auto name = socketio::find_cookie(request.headers, "user");
  if (!name) return next.respond(http_response(401, "text/plain", "who are you?"));
  next.attach(user{std::string(*name)});
  next();
}

const std::string as_ann = "Cookie: user=ann\r\n";

class http_middlewares : public server_test {
 protected:
  http_middlewares() : http(server.io.http()) {}

  // A folder with one file.
  static std::filesystem::path make_folder() {
    auto folder = std::filesystem::temp_directory_path() / "socketio_http_middlewares";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "page.html") << "page";
    return folder;
  }

  socketio::http_server& http;
};
INSTANTIATE_TEST_SUITE_P(threads, http_middlewares, ::testing::Values(1, 3), threads_name);

TEST_P(http_middlewares, see_requests_in_their_order_and_add_fields) {
  for (const auto* name : {"one", "two"}) {
    http.use([name](const http_request& request, http_fields& fields, const http_next& next) {
      EXPECT_TRUE(request.body.empty());
      fields.append("X-By", name + request.method);
      next();
    });
  }
  http.post("/echo", [](const http_request& request) { return text(request.body); });
  const auto running = server.start();
  http_client client(server.where());
  for (int i = 0; i < 2; ++i) {
    const auto echoed = client.request("POST", "/echo", "body");
    EXPECT_EQ(echoed.body, "body");
    ASSERT_EQ(echoed.headers.count("X-By"), 2U);
    EXPECT_EQ(echoed.headers["X-By"], "onePOST");
  }
  EXPECT_EQ(client.get("/none").status, 404U);
  EXPECT_EQ(client.get("/none").headers.count("X-By"), 2U) << "also without a route";
  EXPECT_EQ(client.get("/echo").status, 405U);
  EXPECT_EQ(client.get("/echo").headers["X-By"], "oneGET");
}

TEST_P(http_middlewares, may_be_for_some_paths) {
  const auto note = [](std::string name) {
    return [name](const http_request&, http_fields& fields, const http_next& next) {
      fields.append("X-By", name);
      next();
    };
  };
  http.use("/admin/*", note("prefix"));
  http.use("/admin/page", authenticate);
  http.use("/*", note("all"));
  http.get("/admin/page", [](const http_request& request) { return text(request.body); });
  http.get("/page", [](const http_request&) { return text("page"); });
  for (const auto* wrong : {"", "admin", "*", "/a*b", "/a b"}) {
    EXPECT_THROW(http.use(wrong, note("none")), std::invalid_argument) << wrong;
  }
  EXPECT_THROW(http.use("/a", nullptr), std::invalid_argument);
  const auto running = server.start();
  http_client client(server.where());
  const auto notes_of = [&](std::string_view path, std::string_view more = {}) {
    const auto answered = client.request("GET", path, {}, more);
    std::string notes = std::to_string(answered.status);
    for (const auto& [name, value] : answered.headers) {
      if (name == "X-By") notes.append(" ").append(value);
    }
    return notes;
  };
  EXPECT_EQ(notes_of("/page"), "200 all");
  EXPECT_EQ(notes_of("/admin"), "404 all");
  EXPECT_EQ(notes_of("/admin/"), "404 prefix all");
  EXPECT_EQ(notes_of("/admin/page/more?x=/page"), "404 prefix all");
  EXPECT_EQ(notes_of("/admin/page?x"), "401 prefix");
  EXPECT_EQ(notes_of("/admin/page", as_ann), "200 prefix all");
}

TEST_P(http_middlewares, stand_before_everything_but_engineio) {
  const auto folder = make_folder();
  http.use(authenticate);
  http.get("/route",
           [](const http_request& request) { return text(request.attachment<user>()->name); });
  http.serve_folder("/files/", folder);
  http.serve_file("/file", folder / "page.html");
  socketio::form_options options;
  options.folder = folder;
  http.form("/form", options,
            [](const http_request& request, const form&, const http_reply& reply) {
              reply(text("form of " + request.attachment<user>()->name));
            });
  socketio::websocket::route route;
  route.authorize = [](const http_request& request, const auto& decide) {
    EXPECT_EQ(request.attachment<user>()->name, "ann");
    decide(std::nullopt);
  };
  server.io.websocket("/native", route);
  http.form("/login", {}, [](const http_request& request, const form& sent) {
    return text(std::string(sent.find("a").value_or("")) + " of " +
                request.attachment<user>()->name);
  });
  const auto running = server.start();
  http_client client(server.where());
  const auto as_form = as_ann + "Content-Type: application/x-www-form-urlencoded\r\n";
  EXPECT_EQ(client.request("POST", "/login", "a=1", as_form).body, "1 of ann");
  EXPECT_EQ(client.request("GET", "/route", {}, as_ann).body, "ann");
  EXPECT_EQ(client.request("GET", "/files/page.html", {}, as_ann).body, "page");
  EXPECT_EQ(client.request("GET", "/file", {}, as_ann).body, "page");
  EXPECT_EQ(client.request("POST", "/form", "a=1", as_form).body, "form of ann");
  const std::string upgrade =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  for (const auto* path : {"/route", "/files/page.html", "/file", "/native", "/none"}) {
    const auto refused = client.get(path);
    EXPECT_EQ(refused.status, 401U) << path;
    EXPECT_EQ(refused.body, "who are you?") << path;
    EXPECT_EQ(refused.headers["X-Seen"], path);
  }
  EXPECT_EQ(http_client(server.where()).request("GET", "/native", {}, upgrade).status, 401U);
  const auto native = http_client(server.where()).request("GET", "/native", {}, as_ann + upgrade);
  EXPECT_EQ(native.status, 101U);
  EXPECT_EQ(native.headers["X-Seen"], "/native");
  EXPECT_NO_THROW(static_cast<void>(connect())) << "Engine.IO has its own";
}

// Counts the bytes that it gets.
class counted_body final : public socketio::body_sink {
 public:
  std::optional<http_response> receive(std::string_view bytes) override {
    size_ += bytes.size();
    return std::nullopt;
  }
  void finish(const http_request& request, http_reply reply) override {
    reply(text(request.attachment<user>()->name + std::to_string(size_)));
  }

 private:
  std::size_t size_ = 0;
};

TEST_P(http_middlewares, decide_before_the_body_arrives) {
  channel<std::string> asked;
  http.use(authenticate);
  http.receive(
      "PUT", "/upload",
      [&](const http_request& head)
          -> std::variant<std::unique_ptr<socketio::body_sink>, http_response> {
        asked.push(head.attachment<user>()->name);
        return std::make_unique<counted_body>();
      },
      100'000'000);
  const auto running = server.start();
  http_client client(server.where());
  const std::string large(5'000'000, 'x');
  EXPECT_EQ(client.request("PUT", "/upload", large, as_ann).body, "ann5000000");
  EXPECT_EQ(asked.pop(), "ann");
  client.send(
      "PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read().status, 401U) << "without a byte of the body";
  EXPECT_EQ(client.read_all(), "");
  EXPECT_TRUE(asked.empty());
}

TEST_P(http_middlewares, decide_later_on_any_thread) {
  channel<http_next> waiting;
  http.use(
      [&](const http_request&, http_fields&, http_next next) { waiting.push(std::move(next)); });
  http.post("/echo", [](const http_request& request) {
    const auto who = request.attachment<user>();
    return text((who == nullptr ? "nobody" : who->name) + request.body);
  });
  const auto running = server.start();
  http_client client(server.where());
  client.send(http_client::format("POST", "/echo", "one") +
              http_client::format("POST", "/echo", "two"));
  std::jthread([&] {
    const auto next = waiting.pop();
    next.attach(user{"ann"});
    next();
    next.fail();
  }).join();
  EXPECT_EQ(client.read().body, "annone");
  std::jthread([&] { waiting.pop()(); }).join();
  EXPECT_EQ(client.read().body, "nobodytwo");
  // A client that does not wait.
  {
    http_client impatient(server.where());
    impatient.send(http_client::format("POST", "/echo", "three"));
  }
  waiting.pop()();
  client.send(http_client::format("POST", "/echo", "four"));
  waiting.pop().respond(text("instead"));
  EXPECT_EQ(client.read().body, "instead");
}

TEST_P(http_middlewares, fail_with_status_500) {
  http.use([](const http_request& request, http_fields&, const http_next& next) {
    if (request.path() == "/throws") throw std::runtime_error("as asked");
    if (request.path() == "/fails") return next.fail();
    if (request.path() == "/passes") next();
  });
  http.get("/passes", [](const http_request&) { return text("fine"); });
  const auto running = server.start();
  http_client client(server.where());
  EXPECT_EQ(client.get("/throws").status, 500U);
  EXPECT_EQ(server.errors.pop(), "request middleware: as asked");
  EXPECT_EQ(client.get("/fails").status, 500U);
  EXPECT_EQ(client.get("/forgets").status, 500U);
  EXPECT_EQ(client.get("/passes").body, "fine") << "on the same connection";
  EXPECT_TRUE(server.errors.empty());
}

TEST_P(http_middlewares, come_after_the_policy_for_other_origins) {
  const std::string origin = "Origin: https://page.test\r\n";
  socketio::cors_options chosen;
  chosen.origins = {"https://page.test"};
  http.cors("/plain", chosen);
  socketio::cors_options deferred;
  deferred.for_request = [chosen](const http_request&, const socketio::cors_callback& decide) {
    decide(chosen);
  };
  http.cors("/deferred", deferred);
  http.use(authenticate);
  const auto page = [](const http_request&) { return text("page"); };
  http.get("/plain", page);
  http.get("/deferred", page);
  const auto running = server.start();
  http_client client(server.where());
  for (const auto* path : {"/plain", "/deferred"}) {
    for (const auto& fields : {origin, origin + as_ann}) {
      const auto answered = client.request("GET", path, {}, fields);
      EXPECT_EQ(answered.status, fields == origin ? 401U : 200U) << path;
      EXPECT_EQ(answered.headers["Access-Control-Allow-Origin"], "https://page.test") << path;
      EXPECT_EQ(answered.headers["X-Seen"], path);
    }
    const auto preflight =
        client.request("OPTIONS", path, {}, origin + "Access-Control-Request-Method: GET\r\n");
    EXPECT_EQ(preflight.status, 204U) << "the policy answers";
    EXPECT_FALSE(preflight.headers.find("X-Seen"));
  }
}

TEST_P(http_middlewares, end_with_the_server) {
  channel<http_next> waiting;
  http.use(
      [&](const http_request&, http_fields&, http_next next) { waiting.push(std::move(next)); });
  http.get("/", [](const http_request&) { return text("fine"); });
  const auto running = server.start();
  http_client client(server.where());
  client.send(http_client::format("GET", "/"));
  const auto next = waiting.pop();
  std::jthread closing([&] { server.io.close(); });
  next();
  EXPECT_EQ(client.read().body, "fine");
  closing.join();
  next();
}

TEST(engine_middlewares, attach_what_sockets_find) {
  server_fixture server;
  channel<std::string> told;
  server.io.engine().use(
      [](const http_request& request, http_fields& fields, const http_next& next) {
        if (!socketio::engineio::is_handshake(request)) return next();
        authenticate(request, fields, next);
      });
  server.io.use([&](const socket& socket, const socketio::next& next) {
    told.push("joins " + socket.connection().attachment<user>()->name);
    next();
  });
  server.io.on("connection", [&](const socket& socket) {
    socket.on("whoami", [socket] { return socket.connection().attachment<user>()->name; });
    for (const auto* event : {"disconnecting", "disconnect"}) {
      socket.on(event, [&told, socket, event] {
        told.push(event + (" " + socket.connection().attachment<user>()->name));
        socket.emit("too late");
      });
    }
  });
  const auto running = server.start();
  const std::string polling = "/socket.io/?EIO=4&transport=polling";
  EXPECT_EQ(http_client(server.where()).get(polling).status, 401U);
  http_client client(server.where());
  const auto opened = client.request("GET", polling, {}, as_ann);
  ASSERT_EQ(opened.status, 200U);
  const auto sid = socketio::json::parse(opened.body.substr(1))["sid"].get<std::string>();
  const auto session = polling + "&sid=" + sid;
  EXPECT_EQ(client.request("POST", session, "40").body, "ok") << "without the cookie";
  EXPECT_EQ(told.pop(), "joins ann");
  EXPECT_EQ(client.get(session).body.substr(0, 2), "40");
  EXPECT_EQ(client.request("POST", session, R"(427["whoami"])").body, "ok");
  EXPECT_EQ(client.get(session).body, R"(437["ann"])");
  EXPECT_EQ(client.request("POST", session, "41").body, "ok");
  EXPECT_EQ(told.pop(), "disconnecting ann");
  EXPECT_EQ(told.pop(), "disconnect ann");
  EXPECT_EQ(client.get(session).body, R"(42["too late"])") << "from `disconnecting`";
  EXPECT_EQ(client.request("POST", session, "40").body, "ok");
  EXPECT_EQ(told.pop(), "joins ann");
  client.send(http_client::format("POST", session, "1"));
  EXPECT_EQ(told.pop(), "disconnecting ann");
  EXPECT_EQ(told.pop(), "disconnect ann");
}

}  // namespace
