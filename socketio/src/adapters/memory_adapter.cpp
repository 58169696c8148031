#include "memory_adapter.hpp"

#include <mutex>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "local_delivery.hpp"
#include "namespaces/server_side_events.hpp"
#include "packets/encoded_packet.hpp"
#include "sockets/socket_state.hpp"

namespace socketio::detail {

// The namespace on one shard. Tasks posted to the shard share ownership.
struct memory_adapter::shard_part {
  std::shared_ptr<engineio::shard> home;
  std::shared_ptr<room_table> table;
  // The sockets whose acknowledgements a broadcast waits for, by ack id.
  std::unordered_map<std::uint64_t, std::vector<std::weak_ptr<socket_state>>> awaiting;

  shard_part(std::shared_ptr<engineio::shard> shard, std::shared_ptr<room_table> rooms)
      : home(std::move(shard)), table(std::move(rooms)) {}

  // Calls a function once with each socket of the options. It must not change any room.
  template <class Function>
  void visit(const broadcast_options& options, Function function) {
    table->visit(options.rooms, options.except,
                 [&](room_member& found) { function(static_cast<socket_state&>(found)); });
  }

  // Copies the sockets of the options, for functions that may change rooms.
  std::vector<std::shared_ptr<socket_state>> collect(const broadcast_options& options) {
    std::vector<std::shared_ptr<socket_state>> sockets;
    visit(options, [&](socket_state& found) { sockets.push_back(found.shared_from_this()); });
    return sockets;
  }
};

memory_adapter::memory_adapter(const std::shared_ptr<namespace_state>& nsp) : nsp_(*nsp) {
  for (const auto& shard : nsp->shared->shards) {
    parts_.push_back(std::make_shared<shard_part>(shard, nsp->rooms()->on(*shard)));
  }
  if (auto* events = nsp->events()) events->send_with(&deliver_logged);
}

memory_adapter::~memory_adapter() = default;

template <class Function, class... Values>
void memory_adapter::on_each_shard(Function function, const Values&... values) {
  // All other shards share one copy of the values.
  std::shared_ptr<const std::tuple<Values...>> copies;
  for (const auto& part : parts_) {
    if (part->home->running_here()) {
      function(*part, values...);
      continue;
    }
    if (!copies) copies = std::make_shared<const std::tuple<Values...>>(values...);
    part->home->post([part, function, copies] {
      std::apply([&](const Values&... copied) { function(*part, copied...); }, *copies);
    });
  }
}

void memory_adapter::broadcast(const encoded_arguments& event, const broadcast_options& options) {
  if (auto* events = nsp_.events()) return broadcast_in_order(*events, event, options);
  const auto packet = std::make_shared<const encoded_packet>(
      encode_event(nsp_.shared->codec, event, nsp_.name, {}, options.flags.compress));
  const auto send = [packet](shard_part& part, const encoded_arguments& sent,
                             const broadcast_options& to) {
    deliver(*part.table, *packet, sent, to);
  };
  on_each_shard(send, event, options);
}

void memory_adapter::broadcast_in_order(event_delivery& events, const encoded_arguments& event,
                                        const broadcast_options& options) {
  if (!options.flags.is_volatile) return events.send({{}, options}, event, nullptr);
  const auto send = [events = events.shared_from_this()](shard_part& part,
                                                         const encoded_arguments& sent,
                                                         const broadcast_options& to) {
    deliver(*part.table, events->encode_unlogged(*part.home, sent, to.flags.compress), sent, to);
  };
  on_each_shard(send, event, options);
}

void memory_adapter::broadcast_with_ack(const encoded_arguments& event,
                                        const broadcast_options& options, std::uint64_t ack_id,
                                        ack_collector collector) {
  const auto packet = std::make_shared<const encoded_packet>(
      encode_event(nsp_.shared->codec, event, nsp_.name, ack_id, options.flags.compress));
  const auto shared = std::make_shared<const ack_collector>(std::move(collector));
  shared->expected(parts_.size());
  const auto deliver = [packet, shared, ack_id](shard_part& part, const encoded_arguments& sent,
                                                const broadcast_options& to) {
    const auto receivers = part.collect(to);
    if (!receivers.empty()) {
      part.awaiting.emplace(
          ack_id, std::vector<std::weak_ptr<socket_state>>(receivers.begin(), receivers.end()));
    }
    std::vector<std::string> asked;
    for (const auto& receiver : receivers) {
      // Nobody waits for a client that is skipped, because it does not take a volatile event.
      if (!receiver->send(*packet, sent, to.flags.is_volatile)) continue;
      asked.push_back(receiver->id);
      const auto answered = [shared, id = receiver->id](
                                error_code error,
                                std::span<const json_view> values) -> std::optional<mismatch> {
        shared->answered(id, error, arguments(values)[0].to_json());
        return std::nullopt;
      };
      receiver->expect_ack({ack_id, answered, part.home}, std::nullopt);
    }
    shared->counted(std::move(asked));
  };
  on_each_shard(deliver, event, options);
}

void memory_adapter::cancel_acks(std::uint64_t ack_id) {
  on_each_shard([ack_id](shard_part& part) {
    const auto found = part.awaiting.find(ack_id);
    if (found == part.awaiting.end()) return;
    const auto sockets = std::move(found->second);
    part.awaiting.erase(found);
    for (const auto& socket : sockets) {
      if (const auto waiting = socket.lock()) waiting->forget_ack(ack_id);
    }
  });
}

namespace {

remote_socket_data describe(const std::shared_ptr<socket_state>& socket, const room_table& rooms) {
  return {socket->id,
          {socket, &socket->shake},
          rooms.rooms_of(*socket),
          socket->data.get(socket->nsp->guard_of_data())};
}

}  // namespace

void memory_adapter::fetch_sockets(const broadcast_options& options,
                                   adapter_completion<std::vector<remote_socket>> fetched) {
  struct gathering {
    std::mutex mutex;
    std::vector<remote_socket> sockets;
    std::size_t shards_left = 0;
    adapter_completion<std::vector<remote_socket>> done;
  };
  const auto result = std::make_shared<gathering>();
  result->shards_left = parts_.size();
  result->done = std::move(fetched);
  const auto gather = [result](shard_part& part, const broadcast_options& from) {
    std::unique_lock lock(result->mutex);
    for (const auto& found : part.collect(from)) {
      result->sockets.emplace_back(found->nsp, describe(found, *part.table));
    }
    if (--result->shards_left > 0) return;
    lock.unlock();
    result->done({}, std::move(result->sockets));
  };
  on_each_shard(gather, options);
}

void memory_adapter::sockets_join(const broadcast_options& options,
                                  const std::vector<std::string>& rooms) {
  const auto join = [](shard_part& part, const broadcast_options& from,
                       const std::vector<std::string>& names) {
    for (const auto& found : part.collect(from)) found->join(names);
  };
  on_each_shard(join, options, rooms);
}

void memory_adapter::sockets_leave(const broadcast_options& options,
                                   const std::vector<std::string>& rooms) {
  const auto leave = [](shard_part& part, const broadcast_options& from,
                        const std::vector<std::string>& names) {
    for (const auto& found : part.collect(from)) found->leave(names);
  };
  on_each_shard(leave, options, rooms);
}

void memory_adapter::disconnect_sockets(const broadcast_options& options, bool close) {
  const auto disconnect = [close](shard_part& part, const broadcast_options& whom) {
    for (const auto& found : part.collect(whom)) found->disconnect(close);
  };
  on_each_shard(disconnect, options);
}

// There is no other server.
void memory_adapter::server_side_emit(const encoded_arguments& /*event*/) {}

void memory_adapter::server_side_emit_with_ack(const encoded_arguments& /*event*/,
                                               std::uint64_t /*ack_id*/, ack_collector collector) {
  collector.expected(0);
}

void memory_adapter::server_count(adapter_completion<std::size_t> counted) {
  counted({}, 1);
}

void memory_adapter::close() {
  on_each_shard([](shard_part& part) {
    for (const auto& found : part.collect({})) found->end("server shutting down", {});
  });
}

// --- For other adapters

boost::asio::any_io_executor memory_adapter::executor() const {
  return parts_.front()->home->executor();
}

void memory_adapter::report(std::exception_ptr error) const noexcept {
  nsp_.shared->report({std::move(error), "adapter"});
}

void memory_adapter::receive_server_side(const encoded_arguments& event,
                                         std::function<void(json)> answer) {
  detail::receive_server_side(nsp_.shared_from_this(), event, std::move(answer));
}

std::vector<socket> memory_adapter::sockets() const {
  std::vector<socket> all;
  for (auto& found : nsp_.rooms()->sockets()) {
    if (found->connected) all.emplace_back(std::static_pointer_cast<socket_state>(found));
  }
  return all;
}

std::optional<socket> memory_adapter::find_socket(std::string_view id) const {
  const auto found = nsp_.rooms()->find(id);
  if (!found || !found->connected) return std::nullopt;
  return socket(std::static_pointer_cast<socket_state>(found));
}

std::vector<room_info> memory_adapter::rooms() const {
  return nsp_.rooms()->list();
}

void memory_adapter::add_room_observer(std::shared_ptr<room_observer> observer) {
  nsp_.rooms()->add_observer(std::move(observer));
}

remote_socket memory_adapter::make_remote_socket(remote_socket_data data) {
  return {nsp_.shared_from_this(), std::move(data)};
}

}  // namespace socketio::detail
