#include <mutex>
#include <set>
#include <tuple>
#include <unordered_map>

#include <socketio/memory_adapter.hpp>

#include <socketio/engineio/server.hpp>
#include <socketio/engineio/shard.hpp>

#include "namespace_state.hpp"
#include "room_table.hpp"

namespace socketio {

using detail::socket_state;

// The rooms of one shard. Tasks posted to the shard share ownership.
struct memory_adapter::shard_rooms {
  std::shared_ptr<engineio::shard> home;
  detail::room_table table;
  std::uint64_t last_mark = 0;
  // The sockets whose acknowledgements a broadcast waits for, by ack id.
  std::unordered_map<std::uint64_t, std::vector<std::weak_ptr<socket_state>>> awaiting;

  explicit shard_rooms(std::shared_ptr<engineio::shard> shard) : home(std::move(shard)) {}

  // Calls a function once with each socket of the options. It must not change any room.
  template <class Function>
  void for_each(const broadcast_options& options, Function function) {
    // This call's mark, for each socket that is excluded or has been visited.
    const auto mark = ++last_mark;
    for (const auto& name : options.except) {
      for (auto* left_out : table.members(name)) left_out->broadcast_mark = mark;
    }
    const auto visit = [&](const auto& sockets) {
      for (const auto& visited : sockets) {
        auto& socket = *visited;
        if (!socket.connected || std::exchange(socket.broadcast_mark, mark) == mark) continue;
        function(socket);
      }
    };
    if (options.rooms.empty()) {
      visit(table.sockets());
    } else {
      for (const auto& name : options.rooms) visit(table.members(name));
    }
  }

  // Copies the sockets of the options, for functions that may change rooms.
  std::vector<std::shared_ptr<socket_state>> collect(const broadcast_options& options) {
    std::vector<std::shared_ptr<socket_state>> sockets;
    for_each(options, [&](socket_state& found) { sockets.push_back(found.shared_from_this()); });
    return sockets;
  }
};

memory_adapter::memory_adapter(detail::namespace_state& nsp) : nsp_(nsp) {
  for (const auto& shard : nsp.owner.engine().shards()) {
    shards_.push_back(std::make_shared<shard_rooms>(shard));
  }
}

memory_adapter::~memory_adapter() = default;

template <class Function, class... Values>
void memory_adapter::on_each_shard(Function function, const Values&... values) {
  // All other shards share one copy of the values.
  std::shared_ptr<const std::tuple<Values...>> copies;
  for (const auto& rooms : shards_) {
    if (rooms->home->running_here()) {
      function(*rooms, values...);
      continue;
    }
    if (!copies) copies = std::make_shared<const std::tuple<Values...>>(values...);
    rooms->home->post([rooms, function, copies] {
      std::apply([&](const Values&... copied) { function(*rooms, copied...); }, *copies);
    });
  }
}

void memory_adapter::add(const std::shared_ptr<socket_state>& added) {
  shards_[added->home->index()]->table.add(added);
}

void memory_adapter::join(socket_state& socket, std::string_view room_name) {
  shards_[socket.home->index()]->table.join(socket, room_name);
}

void memory_adapter::leave(socket_state& socket, std::string_view room_name) {
  shards_[socket.home->index()]->table.leave(socket, room_name);
}

void memory_adapter::remove(socket_state& removed) {
  shards_[removed.home->index()]->table.remove(removed);
}

std::vector<std::string> memory_adapter::rooms_of(const socket_state& socket) const {
  return shards_[socket.home->index()]->table.rooms_of(socket);
}

std::size_t memory_adapter::rooms_count() const {
  // A room may have members on several shards.
  std::set<std::string> names;
  if (shards_.size() == 1) return shards_.front()->table.rooms_count();
  for (const auto& rooms : shards_) rooms->table.collect_names(names);
  return names.size();
}

std::size_t memory_adapter::sockets_count() const {
  std::size_t count = 0;
  for (const auto& rooms : shards_) count += rooms->table.sockets_count();
  return count;
}

void memory_adapter::broadcast(const encoded_arguments& event, const broadcast_options& options) {
  const auto packet = std::make_shared<const detail::encoded_packet>(
      detail::encode_event(nsp_.owner.codec(), event, nsp_.name));
  const auto deliver = [packet](shard_rooms& rooms, const encoded_arguments& sent,
                                const broadcast_options& to) {
    // Handlers of on_any_outgoing() may change rooms meanwhile.
    std::vector<std::shared_ptr<socket_state>> listening;
    rooms.for_each(to, [&](socket_state& receiver) {
      if (receiver.has_outgoing_listeners()) {
        listening.push_back(receiver.shared_from_this());
      } else {
        receiver.send(*packet, sent, to.flags.is_volatile);
      }
    });
    for (const auto& receiver : listening) {
      receiver->send(*packet, sent, to.flags.is_volatile);
    }
  };
  on_each_shard(deliver, event, options);
}

void memory_adapter::broadcast_with_ack(const encoded_arguments& event,
                                        const broadcast_options& options, std::uint64_t ack_id,
                                        ack_collector collector) {
  const auto packet = std::make_shared<const detail::encoded_packet>(
      detail::encode_event(nsp_.owner.codec(), event, nsp_.name, ack_id));
  const auto shared = std::make_shared<const ack_collector>(std::move(collector));
  shared->expected(shards_.size());
  const auto deliver = [packet, shared, ack_id](shard_rooms& rooms, const encoded_arguments& sent,
                                                const broadcast_options& to) {
    const auto receivers = rooms.collect(to);
    if (!receivers.empty()) {
      rooms.awaiting.emplace(
          ack_id, std::vector<std::weak_ptr<socket_state>>(receivers.begin(), receivers.end()));
    }
    shared->counted(receivers.size());
    for (const auto& receiver : receivers) {
      const auto answered =
          [shared](error_code error,
                   std::span<const json_view> values) -> std::optional<detail::mismatch> {
        shared->answered(error, arguments(values)[0].to_json());
        return std::nullopt;
      };
      receiver->expect_ack({ack_id, answered, rooms.home}, std::nullopt);
      receiver->send(*packet, sent, to.flags.is_volatile);
    }
  };
  on_each_shard(deliver, event, options);
}

void memory_adapter::cancel_acks(std::uint64_t ack_id) {
  on_each_shard([ack_id](shard_rooms& rooms) {
    const auto found = rooms.awaiting.find(ack_id);
    if (found == rooms.awaiting.end()) return;
    const auto sockets = std::move(found->second);
    rooms.awaiting.erase(found);
    for (const auto& socket : sockets) {
      if (const auto waiting = socket.lock()) waiting->forget_ack(ack_id);
    }
  });
}

void memory_adapter::fetch_sockets(const broadcast_options& options,
                                   std::function<void(error_code, std::vector<socket>)> fetched) {
  struct gathering {
    std::mutex mutex;
    std::vector<socket> sockets;
    std::size_t shards_left = 0;
    std::function<void(error_code, std::vector<socket>)> done;
  };
  const auto result = std::make_shared<gathering>();
  result->shards_left = shards_.size();
  result->done = std::move(fetched);
  const auto gather = [result](shard_rooms& rooms, const broadcast_options& from) {
    std::unique_lock lock(result->mutex);
    for (auto& found : rooms.collect(from)) result->sockets.emplace_back(std::move(found));
    if (--result->shards_left > 0) return;
    lock.unlock();
    result->done({}, std::move(result->sockets));
  };
  on_each_shard(gather, options);
}

void memory_adapter::sockets_join(const broadcast_options& options,
                                  const std::vector<std::string>& rooms_to_join) {
  const auto join_all = [](shard_rooms& rooms, const broadcast_options& from,
                           const std::vector<std::string>& names) {
    for (const auto& found : rooms.collect(from)) {
      for (const auto& name : names) found->nsp->adapter()->join(*found, name);
    }
  };
  on_each_shard(join_all, options, rooms_to_join);
}

void memory_adapter::sockets_leave(const broadcast_options& options,
                                   const std::vector<std::string>& rooms_to_leave) {
  const auto leave_all = [](shard_rooms& rooms, const broadcast_options& from,
                            const std::vector<std::string>& names) {
    for (const auto& found : rooms.collect(from)) {
      for (const auto& name : names) found->nsp->adapter()->leave(*found, name);
    }
  };
  on_each_shard(leave_all, options, rooms_to_leave);
}

void memory_adapter::disconnect_sockets(const broadcast_options& options, bool close) {
  const auto disconnect_all = [close](shard_rooms& rooms, const broadcast_options& whom) {
    for (const auto& found : rooms.collect(whom)) found->disconnect(close);
  };
  on_each_shard(disconnect_all, options);
}

void memory_adapter::close() {
  on_each_shard([](shard_rooms& rooms) {
    for (const auto& found : rooms.collect({})) found->end("server shutting down", {});
  });
}

}  // namespace socketio
