#pragma once

#include <memory>
#include <utility>

#include <socketio/engineio/http_exchange.hpp>
#include <socketio/engineio/passage.hpp>

namespace socketio::detail {

/// The passage of an exchange, which it keeps meanwhile.
struct exchange_passage : passage {
  std::unique_ptr<engineio::http_exchange> exchange;  // null once the client has gone

  /// Lets go of the exchange if its client disconnects.
  [[nodiscard]] static std::shared_ptr<exchange_passage> begin(
      std::unique_ptr<engineio::http_exchange> begun) {
    auto passing = std::make_shared<exchange_passage>();
    passing->request = &begun->request();
    passing->exchange = std::move(begun);
    passing->exchange->on_abort([weak = std::weak_ptr(passing)] {
      const auto aborted = weak.lock();
      if (!aborted) return;
      aborted->request = nullptr;
      aborted->exchange.reset();
    });
    return passing;
  }

  /// Ends the passage. Returns the exchange, which adds the fields to its response.
  [[nodiscard]] std::unique_ptr<engineio::http_exchange> end() {
    request = nullptr;
    return engineio::add_fields(std::move(exchange), std::move(fields));
  }
};

}  // namespace socketio::detail
