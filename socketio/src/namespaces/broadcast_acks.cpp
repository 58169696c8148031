#include "broadcast_acks.hpp"

#include <optional>
#include <span>

#include "packets/ack_completion.hpp"
#include "packets/ack_waiter.hpp"

namespace socketio::detail {
namespace {

// Collects the acknowledgements of a broadcast from all shards.
class broadcast_acks : public engineio::timer, public std::enable_shared_from_this<broadcast_acks> {
 public:
  broadcast_acks(std::shared_ptr<namespace_state> nsp, std::shared_ptr<engineio::shard> home,
                 asked whom)
      : nsp_(std::move(nsp)), home_(std::move(home)), ack_id_(nsp_->next_ack_id()), whom_(whom) {}

  // Broadcasts, and answers with the acknowledgements. Any thread.
  void begin(const encoded_arguments& event, const broadcast_options& options, ack_handler done) {
    ack_waiter waiting(ack_id_, std::move(done), home_);
    home_->dispatch(
        [self = shared_from_this(), event, options, waiting = std::move(waiting)]() mutable {
          self->start(event, options, std::move(waiting));
        });
  }

  // Waits no more; on the shard where the broadcast began.
  void cancel() {
    if (!finished_) finish(boost::asio::error::operation_aborted);
  }

 private:
  // All members run on the shard where the broadcast began.
  void start(const encoded_arguments& event, const broadcast_options& options,
             ack_waiter&& waiting) {
    // It may have been cancelled before it began.
    if (finished_) return;
    done_.emplace(std::move(waiting));
    // The collector keeps this object, and the sockets keep the collector while they may answer.
    const auto on_home = [self = shared_from_this()](auto function) {
      return [self, function](auto... values) {
        self->home_->dispatch([self, function, values...] {
          if (!self->finished_) ((*self).*function)(values...);
        });
      };
    };
    ack_collector collector;
    collector.expected = on_home(&broadcast_acks::expected);
    collector.counted = on_home(&broadcast_acks::counted);
    collector.answered = on_home(&broadcast_acks::answered);
    if (options.flags.timeout) engineio::timer::start(home_->timers(), *options.flags.timeout);
    nsp_->adapter()->broadcast_with_ack(event, options, ack_id_, std::move(collector));
  }

  void expected(std::size_t parts) {
    parts_left_ += static_cast<std::ptrdiff_t>(parts);
    check();
  }

  void counted(std::size_t clients) {
    --parts_left_;
    clients_left_ += static_cast<std::ptrdiff_t>(clients);
    check();
  }

  void answered(error_code error, json value) {
    --clients_left_;
    if (error) {
      error_ = error;
    } else {
      values_.push_back(std::move(value));
    }
    check();
  }

  void expire() override { finish(error::timed_out); }

  // counted() may come before expected(), and answers before counted(): it is complete only when
  // nothing is missing on either side.
  void check() {
    if (parts_left_ != 0 || clients_left_ != 0) return;
    // The one client may be in no room of its id, or on no server.
    if (whom_ == asked::one && values_.empty() && !error_) error_ = error::disconnected;
    finish(error_);
  }

  void finish(error_code error) {
    const auto self = shared_from_this();
    finished_ = true;
    stop();
    if (!done_) return;
    if (auto* adapter = nsp_->adapter()) {
      home_->guard("adapter", [&] { adapter->cancel_acks(ack_id_); });
    }
    const bool one = whom_ == asked::one && !values_.empty();
    const json_view answer(one ? values_.front() : values_);
    const auto answers = std::span(&answer, whom_ == asked::one && !one ? 0 : 1);
    handler_error problem{{}, "acknowledgements"};
    std::optional<mismatch> wrong;
    try {
      wrong = done_->take()(error, answers);
      if (!wrong) return;
      problem.exception = std::make_exception_ptr(argument_mismatch(mismatch_text(*wrong, {})));
      problem.expected = wrong->expected;
      problem.given = wrong->given;
    } catch (...) {
      problem.exception = std::current_exception();
    }
    nsp_->shared->report(problem);
  }

  std::shared_ptr<namespace_state> nsp_;
  std::shared_ptr<engineio::shard> home_;
  std::optional<ack_waiter> done_;  // once it has begun
  bool finished_ = false;
  std::uint64_t ack_id_;
  asked whom_;
  std::ptrdiff_t parts_left_ = 0;
  std::ptrdiff_t clients_left_ = 0;
  error_code error_;
  json values_ = json::array();
};

}  // namespace

void broadcast_with_ack(const std::shared_ptr<namespace_state>& nsp, const encoded_arguments& event,
                        const broadcast_options& options, asked whom, ack_handler handler) {
  // Once the server is gone no shard takes the call, which answers with error::disconnected.
  std::make_shared<broadcast_acks>(nsp, nsp->shared->current_shard(), whom)
      ->begin(event, options, std::move(handler));
}

void broadcast_with_ack(const std::shared_ptr<namespace_state>& nsp, const encoded_arguments& event,
                        const broadcast_options& options, asked whom, ack_completion handler) {
  const auto& home = nsp->shared->current_shard();
  const auto acks = std::make_shared<broadcast_acks>(nsp, home, whom);
  const auto cancel = [weak = std::weak_ptr(acks)] {
    if (const auto waiting = weak.lock()) waiting->cancel();
  };
  acks->begin(event, options,
              answer_to(engineio::completion<json>(std::move(handler), home, cancel)));
}

}  // namespace socketio::detail
