#include "connection.hpp"

#include <algorithm>
#include <exception>

namespace socketio::detail {
namespace {

using namespace std::chrono_literals;

// How long a peer may take to read more of the last output, and then to close its side.
constexpr auto last_write_timeout = 30s;
constexpr auto finish_timeout = 2s;

// How much to read and discard meanwhile: enough for a client that goes on sending before it reads
// the refusal. Closing with unread data resets the connection, and the client may lose the
// response.
constexpr std::uint32_t max_discarded = 256 * 1024;

// While the protocol is busy, the connection reads up to this size ahead; then the peer has to
// wait.
constexpr std::size_t max_rest = engineio::shard::read_buffer_size;

// How many reads one turn makes, so that a fast sender does not keep others waiting.
constexpr int reads_a_turn = 4;

// How often one turn lets the protocol receive, that is how many pipelined requests it takes.
constexpr int receives_a_turn = 16;

}  // namespace

connection::connection(connection_registry& registry, engineio::shard& home,
                       accepted_socket accepted)
    : carrier(home, registry.spares_of(home)),
      registry_(registry),
      stream_(std::move(accepted)),  // takes the descriptor and TLS, and leaves the address
      remote_address_(std::move(accepted.remote_address)) {
  registry_.entered(remote_address_);
}

connection::~connection() {
  wanted_ = {};
  update_wait();
  registry_.left(remote_address_);
}

void connection::start(std::shared_ptr<connection_protocol> protocol) {
  protocol_ = std::move(protocol);
  wait_readable();
}

// --- Waiting

void connection::wait_readable() {
  if (wanted_.read || read_ended_ || moving_to_ != nullptr || state_ == state::closed) return;
  wanted_.read = true;
  if (!serving_ready_) update_wait();
  if (!stream_.has_pending()) return;
  // The poller does not see bytes that TLS holds.
  home_->post([self = shared_from_this()] {
    if (!std::exchange(self->wanted_.read, false)) return;
    self->guarded([&] { self->read(); });
  });
}

void connection::wait_writable() {
  if (wanted_.write || moving_to_ != nullptr || state_ == state::closed) return;
  wanted_.write = true;
  if (!serving_ready_) update_wait();
}

void connection::update_wait() {
  if (wanted_ == waited_for_) return;
  auto& poller = registry_.poller_of(*home_);
  if (poller.wait(stream_.descriptor(), *this, waited_for_, wanted_)) {
    waited_for_ = wanted_;
  } else {
    abort("out of memory");
  }
}

void connection::ready(readiness now) {
  // Update the poller once, afterwards: mostly the connection waits for the same as before.
  serving_ready_ = true;
  guarded([&] {
    bool may_read = now.read && std::exchange(wanted_.read, false);
    if (now.write && std::exchange(wanted_.write, false)) {
      flush();
      may_read = std::exchange(read_wants_write_, false) || may_read;
    }
    if (may_read) read();
  });
  serving_ready_ = false;
  update_wait();
}

template <class Function>
void connection::guarded(Function function) {
  try {
    function();
  } catch (...) {
    abort("exception");
    home_->report(std::current_exception(), "connection");
  }
}

// --- Reading

void connection::read() {
  if (read_ended_ || moving_to_ != nullptr || state_ == state::closed) return;
  const auto buffer = home_->read_buffer();
  for (int reads = 0; reads < reads_a_turn; ++reads) {
    if (state_ == state::open && rest_.size() >= max_rest) return;
    if (discarded_ >= max_discarded) return;
    std::size_t bytes = 0;
    switch (stream_.read(buffer, bytes)) {
      case io_status::want_read:
        wait_readable();
        return;
      case io_status::want_write:
        read_wants_write_ = true;
        wait_writable();
        return;
      case io_status::end:
        read_end();
        return;
      case io_status::failed:
        end({});
        return;
      case io_status::done:
        break;
    }
    if (is_finishing()) {
      discarded_ += static_cast<std::uint32_t>(bytes);
    } else if (!receive(buffer.first(bytes))) {
      return;
    }
    if (!stream_.more_to_read()) break;
  }
  wait_readable();
}

void connection::read_end() {
  read_ended_ = true;
  if (state_ == state::open) {
    receive({});
  } else if (state_ == state::sending_ended) {
    end({});
  }
}

bool connection::receive(std::span<char> data) {
  std::string joined;
  if (!rest_.empty()) {
    joined = std::exchange(rest_, {});
    joined.append(data.data(), data.size());
    data = joined;
  }
  // At least once, because the protocol may have work left that needs no data.
  bool later = false;
  bool again = true;
  for (int receives = 1; again && !later; ++receives) {
    const auto before = data.size();
    auto* const protocol = protocol_.get();
    reception_ = reception::running;
    protocol->receive(data);
    again =
        state_ == state::open && moving_to_ == nullptr && !data.empty() &&
        (data.size() != before || protocol != protocol_.get() || reception_ == reception::resumed);
    later = again && (reception_ == reception::yielded || receives == receives_a_turn);
  }
  reception_ = reception::idle;
  if (state_ == state::closed) return false;
  if (state_ == state::open) rest_.assign(data.data(), data.size());
  if (rest_.empty()) rest_ = {};
  flush();
  if (moving_to_ != nullptr) {
    move();
    return false;
  }
  if (later && !paused_) {
    resume();
    return false;
  }
  if (read_ended_) {
    if (state_ == state::open && !protocol_->input_ended()) end({});
    return false;
  }
  return is_finishing() || (state_ == state::open && !paused_);
}

void connection::move() {
  wanted_ = {};
  update_wait();
  // Post it, so that it runs after everything posted to this shard for the connection.
  home_->post([self = shared_from_this()] { self->complete_move(); });
}

void connection::complete_move() {
  auto& target = *std::exchange(moving_to_, nullptr);
  if (state_ == state::closed) return;
  if (&target == home_) {
    flush();
    wait_readable();
    return;
  }
  const auto self = shared_from_this();
  registry_.remove(*this);
  unlink();
  deadline_.reset();
  home_ = &target;
  output_.leave_shard();
  target.post([self] {
    self->output_.enter_shard(self->registry_.spares_of(*self->home_));
    self->registry_.add(self);
    self->flush();
    self->resume();
  });
}

void connection::cancel_move() {
  if (moving_to_ != nullptr) moving_to_ = home_;
}

void connection::resume() {
  paused_ = false;
  if (reception_ != reception::idle) reception_ = reception::resumed;
  if (reception_ != reception::idle || moving_to_ != nullptr || state_ != state::open) return;
  if (rest_.empty() && wanted_.read) return;
  home_->post([self = shared_from_this()] {
    if (self->state_ != state::open || self->paused_ || self->moving_to_ != nullptr) return;
    self->guarded([&] {
      if (self->receive({})) self->wait_readable();
    });
  });
}

void connection::change_protocol(std::shared_ptr<connection_protocol> protocol) {
  home_->keep_meanwhile(std::exchange(protocol_, std::move(protocol)));
}

void connection::move_to(engineio::shard& target) {
  moving_to_ = &target;
}

// --- Writing

void connection::flush() {
  unlink();
  if (wanted_.write || output_waits_ || moving_to_ != nullptr || state_ == state::closed) return;
  if (output_dropped_) output_.clear();
  const auto waiting = output_.size();
  std::array<iovec, output_queue::max_pieces> pieces;
  while (!output_.empty()) {
    std::size_t bytes = 0;
    const auto status = stream_.write(output_.front(pieces), bytes);
    output_.consume(bytes);
    if (status == io_status::done) continue;
    if (status == io_status::want_write) {
      if (is_finishing()) set_deadline(last_write_timeout);
      wait_writable();
      if (state_ == state::open && output_.size() < waiting) protocol_->written();
    } else if (status == io_status::want_read) {
      wait_readable();
    } else {
      // Read first: a peer that closes may have said so before it reset the connection.
      drop_output();
      abort({});
    }
    return;
  }
  if (state_ == state::finishing) {
    if (!output_dropped_ && stream_.send_rest() == io_status::want_write) return wait_writable();
    state_ = state::sending_ended;
    stream_.shutdown_send(!output_dropped_);
    if (read_ended_) return end({});
    set_deadline(finish_timeout);
  } else if (waiting > 0 && protocol_ && (told_of_writes_ || paused_)) {
    protocol_->written();
  }
}

void connection::drop_output() {
  output_dropped_ = true;
  output_.clear();
}

void connection::flush_later() {
  if (reception_ == reception::idle) home_->cork(*this);
}

void connection::flush_then_wait(std::chrono::milliseconds time) {
  flush();
  set_deadline(time);
  output_waits_ = true;
}

void connection::uncork() {
  flush();
}

// --- Ending

void connection::set_deadline(std::chrono::milliseconds after) {
  output_waits_ = false;
  if (!deadline_) deadline_ = std::make_unique<deadline>(*this);
  deadline_->start(home_->timers(), after);
}

void connection::deadline_passed() {
  const auto self = shared_from_this();
  if (is_finishing()) {
    close();
  } else if (std::exchange(output_waits_, false)) {
    deadline_.reset();
    flush();
  } else if (const auto protocol = protocol_) {
    protocol->timed_out();
  }
}

void connection::finish() {
  if (state_ != state::open) return;
  state_ = state::finishing;
  cancel_move();
  change_protocol(nullptr);
  rest_ = {};
  paused_ = false;
  set_deadline(last_write_timeout);
  flush_later();
  if (reception_ == reception::idle) wait_readable();
}

void connection::abort(std::string_view error) {
  if (state_ == state::closed) return;
  cancel_move();
  home_->post([self = shared_from_this(), error = std::string(error)] { self->end(error); });
}

void connection::shut_down() {
  if (state_ != state::open) return;
  if (const auto protocol = protocol_) protocol->shut_down();
}

void connection::shut_down_later() {
  home_->post([self = shared_from_this()] { self->shut_down(); });
}

void connection::abandon() {
  state_ = state::closed;
  waited_for_ = {};
  wanted_ = {};
  output_.clear();
  stream_.close();
  if (const auto protocol = std::exchange(protocol_, nullptr)) protocol->abandoned();
}

void connection::tell_written_later() {
  home_->post([self = shared_from_this()] {
    if (const auto protocol = self->protocol_; protocol && self->state_ == state::open) {
      protocol->written();
    }
  });
}

void connection::end(std::string_view error) {
  if (state_ == state::closed) return;
  const auto protocol = protocol_;
  change_protocol(nullptr);
  close();
  if (!protocol) return;
  try {
    protocol->ended(error);
  } catch (...) {
    home_->report(std::current_exception(), "connection");
  }
}

void connection::close() {
  home_->keep_meanwhile(shared_from_this());
  state_ = state::closed;
  unlink();
  deadline_.reset();
  wanted_ = {};
  update_wait();
  stream_.close();
  output_.clear();
  rest_ = {};
  registry_.remove(*this);
}

}  // namespace socketio::detail
