#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <variant>

#include <socketio/detail/unique_function.hpp>
#include <socketio/protocol/attached_objects.hpp>
#include <socketio/protocol/http.hpp>

namespace socketio {

/// Decides about a request for a middleware, at once or later. Copies share the decision, and only
/// the first one counts; if the last copy is destroyed without a decision, the request fails. Any
/// thread, but attach() one at a time, and before the decision.
class http_next {
 public:
  /// What a middleware may decide.
  struct pass {
    attached_objects attached;
  };
  struct failure {};
  using outcome = std::variant<pass, http_response, failure>;

  explicit http_next(std::function<void(outcome)> settle)
      : state_(std::make_shared<state>(state{std::move(settle), {}})) {}

  /// Attaches an object to the request, in place of an earlier one of its type, for example the
  /// user; of a std::shared_ptr the object to which that points. Who sees the request later finds
  /// it by its type: http_request::attachment(), and, if the request opens a session,
  /// connection::attachment().
  template <class T>
  void attach(T&& object) const {
    state_->attached.set(std::forward<T>(object));
  }

  /// Passes the request on to the next middleware, and at last to the server.
  void operator()() const { state_->settle(pass{state_->attached}); }
  /// Answers the request, which goes no further: with any status, and with a body or none.
  void respond(http_response response) const { state_->settle(std::move(response)); }
  /// Refuses the request: Engine.IO with error 3, `MIDDLEWARE_FAILURE`, an http_server with status
  /// 500.
  void fail() const { state_->settle(failure()); }

 private:
  struct state {
    std::function<void(outcome)> settle;
    attached_objects attached;
  };

  std::shared_ptr<state> state_;
};

/// Sees each request to an http_server, or to an Engine.IO server, before that does. Parameters:
/// the request, valid during the call; the fields to add to its response, valid until the call of
/// `next`; and `next`.
using http_middleware = detail::unique_function<void(
    const http_request& request, http_fields& response_headers, http_next next)>;

}  // namespace socketio
