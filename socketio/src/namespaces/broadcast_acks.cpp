#include "broadcast_acks.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "packets/ack_completion.hpp"
#include "packets/ack_waiter.hpp"

namespace socketio::detail {
namespace {

// Collects the acknowledgements of a broadcast from all shards.
class broadcast_acks : public engineio::timer, public std::enable_shared_from_this<broadcast_acks> {
 public:
  // each: null, or called with each answer.
  broadcast_acks(std::shared_ptr<namespace_state> nsp, std::shared_ptr<engineio::shard> home,
                 asked whom, answer_handler each = {})
      : nsp_(std::move(nsp)),
        home_(std::move(home)),
        ack_id_(nsp_->next_ack_id()),
        whom_(whom),
        each_(std::move(each)) {}

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
  // What the functions of a collector share. Once all are gone, nobody can answer any more.
  struct held {
    std::shared_ptr<broadcast_acks> acks;

    explicit held(std::shared_ptr<broadcast_acks> waiting) : acks(std::move(waiting)) {}
    held(const held&) = delete;
    held& operator=(const held&) = delete;
    ~held() {
      // Behind what the functions have posted.
      acks->home_->post([waiting = acks] {
        if (!waiting->finished_) waiting->finish(error::disconnected);
      });
    }
  };

  // All members run on the shard where the broadcast began.
  void start(const encoded_arguments& event, const broadcast_options& options,
             ack_waiter&& waiting) {
    // It may have been cancelled before it began.
    if (finished_) return;
    done_.emplace(std::move(waiting));
    // The collector keeps this object, and the sockets keep the collector while they may answer.
    const auto kept = std::make_shared<const held>(shared_from_this());
    const auto on_home = [kept](auto function) {
      return [kept, function](auto... values) {
        const auto& self = kept->acks;
        self->home_->dispatch([self, function, ... taken = std::move(values)]() mutable {
          if (!self->finished_) ((*self).*function)(std::move(taken)...);
        });
      };
    };
    ack_collector collector;
    collector.expected = on_home(&broadcast_acks::expected);
    collector.counted = on_home(&broadcast_acks::counted);
    collector.answered = on_home(&broadcast_acks::answered);
    auto* adapter = nsp_->adapter();
    if (adapter == nullptr) return fail(error::disconnected);
    engineio::timer::start(home_->timers(), options.flags.timeout.value_or(
                                                nsp_->shared->options.broadcast_ack_timeout));
    if (whom_ == asked::servers) {
      adapter->server_side_emit_with_ack(event, ack_id_, std::move(collector));
    } else {
      adapter->broadcast_with_ack(event, options, ack_id_, std::move(collector));
    }
  }

  void expected(std::size_t parts) {
    parts_left_ += static_cast<std::ptrdiff_t>(parts);
    check();
  }

  void counted(std::vector<std::string> ids) {
    --parts_left_;
    for (auto& id : ids) asked_.push_back(std::move(id));
    check();
  }

  void answered(std::string id, error_code error, json value) {
    const json_view answer(value);
    tell(id, error, std::span(&answer, error ? 0 : 1));
    ++answered_;
    if (error) {
      error_ = error;
      failed_.push_back(std::move(id));
    } else {
      ids_.push_back(std::move(id));
      values_.push_back(std::move(value));
    }
    check();
  }

  void tell(std::string_view id, error_code error, std::span<const json_view> values) {
    if (each_) nsp_->shared->guard("acknowledgement", [&] { each_(id, error, values); });
  }

  void expire() override { finish(error::timed_out); }

  // counted() may come before expected(), and answers before counted(): it is complete only when
  // nothing is missing on either side.
  void check() {
    if (parts_left_ != 0 || answered_ < asked_.size()) return;
    // The one client may be in no room of its id, or on no server.
    if (whom_ == asked::one && values_.empty() && !error_) error_ = error::disconnected;
    finish(error_);
  }

  // The ids of the sockets that have not answered. Of those without a name nobody tells which.
  std::vector<std::string> missing() const {
    auto named = asked_;
    std::sort(named.begin(), named.end());
    auto answered = ids_;
    answered.insert(answered.end(), failed_.begin(), failed_.end());
    std::sort(answered.begin(), answered.end());
    std::vector<std::string> silent;
    std::set_difference(named.begin(), named.end(), answered.begin(), answered.end(),
                        std::back_inserter(silent));
    return silent;
  }

  void finish(error_code error) {
    const auto self = shared_from_this();
    finished_ = true;
    stop();
    if (!done_) return;
    if (auto* adapter = nsp_->adapter()) {
      home_->guard("adapter", [&] { adapter->cancel_acks(ack_id_); });
    }
    auto silent = missing();
    for (const auto& id : silent) tell(id, error, {});
    silent.insert(silent.end(), failed_.begin(), failed_.end());
    if (whom_ == asked::one) return answer(error, values_);
    answer(error, json::array({std::move(values_), std::move(ids_), std::move(silent)}));
  }

  // Nobody has been asked.
  void fail(error_code error) {
    finished_ = true;
    answer(error, json::array());
  }

  void answer(error_code error, const json& values) {
    std::vector<json_view> answers;
    json_view(values).elements(answers);
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
  answer_handler each_;
  std::ptrdiff_t parts_left_ = 0;
  std::vector<std::string> asked_;  // the ids of the sockets
  std::size_t answered_ = 0;
  error_code error_;                 // of the sockets that have failed:
  std::vector<std::string> failed_;  // their ids
  std::vector<std::string> ids_;     // of those that have answered:
  json values_ = json::array();      // their answers
};

// For a handle that refers to no namespace.
void answer_nobody(ack_handler handler) {
  const ack_waiter unanswered(0, std::move(handler), nullptr);
}

}  // namespace

void broadcast_with_ack(const std::shared_ptr<namespace_state>& nsp, const encoded_arguments& event,
                        const broadcast_options& options, asked whom, ack_handler handler) {
  if (!nsp) return answer_nobody(std::move(handler));
  // Once the server is gone no shard takes the call, which answers with error::disconnected.
  std::make_shared<broadcast_acks>(nsp, nsp->shared->current_shard(), whom)
      ->begin(event, options, std::move(handler));
}

void broadcast_to_each(const std::shared_ptr<namespace_state>& nsp, const encoded_arguments& event,
                       const broadcast_options& options, asked whom, answer_handler handler) {
  if (!nsp) return;
  const auto finished = [](error_code, std::span<const json_view>) -> std::optional<mismatch> {
    return std::nullopt;
  };
  std::make_shared<broadcast_acks>(nsp, nsp->shared->current_shard(), whom, std::move(handler))
      ->begin(event, options, finished);
}

void broadcast_with_ack(const std::shared_ptr<namespace_state>& nsp, const encoded_arguments& event,
                        const broadcast_options& options, asked whom, ack_completion handler) {
  if (!nsp) {
    return answer_nobody(answer_to(engineio::completion<json>(std::move(handler), nullptr)));
  }
  const auto& home = nsp->shared->current_shard();
  const auto acks = std::make_shared<broadcast_acks>(nsp, home, whom);
  const auto cancel = [weak = std::weak_ptr(acks)] {
    if (const auto waiting = weak.lock()) waiting->cancel();
  };
  acks->begin(event, options,
              answer_to(engineio::completion<json>(std::move(handler), home, cancel)));
}

}  // namespace socketio::detail
