// Options that cannot work are refused with a sentence that names the option, its value and what is
// allowed.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/engineio/server.hpp>
#include <socketio/form.hpp>
#include <socketio/server.hpp>
#include <socketio/static_files.hpp>
#include <socketio/websocket.hpp>
#include <socketio/websocket_client.hpp>

namespace socketio {
namespace {

using namespace std::chrono_literals;

/// What the exception says; empty if there is none.
std::string refusal_of(const std::function<void()>& attempt) {
  try {
    attempt();
  } catch (const std::invalid_argument& refused) {
    return refused.what();
  }
  return {};
}

template <class Options>
struct bad_option {
  std::string_view sentence;  ///< what the exception says, or part of it
  std::function<void(Options&)> set;
};

/// Checks that each option is refused, and that the others of the table were not the reason.
template <class Options>
void check_table(const std::vector<bad_option<Options>>& table,
                 const std::function<void(const Options&)>& use, const Options& valid = {}) {
  EXPECT_EQ(refusal_of([&] { use(valid); }), "");
  for (const auto& [sentence, set] : table) {
    auto options = valid;
    set(options);
    const auto refusal = refusal_of([&] { use(options); });
    EXPECT_NE(refusal.find(sentence), std::string::npos)
        << "expected: " << sentence << "\nthrown:   " << refusal;
  }
}

server_options plain_options() {
  server_options options;
  options.serve_client = false;
  return options;
}

TEST(Options, OfAServerAreChecked) {
  using options = server_options;
  constexpr std::string_view times = "it has to be 1 ms to 365 days";
  const auto sentence = [&](std::string_view what) {
    return std::string(what) + ": " + std::string(times);
  };
  const std::vector<std::string> sentences = {
      sentence("header_timeout is 0 ms"),     sentence("body_timeout is -1 ms"),
      sentence("write_timeout is 0 ms"),      sentence("keep_alive_timeout is -65000 ms"),
      sentence("ping_interval is -25000 ms"), sentence("ping_timeout is 0 ms"),
      sentence("upgrade_timeout is 0 ms"),    sentence("connect_timeout is 0 ms")};
  check_table<options>(
      {
          {R"(path is "": it has to begin with a slash)", [](auto& o) { o.path = ""; }},
          {R"(path is "ws": it has to begin with a slash)", [](auto& o) { o.path = "ws"; }},
          {R"(path is "/a b": it has to be percent-encoded)", [](auto& o) { o.path = "/a b"; }},
          {R"(path is "/a?b": it has to be percent-encoded, without query or fragment)",
           [](auto& o) { o.path = "/a?b"; }},
          {R"(path is "/a#b")", [](auto& o) { o.path = "/a#b"; }},
          {R"(path is "/*": it has to have no *)", [](auto& o) { o.path = "/*"; }},
          {R"(path is "/??x")", [](auto& o) { o.path = "/\r\nx"; }},
          {"threads is 0: it has to be 1 to 256", [](auto& o) { o.threads = 0; }},
          {"threads is 257: it has to be 1 to 256", [](auto& o) { o.threads = 257; }},
          {"max_header_size is 0: it has to be positive", [](auto& o) { o.max_header_size = 0; }},
          {"max_header_count is 0: it has to be positive", [](auto& o) { o.max_header_count = 0; }},
          {sentences[0], [](auto& o) { o.header_timeout = 0ms; }},
          {sentences[1], [](auto& o) { o.body_timeout = -1ms; }},
          {sentences[2], [](auto& o) { o.write_timeout = 0ms; }},
          {sentences[3], [](auto& o) { o.keep_alive_timeout = -65s; }},
          {"close_timeout is -5 ms: it has to be 0 ms to 365 days",
           [](auto& o) { o.close_timeout = -5ms; }},
          {"header_timeout is 9223372036854775807 ms",
           [](auto& o) { o.header_timeout = std::chrono::milliseconds::max(); }},
          {sentences[4], [](auto& o) { o.ping_interval = -25s; }},
          {sentences[5], [](auto& o) { o.ping_timeout = 0ms; }},
          {sentences[6], [](auto& o) { o.upgrade_timeout = 0ms; }},
          {"the sum of ping_interval and ping_timeout is 2592020000 ms: it has to be at most "
           "2147483647 ms",
           [](auto& o) { o.ping_interval = std::chrono::hours(24 * 30); }},
          {"max_payload is 0: it has to be positive", [](auto& o) { o.max_payload = 0; }},
          {"max_send_queue is 0: it has to be positive", [](auto& o) { o.max_send_queue = 0; }},
          {"polling is false, as is websocket", [](auto& o) { o.polling = o.websocket = false; }},
          {R"(initial_packet is "?)", [](auto& o) { o.initial_packet = "\x01\xE9"; }},
          {sentences[7], [](auto& o) { o.connect_timeout = 0ms; }},
          {"client_folder has no file of the browser client: /none/at/all",
           [](auto& o) {
             o.serve_client = true;
             o.client_folder = "/none/at/all";
           }},
      },
      [](const options& chosen) { server{chosen}; }, plain_options());
}

TEST(Options, OfAServerOnTheApplicationsContextAreCheckedToo) {
  boost::asio::io_context context;
  auto options = plain_options();
  options.header_timeout = 0ms;
  EXPECT_THROW(server(context, options), std::invalid_argument);
}

TEST(Options, OfCookiesAreChecked) {
  const auto with = [](auto change) {
    return [change](server_options& options) {
      options.cookie.emplace();
      change(*options.cookie);
    };
  };
  check_table<server_options>(
      {
          {R"(cookie.name is "": it has to be a token)", with([](auto& c) { c.name = ""; })},
          {R"(cookie.name is "a=b")", with([](auto& c) { c.name = "a=b"; })},
          {R"(cookie.path is "/??Set-Cookie: x": it has to have no control characters)",
           with([](auto& c) { c.path = "/\r\nSet-Cookie: x"; })},
          {R"(cookie.path is "/; Secure": it has to have no semicolons)",
           with([](auto& c) { c.path = "/; Secure"; })},
          {R"(cookie.path is "a": it has to begin with a slash)",
           with([](auto& c) { c.path = "a"; })},
          {R"(cookie.domain is "a.example??")", with([](auto& c) { c.domain = "a.example\r\n"; })},
          {R"(cookie.domain is "a b")", with([](auto& c) { c.domain = "a b"; })},
          {"cookie.max_age is 0 s: it has to be positive", with([](auto& c) { c.max_age = 0s; })},
          {R"(cookie.same_site is "lax": it has to be Strict, Lax, None or empty)",
           with([](auto& c) { c.same_site = "lax"; })},
          {R"(cookie.priority is "high": it has to be Low, Medium, High or empty)",
           with([](auto& c) { c.priority = "high"; })},
          {"cookie.secure is false: it has to be true for SameSite=None",
           with([](auto& c) { c.same_site = "None"; })},
          {"cookie.secure is false", with([](auto& c) { c.partitioned = true; })},
          {"cookie.secure is false", with([](auto& c) { c.name = "__Secure-io"; })},
          {"cookie.secure is false", with([](auto& c) { c.name = "__Host-io"; })},
          {R"(cookie.path is "/x": it has to be / for names that begin with __Host-)",
           with([](auto& c) {
             c.name = "__Host-io";
             c.secure = true;
             c.path = "/x";
           })},
          {R"(cookie.domain is "a.example": it has to be empty)", with([](auto& c) {
             c.name = "__Host-io";
             c.secure = true;
             c.domain = "a.example";
           })},
      },
      [](const server_options& chosen) { server{chosen}; }, plain_options());
  auto valid = plain_options();
  valid.cookie.emplace();
  valid.cookie->name = "__Host-io";
  valid.cookie->secure = true;
  valid.cookie->same_site = "None";
  EXPECT_NO_THROW(server{valid});
}

TEST(Options, OfCorsAreChecked) {
  const auto origin = [](std::string_view value) {
    return [value](cors_options& options) { options.origins = {std::string(value)}; };
  };
  check_table<cors_options>(
      {
          {R"(cors.origins is "https://a.example/": it has to be * or as browsers send it)",
           origin("https://a.example/")},
          {R"(cors.origins is "a.example")", origin("a.example")},
          {R"(cors.origins is "")", origin("")},
          {R"(cors.origins is "https://")", origin("https://")},
          {R"(cors.origins is "https://*.example")", origin("https://*.example")},
          {R"(cors.origins is "https://A.example")", origin("https://A.example")},
          {R"(cors.origins is "https://a??b")", origin("https://a\r\nb")},
          {R"(cors.methods is "GET??X": it has to be a token)",
           [](auto& o) { o.methods = {"GET\r\nX"}; }},
          {R"(cors.allowed_headers is "a: b")", [](auto& o) { o.allowed_headers = {"a: b"}; }},
          {R"(cors.exposed_headers is "")", [](auto& o) { o.exposed_headers = {""}; }},
          {"cors.max_age is -1 s: it has to be 0 or more", [](auto& o) { o.max_age = -1s; }},
          {"cors.preflight_status is 301: it has to be 200 to 299",
           [](auto& o) { o.preflight_status = 301; }},
          {"cors.credentials is true: it has to be false", [](auto& o) { o.credentials = true; }},
      },
      [](const cors_options& chosen) {
        auto options = plain_options();
        options.cors = chosen;
        server{options};
      });
}

TEST(Options, OfCompressionAreChecked) {
  using options = websocket::deflate_options;
  check_table<options>(
      {
          {"server_max_window_bits is 8: it has to be 9 to 15",
           [](auto& o) { o.server_max_window_bits = 8; }},
          {"client_max_window_bits is 16: it has to be 9 to 15",
           [](auto& o) { o.client_max_window_bits = 16; }},
          {"memory_level is 0: it has to be 1 to 9", [](auto& o) { o.memory_level = 0; }},
          {"compression_level is 10: it has to be 1 to 9",
           [](auto& o) { o.compression_level = 10; }},
      },
      [](const options& chosen) {
        auto settings = plain_options();
        settings.per_message_deflate = chosen;
        server{settings};
      });
}

TEST(Options, OfWebSocketRoutesAreChecked) {
  check_table<websocket::route>(
      {
          {"max_message_size is 0: it has to be positive", [](auto& o) { o.max_message_size = 0; }},
          {"max_fragments is 0", [](auto& o) { o.max_fragments = 0; }},
          {"max_send_queue is 0", [](auto& o) { o.max_send_queue = 0; }},
          {"idle_timeout is -1 ms: it has to be 0 ms to 365 days",
           [](auto& o) { o.idle_timeout = -1ms; }},
          {"memory_level is 0", [](auto& o) { o.deflate.emplace().memory_level = 0; }},
          {R"(a subprotocol is "a b": it has to be a token)",
           [](auto& o) { o.subprotocols = {"a b"}; }},
          {R"(a subprotocol is "a": it has to be given once)",
           [](auto& o) {
             o.subprotocols = {"a", "a"};
           }},
          {R"(origins is "https://a.example/")",
           [](auto& o) { o.origins = {"https://a.example/"}; }},
          {"either on_message or on_part",
           [](auto& o) {
             o.on_message = [](const auto&...) {};
             o.on_part = [](const auto&...) {};
           }},
      },
      [](const websocket::route& chosen) { http_server().websocket("/ws", chosen); });
}

TEST(Options, OfWebSocketClientsAreChecked) {
  using options = websocket::client_options;
  check_table<options>(
      {
          {"max_message_size is 0: it has to be positive", [](auto& o) { o.max_message_size = 0; }},
          {"max_send_queue is 0", [](auto& o) { o.max_send_queue = 0; }},
          {"connect_timeout is 0 ms: it has to be 1 ms to 365 days",
           [](auto& o) { o.connect_timeout = 0ms; }},
          {"close_timeout is -1 ms", [](auto& o) { o.close_timeout = -1ms; }},
          {R"(certificate_authority is "/none": it has to be a file)",
           [](auto& o) { o.certificate_authority = "/none"; }},
          {"malformed header field: X", [](auto& o) { o.headers.append("X", "a\r\nb"); }},
          {R"(a subprotocol is "")", [](auto& o) { o.subprotocols = {""}; }},
      },
      [](const options& chosen) {
        boost::asio::io_context context;
        websocket::client(context.get_executor(), chosen);
      });
}

TEST(Options, OfFoldersAreChecked) {
  using options = static_files_options;
  const auto folder = std::filesystem::temp_directory_path();
  check_table<options>(
      {
          {R"(cache_control is "no-cache??X: y": it has to have no control characters)",
           [](auto& o) { o.cache_control = "no-cache\r\nX: y"; }},
          {"gzip_min_size is 10: it has to be at most gzip_max_size",
           [](auto& o) {
             o.gzip_min_size = 10;
             o.gzip_max_size = 9;
           }},
      },
      [&](const options& chosen) { http_server().serve_folder("/", folder, chosen); });
  http_server http;
  EXPECT_EQ(refusal_of([&] { http.serve_folder("/x", folder); }),
            R"(the path of a folder is "/x": it has to end with a slash)");
  EXPECT_NE(refusal_of([&] { http.serve_folder("x/", folder); }).find("begin with a slash"),
            std::string::npos);
  EXPECT_EQ(refusal_of([&] { http.serve_folder("/x/", "/none"); }), "not a folder: /none");
}

TEST(Options, OfFormsAreChecked) {
  form_options valid;
  valid.folder = std::filesystem::temp_directory_path();
  check_table<form_options>(
      {
          {"max_body_size is 0: it has to be positive", [](auto& o) { o.max_body_size = 0; }},
          {"max_file_size is 0", [](auto& o) { o.max_file_size = 0; }},
          {"max_field_size is 0", [](auto& o) { o.max_field_size = 0; }},
          {"max_header_size is 0", [](auto& o) { o.max_header_size = 0; }},
          {"max_header_count is 0", [](auto& o) { o.max_header_count = 0; }},
          {"max_fields is 0, as is max_files", [](auto& o) { o.max_files = o.max_fields = 0; }},
          {"not a folder: /none", [](auto& o) { o.folder = "/none"; }},
      },
      [](const form_options& chosen) {
        http_server().form("/form", chosen, [](const auto&...) {});
      },
      valid);
  EXPECT_EQ(refusal_of([&] { http_server().form("/form", valid, nullptr); }),
            "a route for forms needs a handler");
}

TEST(Options, OfListenersAreChecked) {
  http_server http;
  listen_options options;
  options.unix_socket = "/tmp/none/socket";
  options.port = 1;
  EXPECT_EQ(refusal_of([&] { http.listen(options); }),
            "a listener has either a Unix domain socket or a host and a port, not both: "
            "/tmp/none/socket");
  options.port = 0;
  options.unix_socket = "/" + std::string(200, 'x');
  EXPECT_NE(refusal_of([&] { http.listen(options); }).find("has more than 107 bytes"),
            std::string::npos);
  options.unix_socket.clear();
  options.tls.emplace();
  EXPECT_EQ(refusal_of([&] { http.listen(options); }),
            "TLS needs a certificate_chain and a private_key");
}

// --- Routes

http_response empty_response(const http_request& /*request*/) {
  return http_response(204);
}

TEST(Routes, ThatNoRequestFitsAreRefused) {
  http_server http;
  struct bad_route {
    std::string_view method;
    std::string_view pattern;
    std::string_view sentence;
  };
  for (const auto& [method, pattern, sentence] : std::vector<bad_route>{
           {"GET", "x", R"(the pattern of a route is "x": it has to begin with a slash)"},
           {"GET", "", R"(the pattern of a route is "": it has to begin with a slash)"},
           {"GET", "*", R"(the pattern of a route is "": it has to begin with a slash)"},
           {"GET", "/a?b=c", "without query or fragment"},
           {"GET", "/a b", "percent-encoded"},
           {"GET", "/\xC3\xA9", "percent-encoded"},
           {"GET", "/*/b", "no * but at its end"},
           {"get", "/", R"(the method of a route is "get": it has to be written in capitals)"},
           {"", "/", R"(the method of a route is "": it has to be a token)"},
           {"GET, POST", "/", "a token"}}) {
    const auto refusal = refusal_of(
        [&, method = method, pattern = pattern] { http.route(method, pattern, empty_response); });
    EXPECT_NE(refusal.find(sentence), std::string::npos) << method << ' ' << pattern << refusal;
  }
  EXPECT_EQ(refusal_of([&] { http.route("GET", "/", http_handler()); }),
            "a handler may not be empty");
  EXPECT_EQ(refusal_of([&] { http.receive("POST", "/", nullptr); }), "the route / needs a handler");
  EXPECT_EQ(refusal_of([&] { http.on_signal(nullptr); }), "on_signal() needs a handler");
}

TEST(Routes, AreAddedOnce) {
  http_server http;
  http.get("/a", empty_response);
  http.post("/a", empty_response);
  http.get("/a*", empty_response);
  http.websocket("/a", {});
  http.cors("/a", {});
  EXPECT_EQ(refusal_of([&] { http.get("/a", empty_response); }),
            "there is a route for GET /a already");
  EXPECT_EQ(refusal_of([&] { http.get("/a*", empty_response); }),
            "there is a route for GET /a* already");
  EXPECT_EQ(refusal_of([&] { http.websocket("/a", {}); }),
            "there is a WebSocket route for /a already");
  EXPECT_EQ(refusal_of([&] { http.cors("/a", {}); }), "cors() has been called for /a");
}

TEST(Routes, AreNotHiddenByEngineIo) {
  server io(plain_options());
  auto& http = io.http();
  const std::string sentence =
      "a route for /socket.io/ would get no requests: they are all Engine.IO's";
  EXPECT_EQ(refusal_of([&] { http.get("/socket.io/", empty_response); }), sentence);
  EXPECT_EQ(refusal_of([&] { io.websocket("/socket.io/", {}); }), sentence);
  EXPECT_NO_THROW(http.get("/socket.io/other", empty_response));
  EXPECT_NO_THROW(http.get("/socket.io/*", empty_response));

  EXPECT_EQ(refusal_of([&] { http.attach(io.engine(), "/socket.io/"); }),
            "there is an engine for /socket.io/ already");
  http.get("/engine.io/", empty_response);
  EXPECT_EQ(refusal_of([&] { http.attach(io.engine(), "/engine.io/"); }),
            "there is a route for /engine.io/ already, which would get no requests");
  EXPECT_NE(refusal_of([&] { http.attach(io.engine(), "x"); }).find("begin with a slash"),
            std::string::npos);
}

}  // namespace
}  // namespace socketio
