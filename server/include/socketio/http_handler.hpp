#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <socketio/detail/unique_function.hpp>
#include <socketio/protocol/http.hpp>

namespace socketio {

namespace engineio {
class http_exchange;
class shard;
}  // namespace engineio

/// Sends the response to a request, at once or later. Copies share the response, and only the first
/// call counts; if the last copy is destroyed without a call, the client gets status 500. Any
/// thread.
class http_reply {
 public:
  http_reply(std::shared_ptr<engineio::shard> home,
             std::unique_ptr<engineio::http_exchange> exchange);

  void operator()(http_response response) const;

  /// Starts a coroutine on the request's shard. If it ends with an exception, the exception is
  /// reported. Call it there.
  void start(boost::asio::awaitable<void> coroutine) const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

/// Handles the requests of a route. Parameters: the request, valid during the call; the part of the
/// path after the route's prefix; the object that sends the response.
using http_handler = detail::unique_function<void(const http_request& request,
                                                  std::string_view rest, http_reply reply)>;

namespace detail {

/// Runs a route's handler that is a coroutine, and keeps what it may refer to as long as that runs.
template <class Function>
boost::asio::awaitable<void> respond_by_result(std::shared_ptr<Function> function,
                                               http_request request, http_reply reply) {
  auto running = (*function)(std::as_const(request));
  auto response = co_await std::move(running);
  reply(std::move(response));
}
template <class Function>
boost::asio::awaitable<void> respond_by_reply(std::shared_ptr<Function> function,
                                              http_request request, std::string rest,
                                              http_reply reply) {
  auto running = (*function)(std::as_const(request), std::string_view(rest), reply);
  co_await std::move(running);
}

/// Whether a function that takes these arguments is a coroutine, with a result of this type.
template <class Result, class Function, class... Arguments>
consteval bool is_coroutine_of() {
  if constexpr (std::is_invocable_v<Function, Arguments...>) {
    return std::is_same_v<std::invoke_result_t<Function, Arguments...>,
                          boost::asio::awaitable<Result>>;
  }
  return false;
}

/// The handler of a route: an http_handler, or a function that returns the response; either may be
/// a coroutine.
template <class Source>
http_handler make_http_handler(Source&& source) {
  using function_type = std::decay_t<Source>;
  if constexpr (is_coroutine_of<http_response, function_type&, const http_request&>()) {
    auto function = share_function(std::forward<Source>(source));
    return [function = std::move(function)](const http_request& request, std::string_view /*rest*/,
                                            const http_reply& reply) {
      reply.start(respond_by_result(function, request, reply));
    };
  } else if constexpr (is_coroutine_of<void, function_type&, const http_request&, std::string_view,
                                       http_reply>()) {
    auto function = share_function(std::forward<Source>(source));
    return [function = std::move(function)](const http_request& request, std::string_view rest,
                                            const http_reply& reply) {
      reply.start(respond_by_reply(function, request, std::string(rest), reply));
    };
  } else if constexpr (std::is_invocable_r_v<http_response, function_type&, const http_request&>) {
    auto function = make_function<unique_function<http_response(const http_request&)>>(
        std::forward<Source>(source));
    return [function = std::move(function)](const http_request& request, std::string_view /*rest*/,
                                            const http_reply& reply) { reply(function(request)); };
  } else {
    constexpr bool returns_no_response = std::is_invocable_v<function_type&, const http_request&>;
    constexpr bool is_other_coroutine = [] {
      if constexpr (returns_no_response) {
        return coroutine_result<std::invoke_result_t<function_type&, const http_request&>>;
      }
      return false;
    }();
    static_assert(!is_other_coroutine,
                  "a route's handler that is a coroutine returns a "
                  "boost::asio::awaitable<socketio::http_response>");
    static_assert(!returns_no_response || is_other_coroutine,
                  "a route's handler returns a socketio::http_response, such as "
                  "http_response(200, \"text/plain\", \"fine\\n\")");
    constexpr bool fits =
        std::is_invocable_v<function_type&, const http_request&, std::string_view, http_reply>;
    static_assert(fits || returns_no_response,
                  "a route's handler takes (const socketio::http_request& request), or (const "
                  "socketio::http_request& request, std::string_view rest, socketio::http_reply "
                  "reply)");
    if constexpr (fits) {
      return make_function<http_handler>(std::forward<Source>(source));
    } else {
      return {};
    }
  }
}

}  // namespace detail

/// Receives the body of a request piece by piece, as it arrives, on the connection's thread. The
/// server destroys it when the request has been answered or cut off; without an earlier finish()
/// the body is incomplete.
class body_sink {
 public:
  virtual ~body_sink() = default;
  body_sink(const body_sink&) = delete;
  body_sink& operator=(const body_sink&) = delete;

  /// Receives bytes, valid during the call.
  /// @return a response to refuse the request: the server sends it and closes the connection
  [[nodiscard]] virtual std::optional<http_response> receive(std::string_view bytes) = 0;
  /// Called when the body is complete, to answer the request, whose own body is empty.
  virtual void finish(const http_request& request, http_reply reply) = 0;

 protected:
  body_sink() = default;
};

/// Decides about a request's body when its head has arrived: returns a sink that receives it, or a
/// response that refuses the request.
using body_handler =
    detail::unique_function<std::variant<std::unique_ptr<body_sink>, http_response>(
        const http_request& head)>;

}  // namespace socketio
