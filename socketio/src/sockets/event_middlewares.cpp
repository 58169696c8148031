#include "event_middlewares.hpp"

#include <optional>
#include <utility>

#include "owned_event.hpp"
#include "socket_state.hpp"

namespace socketio::detail {
namespace {

// An event on its way through the middlewares.
class passage : public std::enable_shared_from_this<passage> {
 public:
  passage(std::shared_ptr<socket_state> receiver,
          std::shared_ptr<const event_middlewares> middlewares)
      : socket_(std::move(receiver)),
        turn_(socket_->current_turn()),
        middlewares_(std::move(middlewares)) {}

  void run(const incoming_event& event) {
    while (position_ < middlewares_->size()) {
      if (!ask(*(*middlewares_)[position_], event)) {
        if (!kept_) kept_.emplace(event);
        return;
      }
      if (!pass(event)) return;
    }
    socket_->dispatch(event);
  }

 private:
  // Calls a middleware; returns whether it has decided before it has returned.
  bool ask(const event_middleware& asked, const incoming_event& event) {
    const auto decided = [self = shared_from_this()](std::optional<verdict> made) {
      auto& home = *self->socket_->home;
      if (home.running_here() && self->calling_) {
        self->decided_ = std::move(made);
      } else {
        home.post([self, made = std::move(made)]() mutable { self->resume(std::move(made)); });
      }
    };
    const auto made = std::make_shared<open_decision<verdict>>(decided);
    decided_.reset();
    calling_ = true;
    const bool returned = socket_->guarded(
        "middleware", event.name, [&] { asked(event.name, arguments(event.values), next(made)); });
    if (!returned) (*made)(connect_error("Internal server error"));
    calling_ = false;
    return decided_.has_value();
  }

  // Takes the decision of a middleware; returns whether the event may go on.
  bool pass(const incoming_event& event) {
    ++position_;
    const auto made = *std::exchange(decided_, std::nullopt);
    if (socket_->has_ended()) return false;
    if (!made) socket_->report_dropped("middleware", event.name);
    const auto error = made.value_or(connect_error("Internal server error"));
    if (error) socket_->report_refusal(error->message, error->data);
    return !error;
  }

  void resume(std::optional<verdict> made) {
    decided_ = std::move(made);
    socket_host host(*socket_);
    const auto event = kept_->event(host);
    if (pass(event)) run(event);
  }

  std::shared_ptr<socket_state> socket_;
  std::shared_ptr<const void> turn_;
  std::shared_ptr<const event_middlewares> middlewares_;
  std::size_t position_ = 0;
  bool calling_ = false;
  std::optional<std::optional<verdict>> decided_;  // nothing within: next has been dropped
  std::optional<owned_event> kept_;                // once a middleware decides later
};

}  // namespace

void run_event_middlewares(std::shared_ptr<socket_state> receiver,
                           std::shared_ptr<const event_middlewares> middlewares,
                           const incoming_event& event) {
  std::make_shared<passage>(std::move(receiver), std::move(middlewares))->run(event);
}

}  // namespace socketio::detail
