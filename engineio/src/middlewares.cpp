#include <utility>
#include <variant>

#include <socketio/engineio/server.hpp>

#include "exchange_passage.hpp"
#include "refusal.hpp"

namespace socketio::engineio {

void server::use(http_middleware added) {
  middlewares_.add(std::move(added));
}

void server::run_middlewares(shard& current, std::unique_ptr<http_exchange> exchange) {
  if (middlewares_.empty()) return serve(current, std::move(exchange));
  const auto passing = detail::exchange_passage::begin(std::move(exchange));
  middlewares_.run(current, passing, [this, &current, passing](http_next::outcome outcome) {
    auto ended = passing->end();
    if (std::holds_alternative<http_next::pass>(outcome)) {
      serve(current, std::move(ended));
    } else if (auto* response = std::get_if<http_response>(&outcome)) {
      respond_plainly(*ended, std::move(*response));
    } else {
      refuse(current, *ended, bad_request, "MIDDLEWARE_FAILURE");
    }
  });
}

}  // namespace socketio::engineio
