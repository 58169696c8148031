#include "server_side_events.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <string>
#include <utility>

#include "packets/ack_target.hpp"
#include "packets/encoded_packet.hpp"
#include "packets/parsed_arguments.hpp"

namespace socketio::detail {
namespace {

// The acknowledgement of an event of another server.
class server_ack final : public ack_target {
 public:
  explicit server_ack(std::function<void(json)> answer) : answer_(std::move(answer)) {}

  void acknowledge(encoded_arguments&& values) override {
    if (!values.attachments.empty()) check_placeholders(values);
    if (!is_first()) return;
    const parsed_arguments parsed(values);
    answer_(arguments(parsed.values())[0].to_json());
  }

 private:
  std::function<void(json)> answer_;
};

// Runs the handlers that are coroutines.
class server_host final : public coroutine_host {
 public:
  explicit server_host(std::shared_ptr<core_context> shared) : shared_(std::move(shared)) {}

  void start(boost::asio::awaitable<void> coroutine, std::string_view where,
             std::string_view event) override {
    const auto executor = shared_->shards.front()->executor();
    if (!executor) return;
    const auto ended = [shared = shared_, where,
                        name = std::string(event)](const std::exception_ptr& error) {
      if (error) shared->report({error, where, name});
    };
    boost::asio::co_spawn(executor, std::move(coroutine), ended);
  }

 private:
  std::shared_ptr<core_context> shared_;
};

}  // namespace

void receive_server_side(std::shared_ptr<namespace_state> nsp, const encoded_arguments& event,
                         std::function<void(json)> answer) {
  const auto& shared = *nsp->shared;
  shared.shards.front()->post([nsp = std::move(nsp), event, answer = std::move(answer)] {
    const parsed_arguments parsed(event);
    if (!parsed.is_event()) return;
    server_host host(nsp->shared);
    incoming_event incoming;
    incoming.name = parsed.name();
    incoming.values = parsed.rest();
    incoming.json = event.json;
    incoming.attachments = event.attachments;
    if (answer) incoming.ack = ack(std::make_shared<server_ack>(answer));
    incoming.host = &host;
    const auto named = [&](std::string_view name) { return name == incoming.name; };
    nsp->server_side_handlers.visit(named, [&](const event_handler& handler) {
      nsp->shared->guard("event of a server", [&] {
        const auto wrong = handler(incoming);
        if (wrong) throw argument_mismatch(mismatch_text(*wrong, incoming.name));
      });
    });
  });
}

}  // namespace socketio::detail
