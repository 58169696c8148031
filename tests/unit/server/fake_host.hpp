#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engineio/fakes.hpp"
#include "http/http_connection.hpp"

namespace socketio::detail::fakes {

inline constexpr std::uint64_t max_body = 1000;

/// Keeps what it receives, until it refuses.
class kept_body final : public body_sink {
 public:
  explicit kept_body(std::string& content) : content_(content) {}

  std::optional<http_response> receive(std::string_view bytes) override {
    content_ += bytes;
    if (bytes.find('!') != std::string_view::npos) return http_response(422);
    return std::nullopt;
  }
  void finish(const http_request& /*request*/, http_reply /*reply*/) override {}

 private:
  std::string& content_;
};

/// Keeps the requests until the test answers them.
class fake_host final : public http_host {
 public:
  [[nodiscard]] const http_server_options& options() const override { return settings; }
  [[nodiscard]] engineio::shard& shard_for(const http_request& /*request*/,
                                           const carrier& connection, bool first) override {
    firsts.push_back(first);
    return target != nullptr ? *target : connection.home();
  }
  [[nodiscard]] std::uint64_t max_body_size(const http_request& /*request*/) override {
    return max_body;
  }
  [[nodiscard]] admission admit(engineio::shard& /*current*/, http_request& request,
                                admission_receiver receive) override {
    admission decision;
    passing.reset();
    if (waits || !fields.empty()) {
      passing = std::make_shared<passage>();
      passing->request = &request;
      passing->fields = fields;
    }
    decision.passing = passing;
    decision.waits = waits;
    if (waits) decide = std::move(receive);
    if (answers_at_once) decision.response.emplace(*answers_at_once);
    return decision;
  }
  [[nodiscard]] std::variant<body_reception, http_response> begin_body(
      engineio::shard& /*current*/, const http_request& /*request*/, bool /*complete*/,
      std::function<void()> cut_off) override {
    cut_off_body = std::move(cut_off);
    if (refusal) return http_response(*refusal);
    body_reception reception;
    if (keeps_body) reception.sink = std::make_unique<kept_body>(body);
    return reception;
  }
  void body_failed(engineio::shard& /*current*/, const http_request& /*request*/,
                   std::string_view why) override {
    failures.emplace_back(why);
  }
  void serve(engineio::shard& current, std::unique_ptr<body_sink> sink,
             std::unique_ptr<engineio::http_exchange> exchange) override {
    served_on = &current;
    EXPECT_EQ(sink != nullptr, keeps_body);
    exchanges.push_back(std::move(exchange));
  }
  [[nodiscard]] std::shared_ptr<engineio::websocket_connection> open_websocket(
      carrier* connection, const engineio::websocket_settings& /*settings*/) override {
    if (connection != nullptr && next_protocol) connection->change_protocol(next_protocol);
    return std::make_shared<engineio::fakes::websocket_client>();
  }
  void add_headers(const http_request& /*request*/, http_fields& headers, bool by_host) override {
    headers.append("By", by_host ? "host" : "handler");
  }

  http_server_options settings;
  engineio::shard* target = nullptr;  // of the next requests; null for the connection's own
  // Whether the next requests wait for decide(), the fields for their responses, and the status
  // with which the host answers them instead.
  bool waits = false;
  http_fields fields;
  std::optional<unsigned> answers_at_once;
  std::optional<unsigned> refusal;  // of the next body
  bool keeps_body = false;
  std::shared_ptr<connection_protocol> next_protocol;

  std::vector<std::unique_ptr<engineio::http_exchange>>
      exchanges;  // requests that wait for a response
  engineio::shard* served_on = nullptr;
  std::vector<bool> firsts;
  std::shared_ptr<passage> passing;  // of the last request
  admission_receiver decide;
  std::function<void()> cut_off_body;
  std::string body;
  std::vector<std::string> failures;
};

}  // namespace socketio::detail::fakes
