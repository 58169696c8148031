// CORS options that the application chooses for each request to a route, at once or later.
#include <memory>
#include <string>
#include <thread>

#include <socketio/engineio/cors.hpp>
#include <socketio/http_server.hpp>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using socketio::cors_callback;
using socketio::cors_options;
using socketio::http_request;
using socketio::http_response;

const std::string from_page = "Origin: https://page.test\r\n";

class deferred_cors : public ::testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    // Chosen on another thread.
    policy.for_request = [this](const http_request& request, cors_callback decide) {
      chooser = std::jthread(
          [origin = std::string(request.headers["Origin"]), decide = std::move(decide)] {
            cors_options chosen;
            chosen.origins = {origin};
            chosen.credentials = true;
            decide(chosen);
          });
    };
  }

  server_fixture server{options_with(GetParam())};
  cors_options policy;
  std::jthread chooser;
};
INSTANTIATE_TEST_SUITE_P(threads, deferred_cors, ::testing::Values(1, 3), threads_name);

TEST_P(deferred_cors, is_chosen_for_routes) {
  auto& http = server.io.http();
  http.cors("/*", policy);
  http.get("/data", [](const http_request&) { return http_response(200, "text/plain", "data"); });
  http.post("/echo", [](const http_request& request) {
    return http_response(200, "text/plain", request.body);
  });
  const auto running = server.start();
  http_client client(server.where());
  for (int i = 0; i < 2; ++i) {
    const auto data = client.request("GET", "/data", {}, from_page);
    EXPECT_EQ(data.body, "data");
    EXPECT_EQ(data.headers["Access-Control-Allow-Origin"], "https://page.test");
    EXPECT_EQ(data.headers.count("Access-Control-Allow-Origin"), 1U);
    EXPECT_EQ(data.headers["Access-Control-Allow-Credentials"], "true");
  }
  EXPECT_EQ(client.request("POST", "/echo", "body", from_page).body, "body");
  const auto none = client.request("GET", "/none", {}, from_page);
  EXPECT_EQ(none.status, 404U);
  EXPECT_EQ(none.headers["Access-Control-Allow-Origin"], "https://page.test");
  const auto preflight =
      client.request("OPTIONS", "/echo", {}, from_page + "Access-Control-Request-Method: POST\r\n");
  EXPECT_EQ(preflight.status, 204U);
  EXPECT_EQ(preflight.headers["Access-Control-Allow-Origin"], "https://page.test");
}

TEST_P(deferred_cors, lets_preflights_go_on_to_routes) {
  policy.preflight_continue = true;
  auto& http = server.io.http();
  http.cors("/*", policy);
  cors_options plain;
  plain.preflight_continue = true;
  http.cors("/plain", plain);
  const auto answer = [](const http_request&) { return http_response(299); };
  http.route("OPTIONS", "/data", answer);
  http.route("OPTIONS", "/plain", answer);
  const auto running = server.start();
  http_client client(server.where());
  for (const auto* path : {"/data", "/plain"}) {
    const auto preflight =
        client.request("OPTIONS", path, {}, from_page + "Access-Control-Request-Method: POST\r\n");
    EXPECT_EQ(preflight.status, 299U) << path;
    EXPECT_EQ(preflight.headers.count("Access-Control-Allow-Origin"), 1U) << path;
    EXPECT_EQ(preflight.headers.count("Access-Control-Allow-Methods"), 1U) << path;
  }
}

}  // namespace
