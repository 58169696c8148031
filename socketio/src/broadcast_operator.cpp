#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <socketio/broadcast_operator.hpp>
#include <socketio/socket.hpp>

#include "namespace_state.hpp"

namespace socketio {
namespace {

void append(std::vector<std::string>& names, const room_list& added) {
  names.insert(names.end(), added.rooms().begin(), added.rooms().end());
}

// A function that completes with its arguments, on the executor of the completion, which has
// outstanding work until then.
template <class Completion, class... Values>
auto on_executor(Completion completion) {
  struct waiting {
    Completion completion;
    decltype(boost::asio::make_work_guard(completion)) work;

    explicit waiting(Completion&& held)
        : completion(std::move(held)), work(boost::asio::make_work_guard(completion)) {}
  };
  return [state = std::make_shared<waiting>(std::move(completion))](Values... values) {
    boost::asio::dispatch(
        state->work.get_executor(),
        [completion = std::move(state->completion),
         values = std::tuple<std::decay_t<Values>...>(std::move(values)...)]() mutable {
          std::apply([&](auto&... all) { std::move(completion)(std::move(all)...); }, values);
        });
    state->work.reset();
  };
}

}  // namespace

detail::ack_handler detail::complete_on_executor(ack_completion completion) {
  return [complete = on_executor<ack_completion, error_code, json>(std::move(completion))](
             error_code error, std::span<const json_view> values) {
    complete(error, arguments(values)[0].to_json());
    return std::string{};
  };
}

broadcast_operator broadcast_operator::to(const room_list& rooms) const {
  auto narrowed = *this;
  append(narrowed.options_.rooms, rooms);
  return narrowed;
}

broadcast_operator broadcast_operator::except(const room_list& rooms) const {
  auto narrowed = *this;
  append(narrowed.options_.except, rooms);
  return narrowed;
}

broadcast_operator broadcast_operator::local() const {
  auto narrowed = *this;
  narrowed.options_.flags.local = true;
  return narrowed;
}

broadcast_operator broadcast_operator::volatile_() const {
  auto changed = *this;
  changed.options_.flags.is_volatile = true;
  return changed;
}

broadcast_operator broadcast_operator::timeout(std::chrono::milliseconds time) const {
  auto changed = *this;
  changed.options_.flags.timeout = time;
  return changed;
}

void broadcast_operator::sockets_join(const room_list& rooms) const {
  namespace_->adapter().sockets_join(options_, rooms.rooms());
}

void broadcast_operator::sockets_leave(const room_list& rooms) const {
  namespace_->adapter().sockets_leave(options_, rooms.rooms());
}

void broadcast_operator::disconnect_sockets(bool close) const {
  namespace_->adapter().disconnect_sockets(options_, close);
}

void broadcast_operator::emit_encoded(encoded_arguments encoded,
                                      detail::ack_handler acknowledged) const {
  namespace_->broadcast(encoded, options_, std::move(acknowledged));
}

void broadcast_operator::fetch(fetch_completion completion) const {
  namespace_->adapter().fetch_sockets(
      options_,
      on_executor<fetch_completion, error_code, std::vector<socket>>(std::move(completion)));
}

}  // namespace socketio
