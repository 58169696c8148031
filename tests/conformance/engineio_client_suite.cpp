#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <socketio/engineio/server.hpp>
#include <socketio/http_server.hpp>
#include <socketio/protocol/json.hpp>

#include "client_suites.hpp"

namespace test_program {
namespace {

using namespace std::chrono_literals;
using socketio::http_fields;
using socketio::http_request;
using socketio::json;

// The fields of the last POST of each session. Any thread.
class last_posts {
 public:
  void note(const http_request& request) {
    const socketio::query_parameters query(request.query());
    if (request.method != "POST") return;
    auto fields = json::object();
    for (const auto& [name, value] : request.headers) {
      std::string lower(name);
      for (auto& character : lower) {
        if (character >= 'A' && character <= 'Z') character = static_cast<char>(character + 32);
      }
      fields[lower] = value;
    }
    const std::scoped_lock lock(mutex_);
    by_sid_[std::string(query["sid"])] = std::move(fields);
  }
  [[nodiscard]] std::string of(const std::string& sid) const {
    const std::scoped_lock lock(mutex_);
    const auto found = by_sid_.find(sid);
    return found == by_sid_.end() ? "{}" : found->second.dump();
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, json> by_sid_;
};

void serve(const socketio::engineio::socket& connected, const std::shared_ptr<last_posts>& posts) {
  connected.send("hi");
  connected.on_message([connected, posts](std::string_view message, bool is_binary) {
    constexpr std::string_view numbers("\0\1\2\3\4", 5);
    if (is_binary) return connected.send(std::as_bytes(std::span(message)));
    if (message == "give binary") return connected.send(std::as_bytes(std::span(numbers)));
    if (message == "give utf8") return connected.send("пойду спать всем спокойной ночи");
    if (message == "sendHeaders") return connected.send(posts->of(connected.id()));
    connected.send(message);
  });
}

}  // namespace

void serve_engineio_client(const command_line& arguments) {
  auto options = server_options(arguments);
  if (!arguments.has("--ping-interval")) options.ping_interval = 500ms;
  if (!arguments.has("--max-payload")) options.max_payload = 100;
  options.allow_request = [](const http_request& request,
                             const socketio::engineio::allow_callback& allow) {
    const bool denied = socketio::query_parameters(request.query()).find("deny").has_value();
    allow(denied ? std::optional<std::string>("denied") : std::nullopt);
  };
  options.initial_headers = [](http_fields& fields, const http_request& /*request*/) {
    fields.append("Set-Cookie", "1=1; Max-Age=86400");
    fields.append("Set-Cookie", "2=2; Path=/; HttpOnly; Secure; SameSite=Strict");
    fields.append("Set-Cookie", "3=3; Max-Age=0");
    fields.append("Set-Cookie", "4=4; Expires=Thu, 01 Jan 1970 00:00:01 GMT");
  };
  socketio::http_server http(options);
  socketio::engineio::server engine(options, http.shards());
  const auto posts = std::make_shared<last_posts>();
  engine.use([posts](const http_request& request, http_fields& /*fields*/, const auto& next) {
    posts->note(request);
    next();
  });
  engine.on_connection([posts](const auto& connected) { serve(connected, posts); });
  http.attach(engine, "/engine.io/");
  http.on_signal([&http] { http.close(); });
  listen(http, arguments);
  http.run();
}

}  // namespace test_program
