#include <stdexcept>

#include <socketio/core.hpp>
#include <socketio/detail/check_option.hpp>
#include <socketio/engineio/server.hpp>
#include <socketio/engineio/session.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/protocol/packet_codec.hpp>

#include "client.hpp"
#include "namespace_state.hpp"

namespace socketio {

core::core(engineio::server& engine, core_options options)
    : engine_(engine),
      options_(std::move(options)),
      codec_(options_.parser ? options_.parser.get() : &default_packet_codec()) {
  detail::check_time("connect_timeout", options_.connect_timeout);
  decoder_options limits;
  limits.max_attachments = options_.max_attachments;
  limits.max_attachment_bytes = engine.settings().max_payload;
  for (std::size_t i = 0; i < engine.shards().size(); ++i) {
    scratches_.push_back(std::make_unique<packet_scratch>(limits));
  }
  engine.on_connection([this](const engineio::socket& connection) {
    auto& session = *connection.target();
    const auto added = std::make_shared<detail::client>(*this, session);
    session.set_handler(added);
    added->begin();
  });
}

core::~core() {
  for (const auto& [name, nsp] : namespaces_) nsp->stop();
}

io_namespace core::of(std::string_view name) {
  std::string full_name(name);
  if (!name.starts_with('/')) full_name.insert(full_name.begin(), '/');
  std::unique_lock lock(mutex_);
  while (true) {
    if (const auto found = namespaces_.find(full_name); found != namespaces_.end()) {
      return io_namespace(found->second);
    }
    const auto [making, is_first] = being_made_.emplace(full_name, std::this_thread::get_id());
    if (is_first) break;
    if (making->second == std::this_thread::get_id()) {
      throw std::logic_error("the adapter of namespace " + full_name +
                             " cannot use the namespace while it is made");
    }
    made_.wait(lock);
  }
  // The adapter's factory is application code: it may throw, and ask for other namespaces.
  const struct making {
    core& owner;
    std::unique_lock<std::mutex>& lock;
    const std::string& name;

    ~making() {
      if (!lock.owns_lock()) lock.lock();
      owner.being_made_.erase(name);
      owner.made_.notify_all();
    }
  } guard{*this, lock, full_name};
  lock.unlock();
  const auto nsp = std::make_shared<detail::namespace_state>(*this, full_name);
  nsp->start();
  lock.lock();
  namespaces_.emplace(full_name, nsp);
  return io_namespace(nsp);
}

std::shared_ptr<detail::namespace_state> core::find(std::string_view name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = namespaces_.find(name);
  return found == namespaces_.end() ? nullptr : found->second;
}

void core::close() {
  // Do not hold the lock: handlers of `disconnect` may ask for namespaces.
  std::vector<std::shared_ptr<detail::namespace_state>> namespaces;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, nsp] : namespaces_) namespaces.push_back(nsp);
  }
  for (const auto& nsp : namespaces) nsp->adapter()->close();
}

void core::on_error(error_handler handler) {
  on_error_ = std::move(handler);
}

void core::report(const handler_error& error) const noexcept {
  engineio::current_shard(engine_.shards())
      ->counters()
      .exceptions.fetch_add(1, std::memory_order_relaxed);
  try {
    if (on_error_) on_error_(error);
  } catch (...) {
    // The error handler itself has failed: nobody is left to tell.
  }
}

packet_scratch& core::scratch(const engineio::shard& home) {
  return *scratches_[home.index()];
}

}  // namespace socketio
