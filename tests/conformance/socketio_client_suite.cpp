#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/server.hpp>

#include "client_suites.hpp"

namespace test_program {
namespace {

using namespace std::chrono_literals;
using socketio::ack;
using socketio::json;
using socketio::socket;

using bytes = std::vector<std::byte>;

bytes to_bytes(std::string_view text) {
  const auto all = std::as_bytes(std::span(text));
  return {all.begin(), all.end()};
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (auto& character : result) {
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character + 32);
  }
  return result;
}

json handshake_of(const socket& connected) {
  const auto& shake = connected.handshake();
  auto headers = json::object();
  for (const auto& [name, value] : shake.headers()) headers[lower_case(name)] = value;
  auto query = json::object();
  for (const auto& [name, value] : shake.query()) query[name] = value;
  const auto issued =
      std::chrono::duration_cast<std::chrono::milliseconds>(shake.issued().time_since_epoch());
  return {{"headers", headers},
          {"time", shake.time()},
          {"address", std::string(shake.address())},
          {"xdomain", shake.xdomain()},
          {"secure", shake.secure()},
          {"issued", issued.count()},
          {"url", std::string(shake.url())},
          {"query", query},
          {"auth", shake.auth()}};
}

// A date as JSON.stringify() writes it.
constexpr auto date = "2026-01-02T03:04:05.678Z";

void add_text_events(const socket& connected) {
  connected.on("hi", [connected] { connected.emit("hi"); });
  connected.on("echo", [](const json& value, const ack& reply) { reply(value); });
  connected.on("ack", [connected] {
    connected.emit("ack", [connected](int number, const json& object) {
      if (number == 5 && object.value("test", false)) connected.emit("got it");
    });
  });
  connected.on("getAckDate", [](const json& /*data*/, const ack& reply) { reply(date); });
  connected.on("getDate", [connected] { connected.emit("takeDate", date); });
  connected.on("getDateObj", [connected] { connected.emit("takeDateObj", json{{"date", date}}); });
  connected.on("getUtf8", [connected] {
    for (const auto* text :
         {"てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string"}) {
      connected.emit("takeUtf8", text);
    }
  });
  connected.on("false", [connected] { connected.emit("false", false); });
  connected.on("getHandshake", [connected](const ack& reply) { reply(handshake_of(connected)); });
  connected.on("getId", [connected](const ack& reply) { reply(connected.id()); });
}

void add_binary_events(const socket& connected) {
  connected.on("doge", [connected] { connected.emit("doge", to_bytes("asdfasdf")); });
  connected.on("buffa", [connected](const bytes& /*data*/) { connected.emit("buffack"); });
  connected.on("jsonbuff", [connected](const json& data) {
    if (data["hello"] == json("lol") && data["message"].is_binary() &&
        data["goodbye"] == json("gotcha")) {
      connected.emit("jsonbuff-ack");
    }
  });
  const auto received = std::make_shared<bool>(false);
  connected.on("abuff1", [received](const bytes& /*data*/) { *received = true; });
  connected.on("abuff2", [connected, received](const json& /*data*/) {
    if (*received) connected.emit("abuff2-ack");
  });
  connected.on("getbin", [connected] { connected.emit("takebin", to_bytes("asdfasdf")); });
  connected.on("blob", [connected](const bytes& data) { connected.emit("back", data); });
  connected.on("jsonblob", [connected](const json& data) {
    if (data["message"].is_binary()) connected.emit("jsonblob-ack");
  });
  const auto blobs = std::make_shared<int>(0);
  connected.on("blob1", [blobs](const bytes& /*data*/) { *blobs = 1; });
  connected.on("blob2", [blobs](const json& text) {
    if (*blobs == 1 && text == json("second")) *blobs = 2;
  });
  connected.on("blob3", [connected, blobs](const bytes& /*data*/) {
    if (*blobs == 2) connected.emit("blob3-ack");
  });
}

}  // namespace

void serve_socketio_client(const command_line& arguments) {
  auto options = server_options(arguments);
  if (!arguments.has("--ping-interval")) options.ping_interval = 2s;
  options.connection_state_recovery.emplace();
  std::unique_ptr<socketio::server> io;
  options.allow_request = [&io](const socketio::http_request& /*request*/,
                                const socketio::engineio::allow_callback& allow) {
    const auto timer = std::make_shared<boost::asio::steady_timer>(io->get_executor(), 10ms);
    timer->async_wait([timer, allow](socketio::error_code /*error*/) { allow(std::nullopt); });
  };
  io = std::make_unique<socketio::server>(options);
  io->use([](const socket& joining, const socketio::next& next) {
    if (!joining.handshake().query()["fail"].empty()) return next("Auth failed (main namespace)");
    next();
  });
  io->on("connection", [](const socket& connected) {
    add_text_events(connected);
    add_binary_events(connected);
  });
  io->of("/foo").on("connection", [](const socket& connected) {
    connected.on("getId", [connected](const ack& reply) { reply(connected.id()); });
  });
  for (const auto* name : {"/timeout_socket", "/valid", "/asd"}) static_cast<void>(io->of(name));
  io->of("/abc").on("connection", [](const socket& connected) {
    connected.emit("handshake", handshake_of(connected));
  });
  io->of("/no").use([](const socket& /*joining*/, const socketio::next& next) {
    next("Auth failed (custom namespace)");
  });
  io->close_on_signal();
  listen(io->http(), arguments, 3210);
  io->run();
}

}  // namespace test_program
