#include "record_client.hpp"

namespace bench {

record_client::record_client(event_loop& loop, const client_settings& settings, observer& owner,
                             std::uint32_t group)
    : settings_(settings), owner_(owner), connection_(loop, settings.server, *this) {
  record_hello hello;
  hello.group = group;
  if (!settings.wire_requests.empty()) {
    hello.request_size = static_cast<std::uint32_t>(settings.wire_requests.front().size());
  }
  hello.reply_size = static_cast<std::uint32_t>(settings.wire_reply_size);
  connection_.send({reinterpret_cast<const char*>(&hello), sizeof hello});
}

void record_client::send(std::size_t request) {
  connection_.send(settings_.wire_requests[request]);
}

void record_client::on_data(std::span<char> bytes) {
  received_ += bytes.size();
  if (!ready_ && received_ >= sizeof(record_hello)) {
    received_ -= sizeof(record_hello);
    ready_ = true;
    owner_.on_ready(*this);
  }
  const auto size = settings_.wire_reply_size;
  while (ready_ && size != 0 && received_ >= size) {
    received_ -= size;
    if (settings_.words.replies.empty()) {
      owner_.on_delivery(*this);
    } else {
      owner_.on_reply(*this);
    }
  }
}

}  // namespace bench
