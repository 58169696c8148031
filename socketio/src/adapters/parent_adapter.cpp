#include "parent_adapter.hpp"

#include <boost/asio/error.hpp>
#include <utility>

namespace socketio::detail {

void parent_adapter::add(std::shared_ptr<namespace_state> child) {
  const std::scoped_lock lock(mutex_);
  children_.insert(std::move(child));
}

void parent_adapter::remove(const std::shared_ptr<namespace_state>& child) {
  const std::scoped_lock lock(mutex_);
  children_.erase(child);
}

std::vector<std::shared_ptr<namespace_state>> parent_adapter::children() const {
  const std::scoped_lock lock(mutex_);
  return {children_.begin(), children_.end()};
}

template <class Function>
void parent_adapter::on_each_child(Function function) const {
  for (const auto& child : children()) {
    if (auto* used = child->adapter()) function(*used);
  }
}

void parent_adapter::broadcast(const encoded_arguments& event, const broadcast_options& options) {
  on_each_child([&](adapter& child) { child.broadcast(event, options); });
}

void parent_adapter::broadcast_with_ack(const encoded_arguments& event,
                                        const broadcast_options& options, std::uint64_t ack_id,
                                        ack_collector collector) {
  // A part of its own, so that the answers are not complete before the last child has been asked.
  collector.expected(1);
  on_each_child(
      [&](adapter& child) { child.broadcast_with_ack(event, options, ack_id, collector); });
  collector.counted({});
}

void parent_adapter::cancel_acks(std::uint64_t ack_id) {
  on_each_child([&](adapter& child) { child.cancel_acks(ack_id); });
}

void parent_adapter::fetch_sockets(const broadcast_options& /*options*/,
                                   adapter_completion<std::vector<remote_socket>> fetched) {
  fetched(boost::asio::error::operation_not_supported, {});
}

void parent_adapter::sockets_join(const broadcast_options& options,
                                  const std::vector<std::string>& rooms) {
  on_each_child([&](adapter& child) { child.sockets_join(options, rooms); });
}

void parent_adapter::sockets_leave(const broadcast_options& options,
                                   const std::vector<std::string>& rooms) {
  on_each_child([&](adapter& child) { child.sockets_leave(options, rooms); });
}

void parent_adapter::disconnect_sockets(const broadcast_options& options, bool close) {
  on_each_child([&](adapter& child) { child.disconnect_sockets(options, close); });
}

void parent_adapter::server_side_emit(const encoded_arguments& event) {
  on_each_child([&](adapter& child) { child.server_side_emit(event); });
}

void parent_adapter::server_side_emit_with_ack(const encoded_arguments& event, std::uint64_t ack_id,
                                               ack_collector collector) {
  collector.expected(1);
  on_each_child([&](adapter& child) { child.server_side_emit_with_ack(event, ack_id, collector); });
  collector.counted({});
}

void parent_adapter::server_count(adapter_completion<std::size_t> counted) {
  counted(boost::asio::error::operation_not_supported, 0);
}

}  // namespace socketio::detail
