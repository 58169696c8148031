// socketio-conformance: the servers that the official protocol test suites, and our own, talk to.
#include <csignal>
#include <stdexcept>

#include <socketio/engineio/server.hpp>
#include <socketio/form.hpp>
#include <socketio/server.hpp>
#include <socketio/websocket.hpp>

#include "client_suites.hpp"
#include "program.hpp"

namespace {

using socketio::ack;
using socketio::arguments;
using test_program::command_line;

void add_protocol_events(const socketio::socket& socket) {
  socket.emit("auth", socket.handshake().auth());
  socket.on("message", [socket](const arguments& values) { socket.emit("message-back", values); });
  socket.on("message-with-ack", [](const arguments& values, const ack& reply) { reply(values); });
  socket.on("emit-with-ack", [socket](const arguments& values) {
    socket.emit("emit-with-ack", values,
                [socket](const arguments& answers) { socket.emit("emit-with-ack", answers); });
  });
}

void add_further_events(socketio::server& io, const socketio::socket& socket) {
  socket.on("echo", [](const socketio::json_view& value, const ack& reply) { reply(value); });
  socket.on("broadcast", [&io](const socketio::json& value) { io.emit("broadcast", value); });
  socket.on("join", [socket](const std::string& room, std::size_t count, const ack& reply) {
    for (std::size_t i = 0; i < count; ++i) socket.join(room + std::to_string(i));
    reply(socket.rooms().size());
  });
  socket.on("rooms", [&io](const ack& reply) { reply(io.rooms_count(), io.sockets_count()); });
  socket.on("burst", [&io](std::size_t bytes, std::size_t count, const ack& reply) {
    const std::string text(bytes, 'x');
    for (std::size_t i = 0; i < count; ++i) io.emit("bcast", text);
    reply();
  });
  socket.on("throw", [socket](const std::string& how, const ack& reply) {
    reply();
    const auto fail = [] { throw std::runtime_error("thrown as asked"); };
    if (how == "async") {
      socket.post(fail);
    } else {
      fail();
    }
  });
}

void serve_socketio(const command_line& arguments) {
  socketio::server io(test_program::server_options(arguments));
  io.on("connection", [&io](const socketio::socket& socket) {
    add_protocol_events(socket);
    add_further_events(io, socket);
  });
  io.of("/custom").on("connection", add_protocol_events);
  io.close_on_signal();
  test_program::listen(io.http(), arguments);
  io.run();
}

void serve_engineio(const command_line& arguments) {
  const auto options = test_program::server_options(arguments);
  socketio::http_server http(options);
  socketio::engineio::server engine(options, http.shards());
  engine.on_connection([](const socketio::engineio::socket& socket) {
    socket.on_message([socket](std::string_view message, bool is_binary) {
      if (is_binary) {
        socket.send(std::as_bytes(std::span(message)));
      } else {
        socket.send(message);
      }
    });
  });
  http.attach(engine, "/engine.io/");
  http.on_signal([&http] { http.close(); });
  test_program::listen(http, arguments);
  http.run();
}

void serve_websocket(const command_line& arguments) {
  socketio::websocket::route echo;
  echo.max_message_size = std::uint64_t{16} << 20U;
  // Autobahn sends up to 65,536 fragments, and an empty one that ends the message.
  echo.max_fragments = 65'537;
  echo.max_send_queue = std::size_t{64} << 20U;
  echo.origins = {"*"};
  if (arguments.has("--deflate")) {
    // Compress every message, and keep the context unless the client asks for the contrary.
    auto& deflate = echo.deflate.emplace();
    deflate.threshold = 0;
    deflate.server_no_context_takeover = false;
    deflate.client_no_context_takeover = false;
  }
  echo.on_message = [](const socketio::websocket::socket& socket, std::string_view message,
                       bool is_binary) {
    if (is_binary) {
      socket.send(std::as_bytes(std::span(message)));
    } else {
      socket.send(message);
    }
  };
  socketio::http_server http(test_program::server_options(arguments));
  http.websocket("/", echo);
  http.on_signal([&http] { http.close(); });
  test_program::listen(http, arguments);
  http.run();
}

void serve_http(const command_line& arguments) {
  socketio::http_server http(test_program::server_options(arguments));
  if (const auto folder = arguments.text("--uploads"); !folder.empty()) {
    socketio::form_options options;
    options.folder = folder;
    options.max_body_size = std::uint64_t{4} << 30U;
    options.max_file_size = options.max_body_size;
    http.form("/form", options,
              [](const socketio::http_request&, const socketio::form& form,
                 const socketio::http_reply& reply) {
                socketio::json answer = socketio::json::array();
                for (const auto& file : form.files) {
                  answer.push_back({{"name", file.filename},
                                    {"size", file.size},
                                    {"stored", file.path.filename().string()}});
                }
                reply(socketio::http_response(200, "application/json", answer.dump()));
              });
  }
  http.route("*", "/*", [](const socketio::http_request& request) {
    return socketio::http_response(200, "application/octet-stream", request.body);
  });
  http.on_signal([&http] { http.close(); });
  test_program::listen(http, arguments);
  http.run();
}

}  // namespace

int main(int argc, char** argv) {
  return test_program::run([&] {
    auto options = test_program::common_options();
    options.push_back("--suite");
    options.push_back("--uploads");
    const command_line arguments(argc, argv, options);
    const auto suite = arguments.text("--suite", "socketio");
    if (suite == "socketio") {
      serve_socketio(arguments);
    } else if (suite == "engineio") {
      serve_engineio(arguments);
    } else if (suite == "websocket") {
      serve_websocket(arguments);
    } else if (suite == "http") {
      serve_http(arguments);
    } else if (suite == "socketio-client") {
      test_program::serve_socketio_client(arguments);
    } else if (suite == "engineio-client") {
      test_program::serve_engineio_client(arguments);
    } else {
      throw std::invalid_argument(
          "--suite: engineio, socketio, websocket, http, socketio-client or engineio-client");
    }
  });
}
