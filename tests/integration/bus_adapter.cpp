#include "bus_adapter.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace integration {

using socketio::adapter_completion;
using socketio::broadcast_options;
using socketio::encoded_arguments;
using socketio::remote_socket;

std::size_t bus::publish(const bus_adapter& sender,
                         const std::function<void(bus_adapter&)>& message) {
  const std::scoped_lock lock(mutex_);
  const auto& members = members_[sender.context_.nsp()];
  for (const auto* member : members) {
    if (member == &sender) continue;
    boost::asio::post(member->context_.executor(),
                      [alive = std::weak_ptr(member->alive_), message] {
                        if (const auto target = alive.lock()) message(**target);
                      });
  }
  return members.size() -
         static_cast<std::size_t>(std::count(members.begin(), members.end(), &sender));
}

std::unique_ptr<socketio::adapter> bus::make(socketio::adapter_context& context) {
  return std::make_unique<bus_adapter>(*this, context);
}

bus_adapter::bus_adapter(bus& network, socketio::adapter_context& context)
    : bus_(network), context_(context) {
  const std::scoped_lock lock(bus_.mutex_);
  bus_.members_[context_.nsp()].push_back(this);
}

bus_adapter::~bus_adapter() {
  leave();
}

void bus_adapter::leave() {
  const std::scoped_lock lock(bus_.mutex_);
  std::erase(bus_.members_[context_.nsp()], this);
}

void bus_adapter::close() {
  leave();
}

void bus_adapter::everywhere(const broadcast_options& options,
                             const std::function<void(socketio::adapter&)>& operation) {
  if (!options.flags.local) {
    bus_.publish(*this, [operation](bus_adapter& other) { operation(other.context_.local()); });
  }
  operation(context_.local());
}

void bus_adapter::broadcast(const encoded_arguments& event, const broadcast_options& options) {
  everywhere(options, [event, options](adapter& target) { target.broadcast(event, options); });
}

void bus_adapter::broadcast_with_ack(const encoded_arguments& event,
                                     const broadcast_options& options, std::uint64_t ack_id,
                                     socketio::ack_collector collector) {
  if (!options.flags.local) {
    const foreign_id id(context_.server_id(), ack_id);
    const auto asked = [id, event, options, collector](bus_adapter& other) {
      const auto own_id = other.context_.next_ack_id();
      {
        const std::scoped_lock lock(other.mutex_);
        other.acks_.emplace(id, own_id);
      }
      other.context_.local().broadcast_with_ack(event, options, own_id, collector);
    };
    // The local adapter of each server expects its own parts, after the message has arrived: until
    // then one part of each server is missing.
    const auto held = [asked, counted = collector.counted](bus_adapter& other) {
      asked(other);
      counted({});
    };
    collector.expected(bus_.publish(*this, held));
  }
  context_.local().broadcast_with_ack(event, options, ack_id, std::move(collector));
}

void bus_adapter::cancel_acks(std::uint64_t ack_id) {
  const foreign_id id(context_.server_id(), ack_id);
  bus_.publish(*this, [id](bus_adapter& other) {
    std::unique_lock lock(other.mutex_);
    const auto found = other.acks_.find(id);
    if (found == other.acks_.end()) return;
    const auto own_id = found->second;
    other.acks_.erase(found);
    lock.unlock();
    other.context_.local().cancel_acks(own_id);
  });
  context_.local().cancel_acks(ack_id);
}

void bus_adapter::fetch_sockets(const broadcast_options& options,
                                adapter_completion<std::vector<remote_socket>> fetched) {
  struct gathering {
    std::mutex mutex;
    std::vector<remote_socket> sockets;
    std::size_t missing = 1;
    adapter_completion<std::vector<remote_socket>> done;

    void add(const std::vector<remote_socket>& found, std::size_t more) {
      std::unique_lock lock(mutex);
      sockets.insert(sockets.end(), found.begin(), found.end());
      missing += more;
      if (--missing > 0) return;
      lock.unlock();
      done({}, std::move(sockets));
    }
  };
  const auto result = std::make_shared<gathering>();
  result->done = std::move(fetched);
  if (!options.flags.local) {
    result->missing = 2;  // this call, and this server
    // The other server's answer comes back to this one, if it still exists.
    const auto answer = [asker = context_.executor(), alive = std::weak_ptr(alive_), result](
                            socketio::error_code, std::vector<remote_socket> found) {
      boost::asio::post(asker, [alive, result, found = std::move(found)] {
        const auto target = alive.lock();
        if (!target) return;
        std::vector<remote_socket> known;
        for (const auto& each : found) {
          known.push_back((*target)->context_.make_remote_socket(
              {each.id(), std::make_shared<socketio::handshake>(each.handshake()), each.rooms(),
               each.data()}));
        }
        result->add(known, 0);
      });
    };
    const auto others = bus_.publish(*this, [options, answer](bus_adapter& other) {
      other.context_.local().fetch_sockets(options, answer);
    });
    result->add({}, others);
  }
  context_.local().fetch_sockets(
      options, [result](socketio::error_code, const std::vector<remote_socket>& found) {
        result->add(found, 0);
      });
}

void bus_adapter::sockets_join(const broadcast_options& options,
                               const std::vector<std::string>& rooms) {
  everywhere(options, [options, rooms](adapter& target) { target.sockets_join(options, rooms); });
}

void bus_adapter::sockets_leave(const broadcast_options& options,
                                const std::vector<std::string>& rooms) {
  everywhere(options, [options, rooms](adapter& target) { target.sockets_leave(options, rooms); });
}

void bus_adapter::disconnect_sockets(const broadcast_options& options, bool close) {
  everywhere(options,
             [options, close](adapter& target) { target.disconnect_sockets(options, close); });
}

void bus_adapter::server_side_emit(const encoded_arguments& event) {
  bus_.publish(*this,
               [event](bus_adapter& other) { other.context_.receive_server_side(event, nullptr); });
}

void bus_adapter::server_side_emit_with_ack(const encoded_arguments& event,
                                            std::uint64_t /*ack_id*/,
                                            socketio::ack_collector collector) {
  const auto ask = [event, collector](bus_adapter& other) {
    const auto id = other.context_.server_id();
    collector.counted({id});
    other.context_.receive_server_side(event, [id, collector](socketio::json value) {
      collector.answered(id, {}, std::move(value));
    });
  };
  collector.expected(bus_.publish(*this, ask));
}

void bus_adapter::server_count(adapter_completion<std::size_t> counted) {
  const auto others = bus_.publish(*this, [](bus_adapter& /*other*/) {});
  counted({}, others + 1);
}

}  // namespace integration
