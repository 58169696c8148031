#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <socketio/protocol/json.hpp>

namespace socketio {

/// Why a middleware refuses a client, which receives it as the `connect_error` event; or an event,
/// whose socket's `error` handlers receive it.
struct connect_error {
  std::string message;
  json data;  ///< any details; omitted if null

  connect_error(std::string text) : message(std::move(text)) {}  // NOLINT(*-explicit-*)
  connect_error(const char* text) : message(text) {}             // NOLINT(*-explicit-*)
  connect_error(std::string text, json details)
      : message(std::move(text)), data(std::move(details)) {}
};

namespace detail {

/// A decision that somebody is to make once: the first call counts. If all who could make it are
/// gone, the destructor passes on nothing.
template <class Value>
class open_decision {
 public:
  using function = std::function<void(std::optional<Value>)>;

  explicit open_decision(function decided) : decided_(std::move(decided)) {}
  open_decision(const open_decision&) = delete;
  open_decision& operator=(const open_decision&) = delete;
  ~open_decision() { settle(std::nullopt); }

  void operator()(Value value) { settle(std::move(value)); }

 private:
  void settle(std::optional<Value> value) {
    if (made_.exchange(true)) return;
    // Copies may be kept, which must not keep what has waited for the decision.
    const auto decided = std::exchange(decided_, nullptr);
    decided(std::move(value));
  }

  std::atomic<bool> made_{false};
  function decided_;
};

}  // namespace detail

/// What a middleware has decided: nothing to continue, or the reason for refusing.
using verdict = std::optional<connect_error>;

/// Continues with the next middleware, or refuses the client or the event, which waits until then.
/// Copies share the decision, and only the first call counts. If the last copy is destroyed without
/// a call, that refuses, too, and is reported as an error. Any thread.
class next {
 public:
  explicit next(std::shared_ptr<detail::open_decision<verdict>> made)
      : decision_(std::move(made)) {}

  void operator()() const { (*decision_)(std::nullopt); }
  void operator()(connect_error error) const { (*decision_)(std::move(error)); }

 private:
  std::shared_ptr<detail::open_decision<verdict>> decision_;
};

/// Decides whether a namespace with a client's name may be made. Copies share the decision, and
/// only the first call counts; if the last copy is destroyed without a call, it may not. Any
/// thread.
class allow_namespace {
 public:
  explicit allow_namespace(std::shared_ptr<detail::open_decision<bool>> made)
      : decision_(std::move(made)) {}

  void operator()(bool allowed) const { (*decision_)(allowed); }

 private:
  std::shared_ptr<detail::open_decision<bool>> decision_;
};

}  // namespace socketio
