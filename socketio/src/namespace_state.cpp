#include "namespace_state.hpp"

#include <algorithm>
#include <optional>

#include <socketio/engineio/server.hpp>
#include <socketio/memory_adapter.hpp>

#include "ack_completion.hpp"
#include "ack_waiter.hpp"

namespace socketio::detail {
namespace {

// Collects the acknowledgements of a broadcast from all shards.
class broadcast_acks : public engineio::timer, public std::enable_shared_from_this<broadcast_acks> {
 public:
  broadcast_acks(std::shared_ptr<namespace_state> nsp, std::shared_ptr<engineio::shard> home)
      : nsp_(std::move(nsp)), home_(std::move(home)), ack_id_(nsp_->next_ack_id()) {}

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
    if (parts_left_ == 0 && clients_left_ == 0) finish(error_);
  }

  void finish(error_code error) {
    const auto self = shared_from_this();
    finished_ = true;
    stop();
    if (!done_) return;
    nsp_->adapter()->cancel_acks(ack_id_);
    const json_view all(values_);
    handler_error problem{{}, "acknowledgements"};
    std::optional<mismatch> wrong;
    try {
      wrong = done_->take()(error, std::span(&all, 1));
      if (!wrong) return;
      problem.exception = std::make_exception_ptr(argument_mismatch(mismatch_text(*wrong, {})));
      problem.expected = wrong->expected;
      problem.given = wrong->given;
    } catch (...) {
      problem.exception = std::current_exception();
    }
    nsp_->owner.report(problem);
  }

  std::shared_ptr<namespace_state> nsp_;
  std::shared_ptr<engineio::shard> home_;
  std::optional<ack_waiter> done_;  // once it has begun
  bool finished_ = false;
  std::uint64_t ack_id_;
  std::ptrdiff_t parts_left_ = 0;
  std::ptrdiff_t clients_left_ = 0;
  error_code error_;
  json values_ = json::array();
};

}  // namespace

namespace_state::namespace_state(core& server, std::string nsp_name)
    : owner(server),
      name(std::move(nsp_name)),
      max_attachments(server.options().max_attachments),
      shards_(server.engine().shards()),
      connection_handlers_(std::make_shared<const handler_list<connection_handler>>()),
      middlewares_(std::make_shared<const handler_list<middleware>>()) {
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    event_names_.push_back(std::make_unique<event_names>());
  }
}

namespace_state::~namespace_state() = default;

void namespace_state::start() {
  const auto& make = owner.options().adapter;
  adapter_ = make ? make(*this) : std::make_unique<memory_adapter>(*this);
}

void namespace_state::stop() {
  adapter_.reset();
  // Handlers may hold handles of the namespace, and would keep it for ever. Destroying them runs
  // application code, so not under the lock.
  auto connection_handlers = std::make_shared<const handler_list<connection_handler>>();
  auto middlewares = std::make_shared<const handler_list<middleware>>();
  const std::scoped_lock lock(mutex_);
  stopped_ = true;
  connection_handlers_.swap(connection_handlers);
  middlewares_.swap(middlewares);
}

const std::shared_ptr<engineio::shard>& namespace_state::current_shard() const {
  return engineio::current_shard(shards_);
}

void namespace_state::add_connection_handler(connection_handler handler) {
  const std::scoped_lock lock(mutex_);
  if (stopped_) return;
  auto changed = std::make_shared<handler_list<connection_handler>>(*connection_handlers_);
  changed->push_back(std::make_shared<const connection_handler>(std::move(handler)));
  connection_handlers_ = std::move(changed);
}

void namespace_state::add_middleware(middleware function) {
  const std::scoped_lock lock(mutex_);
  if (stopped_) return;
  auto changed = std::make_shared<handler_list<middleware>>(*middlewares_);
  changed->push_back(std::make_shared<const middleware>(std::move(function)));
  middlewares_ = std::move(changed);
}

std::shared_ptr<const namespace_state::handler_list<connection_handler>>
namespace_state::connection_handlers() const {
  const std::scoped_lock lock(mutex_);
  return connection_handlers_;
}

std::shared_ptr<const namespace_state::handler_list<middleware>> namespace_state::middlewares()
    const {
  const std::scoped_lock lock(mutex_);
  return middlewares_;
}

void namespace_state::broadcast(const encoded_arguments& event, const broadcast_options& options,
                                ack_handler acknowledged) {
  if (!acknowledged) {
    if (adapter_) adapter_->broadcast(event, options);
    return;
  }
  // Once the server is gone no shard takes the call, which answers with error::disconnected.
  std::make_shared<broadcast_acks>(shared_from_this(), current_shard())
      ->begin(event, options, std::move(acknowledged));
}

void namespace_state::broadcast_with_ack(const encoded_arguments& event,
                                         const broadcast_options& options, ack_completion handler) {
  const auto& home = current_shard();
  const auto acks = std::make_shared<broadcast_acks>(shared_from_this(), home);
  const auto cancel = [weak = std::weak_ptr(acks)] {
    if (const auto waiting = weak.lock()) waiting->cancel();
  };
  acks->begin(event, options,
              answer_to(engineio::completion<json>(std::move(handler), home, cancel)));
}

}  // namespace socketio::detail
