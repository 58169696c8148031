#include <socketio/engineio/cors.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace std::chrono_literals;
using socketio::cors;
using socketio::cors_options;
using socketio::http_fields;
using socketio::http_request;

http_request request_from(std::string_view origin, std::string method = "GET") {
  http_request request;
  request.method = std::move(method);
  if (!origin.empty()) request.headers.append("Origin", origin);
  return request;
}

http_fields fields_for(const cors_options& options, std::string_view origin) {
  http_fields fields;
  cors(options).add_headers(request_from(origin), fields);
  return fields;
}

constexpr std::string_view allow_origin = "Access-Control-Allow-Origin";

TEST(Cors, AllowsAnyOriginByDefault) {
  for (const auto* origin : {"https://example.com", "null", ""}) {
    const auto fields = fields_for(cors_options(), origin);
    EXPECT_EQ(fields[allow_origin], "*");
    EXPECT_FALSE(fields.find("Vary"));
    EXPECT_FALSE(fields.find("Access-Control-Allow-Credentials"));
    EXPECT_EQ(fields.size(), 1U);
  }
}

TEST(Cors, NamesAnOriginOfTheList) {
  cors_options options;
  options.origins = {"https://one.example", "https://two.example:8443"};
  for (const auto& origin : options.origins) {
    const auto fields = fields_for(options, origin);
    EXPECT_EQ(fields[allow_origin], origin);
    EXPECT_EQ(fields["Vary"], "Origin");
  }
}

TEST(Cors, NamesNoOtherOrigin) {
  cors_options options;
  options.origins = {"https://one.example"};
  for (const auto* origin : {"https://other.example", "http://one.example",
                             "https://one.example:443", "https://one.example.evil.example",
                             "https://sub.one.example", "https://ONE.example", "null", "*", ""}) {
    const auto fields = fields_for(options, origin);
    EXPECT_FALSE(fields.find(allow_origin)) << origin;
    EXPECT_EQ(fields["Vary"], "Origin") << origin;
  }
}

TEST(Cors, AllowsNoOriginOfAnEmptyList) {
  cors_options options;
  options.origins.clear();
  EXPECT_FALSE(fields_for(options, "https://one.example").find(allow_origin));
}

TEST(Cors, AsksTheApplication) {
  cors_options options;
  options.allow_origin = [](std::string_view origin) { return origin.ends_with(".example"); };
  EXPECT_EQ(fields_for(options, "https://one.example")[allow_origin], "https://one.example");
  const auto refused = fields_for(options, "https://one.test");
  EXPECT_FALSE(refused.find(allow_origin));
  EXPECT_EQ(refused["Vary"], "Origin");
}

TEST(Cors, AllowsCredentialsToNamedOriginsOnly) {
  cors_options options;
  options.credentials = true;
  options.origins = {"https://one.example"};
  EXPECT_EQ(fields_for(options, "https://one.example")["Access-Control-Allow-Credentials"], "true");
  EXPECT_FALSE(fields_for(options, "https://two.example").find("Access-Control-Allow-Credentials"));
}

TEST(Cors, RefusesCredentialsForAnyOrigin) {
  cors_options options;
  options.credentials = true;
  EXPECT_THROW(cors{options}, std::invalid_argument);
  options.origins = {"https://one.example", "*"};
  EXPECT_THROW(cors{options}, std::invalid_argument);
  options.allow_origin = [](std::string_view) { return true; };
  EXPECT_NO_THROW(cors{options});
  EXPECT_EQ(fields_for(options, "https://two.example")[allow_origin], "https://two.example");
}

TEST(Cors, ExposesFields) {
  cors_options options;
  options.exposed_headers = {"X-One", "X-Two"};
  EXPECT_EQ(fields_for(options, "https://a.example")["Access-Control-Expose-Headers"],
            "X-One,X-Two");
}

TEST(CorsPreflight, IsAnOptionsRequest) {
  EXPECT_TRUE(cors::is_preflight(request_from("https://a.example", "OPTIONS")));
  for (const auto* method : {"GET", "POST", "options", "HEAD"}) {
    EXPECT_FALSE(cors::is_preflight(request_from("https://a.example", method)));
  }
}

TEST(CorsPreflight, AllowsMethodsAndTheFieldsAskedFor) {
  auto request = request_from("https://a.example", "OPTIONS");
  request.headers.append("Access-Control-Request-Headers", "x-token,content-type");
  const auto response = cors(cors_options()).preflight(request);
  EXPECT_EQ(response.status, 204U);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(response.headers[allow_origin], "*");
  EXPECT_EQ(response.headers["Access-Control-Allow-Methods"], "GET,HEAD,PUT,PATCH,POST,DELETE");
  EXPECT_EQ(response.headers["Access-Control-Allow-Headers"], "x-token,content-type");
  EXPECT_EQ(response.headers["Vary"], "Access-Control-Request-Headers");
  EXPECT_FALSE(response.headers.find("Access-Control-Max-Age"));
}

TEST(CorsPreflight, AllowsWhatIsConfigured) {
  cors_options options;
  options.origins = {"https://a.example"};
  options.methods = {"GET", "POST"};
  options.allowed_headers = {"x-one", "x-two"};
  options.exposed_headers = {"x-three"};
  options.max_age = 600s;
  options.credentials = true;
  auto request = request_from("https://a.example", "OPTIONS");
  request.headers.append("Access-Control-Request-Headers", "x-other");
  const auto response = cors(options).preflight(request);
  EXPECT_EQ(response.headers[allow_origin], "https://a.example");
  EXPECT_EQ(response.headers["Vary"], "Origin");
  EXPECT_EQ(response.headers["Access-Control-Allow-Methods"], "GET,POST");
  EXPECT_EQ(response.headers["Access-Control-Allow-Headers"], "x-one,x-two");
  EXPECT_EQ(response.headers["Access-Control-Expose-Headers"], "x-three");
  EXPECT_EQ(response.headers["Access-Control-Max-Age"], "600");
  EXPECT_EQ(response.headers["Access-Control-Allow-Credentials"], "true");
}

TEST(CorsPreflight, HasTheStatusThatIsConfigured) {
  cors_options options;
  options.preflight_status = 200;
  EXPECT_EQ(cors(options).preflight(request_from("https://a.example", "OPTIONS")).status, 200U);
}

TEST(CorsPreflight, DoesNotNameAnOriginThatIsNotAllowed) {
  cors_options options;
  options.origins = {"https://a.example"};
  const auto response = cors(options).preflight(request_from("https://b.example", "OPTIONS"));
  EXPECT_EQ(response.status, 204U);
  EXPECT_FALSE(response.headers.find(allow_origin));
  EXPECT_EQ(response.headers["Vary"], "Origin");
}

}  // namespace
