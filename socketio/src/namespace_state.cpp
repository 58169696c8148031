#include "namespace_state.hpp"

#include <socketio/engineio/server.hpp>
#include <socketio/memory_adapter.hpp>

namespace socketio::detail {
namespace {

// The acknowledgements of a broadcast, as they come in from all shards.
class broadcast_acks : public engineio::timer, public std::enable_shared_from_this<broadcast_acks> {
 public:
  broadcast_acks(std::shared_ptr<namespace_state> nsp, std::shared_ptr<engineio::shard> home,
                 ack_handler done)
      : nsp_(std::move(nsp)),
        home_(std::move(home)),
        done_(std::move(done)),
        ack_id_(nsp_->next_ack_id()) {}

  // On the shard where the broadcast began; so are all of the following.
  void start(const encoded_arguments& event, const broadcast_options& options) {
    // What gathers keeps this object; the sockets keep what gathers, as long as they may answer.
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
    nsp_->adapter().broadcast_with_ack(event, options, ack_id_, std::move(collector));
  }

 private:
  void expected(std::size_t parts) {
    parts_left_ += parts;
    check();
  }

  void counted(std::size_t clients) {
    --parts_left_;
    clients_left_ += clients;
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

  // Parts may be counted before it is known how many there are, and the other way round: only when
  // nothing is missing on either side, it is over.
  void check() {
    if (parts_left_ == 0 && clients_left_ == 0) finish(error_);
  }

  void finish(error_code error) {
    const auto self = shared_from_this();
    finished_ = true;
    stop();
    nsp_->adapter().cancel_acks(ack_id_);
    const json_view all(values_);
    try {
      const auto mismatch = done_(error, std::span(&all, 1));
      if (!mismatch.empty()) throw std::invalid_argument(mismatch);
    } catch (...) {
      nsp_->owner.report(std::current_exception(), "acknowledgements");
    }
  }

  std::shared_ptr<namespace_state> nsp_;
  std::shared_ptr<engineio::shard> home_;
  ack_handler done_;
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
      connection_handlers_(std::make_shared<const std::vector<connection_handler>>()),
      middlewares_(std::make_shared<const std::vector<middleware>>()) {
  for (std::size_t i = 0; i < server.engine().shards().size(); ++i) {
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
}

void namespace_state::add_connection_handler(connection_handler handler) {
  const std::scoped_lock lock(mutex_);
  auto changed = std::make_shared<std::vector<connection_handler>>(*connection_handlers_);
  changed->push_back(std::move(handler));
  connection_handlers_ = std::move(changed);
}

void namespace_state::add_middleware(middleware function) {
  const std::scoped_lock lock(mutex_);
  auto changed = std::make_shared<std::vector<middleware>>(*middlewares_);
  changed->push_back(std::move(function));
  middlewares_ = std::move(changed);
}

std::shared_ptr<const std::vector<namespace_state::connection_handler>>
namespace_state::connection_handlers() const {
  const std::scoped_lock lock(mutex_);
  return connection_handlers_;
}

std::shared_ptr<const std::vector<middleware>> namespace_state::middlewares() const {
  const std::scoped_lock lock(mutex_);
  return middlewares_;
}

void namespace_state::broadcast(const encoded_arguments& event, const broadcast_options& options,
                                ack_handler acknowledged) {
  if (!acknowledged) {
    adapter_->broadcast(event, options);
    return;
  }
  const auto& shards = owner.engine().shards();
  const auto here = std::find_if(shards.begin(), shards.end(),
                                 [](const auto& shard) { return shard->running_here(); });
  const auto& home = here == shards.end() ? shards.front() : *here;
  const auto acks =
      std::make_shared<broadcast_acks>(shared_from_this(), home, std::move(acknowledged));
  home->dispatch([acks, event, options] { acks->start(event, options); });
}

}  // namespace socketio::detail
