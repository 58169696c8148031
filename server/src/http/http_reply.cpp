#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <utility>

#include <socketio/engineio/http_exchange.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/http_handler.hpp>

namespace socketio {

struct http_reply::state {
  std::shared_ptr<engineio::shard> home;
  std::unique_ptr<engineio::http_exchange> exchange;
  std::atomic<bool> answered{false};

  state(std::shared_ptr<engineio::shard> where, std::unique_ptr<engineio::http_exchange> what)
      : home(std::move(where)), exchange(std::move(what)) {}

  // Any thread may destroy the last copy, but only the shard may destroy the exchange.
  ~state() {
    if (exchange) home->dispatch([unanswered = std::move(exchange)] {});
  }
};

http_reply::http_reply(std::shared_ptr<engineio::shard> home,
                       std::unique_ptr<engineio::http_exchange> exchange)
    : state_(std::make_shared<state>(std::move(home), std::move(exchange))) {}

void http_reply::operator()(http_response response) const {
  if (state_->answered.exchange(true)) return;
  state_->home->dispatch([state = state_, response = std::move(response)]() mutable {
    state->exchange->respond(std::move(response));
  });
}

void http_reply::start(boost::asio::awaitable<void> coroutine) const {
  const auto executor = state_->home->executor();
  if (!executor) return;
  // The coroutine has copies of this object: if it ends without a response, the last one responds.
  boost::asio::co_spawn(executor, std::move(coroutine),
                        [home = state_->home](const std::exception_ptr& error) {
                          if (error) home->report(error, "route");
                        });
}

}  // namespace socketio
