// Receiving and sending bodies piece by piece, and cross-origin requests.
#include <algorithm>
#include <atomic>

#include <socketio/engineio/cors.hpp>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using socketio::body_sink;
using socketio::http_reply;
using socketio::http_request;
using socketio::http_response;

using decision = std::variant<std::unique_ptr<body_sink>, http_response>;

// Counts the bytes that arrive.
class counting_sink final : public body_sink {
 public:
  explicit counting_sink(channel<std::string>& events) : events_(events) {}
  ~counting_sink() override { events_.push(finished_ ? "finished" : "cut off"); }

  std::optional<http_response> receive(std::string_view bytes) override {
    size_ += bytes.size();
    largest_ = std::max(largest_, bytes.size());
    if (bytes.find("refuse") != std::string_view::npos) {
      return http_response(422, "text/plain", "refused");
    }
    if (bytes.find("throw") != std::string_view::npos) throw std::runtime_error("as asked");
    if (std::exchange(told_, true)) return std::nullopt;
    events_.push("first bytes");
    return std::nullopt;
  }

  void finish(const http_request& request, http_reply reply) override {
    finished_ = true;
    EXPECT_TRUE(request.body.empty());
    EXPECT_LE(largest_, 64U * 1024);
    reply(http_response(200, "text/plain", std::to_string(size_)));
  }

 private:
  channel<std::string>& events_;
  std::size_t size_ = 0;
  std::size_t largest_ = 0;
  bool finished_ = false;
  bool told_ = false;
};

class http_body : public server_test {
 protected:
  http_body() : http(server.io.http()) {}

  socketio::body_handler counting() {
    return [this](const http_request& head) -> decision {
      if (head.query() == "refuse") return http_response(403, "text/plain", "no");
      if (head.query() == "throw") throw std::runtime_error("as asked");
      return std::make_unique<counting_sink>(events);
    };
  }

  channel<std::string> events;
  socketio::http_server& http;
};
INSTANTIATE_TEST_SUITE_P(threads, http_body, ::testing::Values(1, 3), threads_name);

TEST_P(http_body, is_received_piece_by_piece) {
  http.receive("PUT", "/count", counting(), 100'000'000);
  const auto running = server.start();
  http_client client(server.where());
  const std::string large(20'000'000, 'x');
  EXPECT_EQ(client.request("PUT", "/count", large).body, "20000000");
  EXPECT_EQ(events.pop(), "first bytes");
  EXPECT_EQ(events.pop(), "finished");
  client.send("PUT /count HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(client.read().body, "0") << "also without a body";
  EXPECT_EQ(events.pop(), "finished");
  client.send(
      "PUT /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nabcde\r\n3\r\nfgh\r\n0\r\n\r\n");
  EXPECT_EQ(client.read().body, "8");
  EXPECT_EQ(client.request("GET", "/count").status, 405U);
}

TEST_P(http_body, is_requested_with_100_continue) {
  http.receive("PUT", "/count", counting());
  const auto running = server.start();
  http_client client(server.where());
  client.send(
      "PUT /count HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read().status, 100U);
  client.send("abc");
  EXPECT_EQ(client.read().body, "3");
  client.send(
      "PUT /count?refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
      "Expect: 100-continue\r\n\r\n");
  const auto refused = client.read();
  EXPECT_EQ(refused.status, 403U) << "before the body is sent";
  EXPECT_EQ(refused.body, "no");
  EXPECT_EQ(refused.headers["Connection"], "close");
}

TEST_P(http_body, is_refused_in_the_middle) {
  http.receive("PUT", "/count", counting());
  const auto running = server.start();
  for (const auto& [word, status, event] :
       {std::tuple{"refuse", 422U, "cut off"}, std::tuple{"throw", 500U, "cut off"}}) {
    http_client client(server.where());
    client.send("PUT /count HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc");
    EXPECT_EQ(events.pop(), "first bytes");
    client.send(word);
    const auto response = client.read();
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.headers["Connection"], "close");
    EXPECT_EQ(events.pop(), event);
  }
  EXPECT_EQ(server.errors.pop(), "body sink: as asked");
  http_client client(server.where());
  EXPECT_EQ(client.request("PUT", "/count?throw", "abc").status, 500U);
  EXPECT_EQ(server.errors.pop(), "body handler: as asked");
}

TEST_P(http_body, is_bounded) {
  http.receive("PUT", "/count", counting(), 10);
  const auto running = server.start();
  http_client declared(server.where());
  declared.send("PUT /count HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n");
  EXPECT_EQ(declared.read().status, 413U);
  EXPECT_TRUE(events.empty()) << "the sink is not even made";
  http_client chunked(server.where());
  chunked.send(
      "PUT /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "a\r\n0123456789\r\n1\r\nx\r\n");
  EXPECT_EQ(chunked.read().status, 413U);
}

TEST_P(http_body, is_reported_if_it_is_cut_off) {
  http.receive("PUT", "/count", counting());
  const auto running = server.start();
  {
    http_client client(server.where());
    client.send("PUT /count HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc");
    EXPECT_EQ(events.pop(), "first bytes");
  }
  EXPECT_EQ(events.pop(), "cut off");
}

TEST(http_body_timeout, ends_slow_senders) {
  auto options = options_with(1);
  options.body_timeout = 200ms;
  server_fixture server(options);
  channel<std::string> events;
  server.io.http().receive("PUT", "/count", [&](const http_request&) -> decision {
    return std::make_unique<counting_sink>(events);
  });
  const auto running = server.start();
  http_client client(server.where());
  client.send("PUT /count HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc");
  EXPECT_EQ(client.read().status, 408U);
  EXPECT_EQ(events.pop(), "first bytes");
  EXPECT_EQ(events.pop(), "cut off");
}

// Makes its bytes while the server sends them.
class counting_source final : public socketio::body_source {
 public:
  counting_source(std::uint64_t size, std::uint64_t available) : size_(size), left_(available) {}

  std::uint64_t size() const override { return size_; }
  std::size_t read(std::span<char> buffer) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer.size()));
    std::fill_n(buffer.data(), count, 'x');
    left_ -= count;
    return count;
  }

 private:
  std::uint64_t size_;
  std::uint64_t left_;
};

TEST_P(http_body, is_sent_while_it_is_read) {
  static constexpr std::uint64_t large = 30'000'000;
  http.get("/large", [](const http_request&) {
    http_response response(200, "text/plain", {});
    response.source = std::make_unique<counting_source>(large, large);
    return response;
  });
  http.get("/broken", [](const http_request&) {
    http_response response(200, "text/plain", {});
    response.source = std::make_unique<counting_source>(large, 100'000);
    return response;
  });
  const auto running = server.start();
  http_client client(server.where());
  const auto head = client.request("HEAD", "/large");
  EXPECT_EQ(head.headers["Content-Length"], std::to_string(large));
  // Pipelined: the second response comes after the whole first one.
  client.send(http_client::format("GET", "/large") + http_client::format("GET", "/none"));
  EXPECT_EQ(client.read().body.size(), large);
  EXPECT_EQ(client.read().status, 404U);
  http_client unlucky(server.where());
  unlucky.send(http_client::format("GET", "/broken"));
  EXPECT_LT(unlucky.read_all().size(), 101'000U) << "the connection ends";
}

TEST_P(http_body, sources_follow_the_rules_of_framing) {
  const auto with_source = [](unsigned status) {
    http_response response(status, "text/plain", "not this");
    response.source = std::make_unique<counting_source>(20, 20);
    return response;
  };
  http.get("/empty", [=](const http_request&) { return with_source(204); });
  http.get("/both", [=](const http_request&) { return with_source(200); });
  http.receive("PUT", "/refused",
               [=](const http_request&) -> decision { return with_source(403); });
  http.get("/throws", [](const http_request&) {
    class throwing_source final : public socketio::body_source {
      std::uint64_t size() const override { return 5; }
      std::size_t read(std::span<char>) override { throw std::runtime_error("as asked"); }
    };
    http_response response(200);
    response.source = std::make_unique<throwing_source>();
    return response;
  });
  const auto running = server.start();
  http_client client(server.where());
  EXPECT_EQ(client.get("/empty").status, 204U);
  EXPECT_EQ(client.get("/both").body, std::string(20, 'x'));
  EXPECT_EQ(client.request("PUT", "/refused", "abc").body, std::string(20, 'x'));
  http_client unlucky(server.where());
  unlucky.send(http_client::format("GET", "/throws"));
  EXPECT_TRUE(unlucky.read_all().ends_with("\r\n\r\n")) << "the connection ends";
  EXPECT_EQ(server.errors.pop(), "body source: as asked");
}

// --- Cross-origin requests

TEST_P(http_body, cors_is_for_all_routes) {
  socketio::cors_options page;
  page.origins = {"https://page.test"};
  page.credentials = true;
  page.methods = {"PUT", "GET"};
  page.allowed_headers = {"X-Upload"};
  page.exposed_headers = {"X-Size"};
  page.max_age = 600s;
  http.cors("/api/*", page);
  http.cors("/api/open", socketio::cors_options());
  http.get("/api/data", [](const http_request&) { return http_response(200); });
  http.get("/api/open", [](const http_request&) { return http_response(200); });
  http.get("/closed", [](const http_request&) { return http_response(200); });
  http.receive("PUT", "/api/count", counting(), 10);
  const auto running = server.start();
  http_client client(server.where());
  const auto with_origin = [&](std::string_view method, std::string_view path,
                               std::string_view origin, std::string_view body = {}) {
    return client.request(method, path, body, "Origin: " + std::string(origin) + "\r\n");
  };
  const auto allowed = with_origin("GET", "/api/data", "https://page.test");
  EXPECT_EQ(allowed.headers["Access-Control-Allow-Origin"], "https://page.test");
  EXPECT_EQ(allowed.headers["Access-Control-Allow-Credentials"], "true");
  EXPECT_EQ(allowed.headers["Access-Control-Expose-Headers"], "X-Size");
  EXPECT_EQ(allowed.headers["Vary"], "Origin");
  const auto other = with_origin("GET", "/api/data", "https://other.test");
  EXPECT_EQ(other.status, 200U);
  EXPECT_FALSE(other.headers.find("Access-Control-Allow-Origin"));
  EXPECT_EQ(other.headers["Vary"], "Origin");
  EXPECT_EQ(
      with_origin("GET", "/api/open", "https://other.test").headers["Access-Control-Allow-Origin"],
      "*");
  EXPECT_FALSE(with_origin("GET", "/closed", "https://page.test").headers.find("Vary"));
  EXPECT_EQ(
      with_origin("GET", "/api/none", "https://page.test").headers["Access-Control-Allow-Origin"],
      "https://page.test")
      << "so that the page can read what went wrong";

  const auto preflight =
      client.request("OPTIONS", "/api/count", {},
                     "Origin: https://page.test\r\nAccess-Control-Request-Method: PUT\r\n"
                     "Access-Control-Request-Headers: x-upload\r\n");
  EXPECT_EQ(preflight.status, 204U);
  EXPECT_EQ(preflight.headers.count("Access-Control-Allow-Origin"), 1U);
  EXPECT_EQ(preflight.headers["Access-Control-Allow-Origin"], "https://page.test");
  EXPECT_EQ(preflight.headers["Access-Control-Allow-Methods"], "PUT,GET");
  EXPECT_EQ(preflight.headers["Access-Control-Allow-Headers"], "X-Upload");
  EXPECT_EQ(preflight.headers["Access-Control-Max-Age"], "600");
  EXPECT_EQ(client.request("OPTIONS", "/api/count").status, 405U) << "no preflight";

  const auto too_large = with_origin("PUT", "/api/count", "https://page.test", "0123456789a");
  EXPECT_EQ(too_large.status, 413U);
  EXPECT_EQ(too_large.headers["Access-Control-Allow-Origin"], "https://page.test");
}

TEST_P(http_body, cors_survives_a_predicate_that_throws) {
  socketio::cors_options odd;
  odd.allow_origin = [](std::string_view) -> bool { throw std::runtime_error("as asked"); };
  http.cors("/*", odd);
  http.get("/data", [](const http_request&) { return http_response(200, "text/plain", "data"); });
  http.get("/dropped", [](const http_request&, std::string_view, const http_reply&) {});
  const auto running = server.start();
  http_client client(server.where());
  const auto response = client.request("GET", "/data", {}, "Origin: null\r\n");
  EXPECT_EQ(response.body, "data");
  EXPECT_FALSE(response.headers.find("Access-Control-Allow-Origin"));
  EXPECT_EQ(server.errors.pop(), "allow_origin: as asked");
  EXPECT_EQ(client.request("GET", "/dropped", {}, "Origin: null\r\n").status, 500U);
}

TEST_P(http_body, preflights_do_not_reach_body_handlers) {
  http.cors("/*", socketio::cors_options());
  http.receive("*", "/count", [](const http_request&) -> decision { return http_response(401); });
  const auto running = server.start();
  http_client client(server.where());
  EXPECT_EQ(client
                .request("OPTIONS", "/count", {},
                         "Origin: https://page.test\r\nAccess-Control-Request-Method: PUT\r\n")
                .status,
            204U);
}

TEST_P(http_body, cors_refuses_any_origin_with_credentials) {
  socketio::cors_options wrong;
  wrong.credentials = true;
  EXPECT_THROW(http.cors("/", wrong), std::invalid_argument);
}

}  // namespace
