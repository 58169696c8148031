#include <socketio/engineio/http_exchange.hpp>

#include <utility>

namespace socketio::engineio {
namespace {

// Adds fields to the response of another exchange.
class extended_exchange final : public http_exchange {
 public:
  extended_exchange(std::unique_ptr<http_exchange> inner, http_fields fields)
      : inner_(std::move(inner)), fields_(std::move(fields)) {}

 private:
  [[nodiscard]] http_request& request() override { return inner_->request(); }
  void respond(http_response response) override {
    add_missing_fields(response.headers, fields_);
    inner_->respond(std::move(response));
  }
  std::shared_ptr<websocket_connection> upgrade(http_response response,
                                                const websocket_settings& settings) override {
    add_missing_fields(response.headers, fields_);
    return inner_->upgrade(std::move(response), settings);
  }
  void on_abort(std::function<void()> aborted) override { inner_->on_abort(std::move(aborted)); }

  std::unique_ptr<http_exchange> inner_;
  http_fields fields_;
};

}  // namespace

void add_missing_fields(http_fields& headers, const http_fields& added) {
  const http_fields own = headers;
  for (const auto& [name, value] : added) {
    const bool repeats =
        equals_ignoring_case(name, "Set-Cookie") || equals_ignoring_case(name, "Vary");
    if (repeats || !own.find(name)) headers.append(name, value);
  }
}

std::unique_ptr<http_exchange> add_fields(std::unique_ptr<http_exchange> exchange,
                                          http_fields fields) {
  if (fields.empty()) return exchange;
  return std::make_unique<extended_exchange>(std::move(exchange), std::move(fields));
}

}  // namespace socketio::engineio
