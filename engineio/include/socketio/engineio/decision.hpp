#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <socketio/detail/unique_function.hpp>
#include <socketio/engineio/shard.hpp>

namespace socketio::detail {

/// A decision of the application about a request, which it makes once, at once or later, on any
/// thread. The functions that the application gets for this share the object.
template <class Value>
class decision {
 public:
  /// Called once, on the shard in a later turn: with nothing if the application has thrown, or has
  /// let go of the decision.
  using receiver = unique_function<void(std::optional<Value>)>;

  decision(engineio::shard& home, receiver receive)
      : home_(home.shared_from_this()), receive_(std::move(receive)) {}
  ~decision() { settle(std::nullopt); }
  decision(const decision&) = delete;
  decision& operator=(const decision&) = delete;

  /// Asks the application, on the shard.
  /// @param where what is reported if it throws
  /// @param question takes the shared pointer to the decision
  template <class Question>
  static void ask(engineio::shard& home, std::string_view where, Question question,
                  receiver receive) {
    const auto asked = std::make_shared<decision>(home, std::move(receive));
    if (!home.guard(where, [&] { question(asked); })) asked->settle(std::nullopt);
  }

  /// Makes the decision; only the first call counts. Any thread.
  void settle(std::optional<Value> value) {
    if (settled_.exchange(true)) return;
    // Later, because the application may still read the request.
    home_->post([receive = std::move(receive_), value = std::move(value)]() mutable {
      receive(std::move(value));
    });
  }

 private:
  std::shared_ptr<engineio::shard> home_;
  receiver receive_;
  std::atomic<bool> settled_{false};
};

/// Lets go of an exchange that waits for a decision if its client disconnects meanwhile.
/// @param waiting has it as `exchange`, which is null from then on
template <class Waiting>
void let_go_on_abort(const std::shared_ptr<Waiting>& waiting) {
  waiting->exchange->on_abort([weak = std::weak_ptr(waiting)] {
    if (const auto aborted = weak.lock()) aborted->exchange.reset();
  });
}

}  // namespace socketio::detail
