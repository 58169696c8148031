#include "polling_client.hpp"

#include <algorithm>
#include <charconv>
#include <socketio/protocol/engineio_packet.hpp>
#include <socketio/protocol/http_response_head.hpp>
#include <utility>

namespace bench {

namespace {

using socketio::engineio::record_separator;

}  // namespace

polling_client::channel::channel(event_loop& loop, const client_settings& settings,
                                 polling_client& owner)
    : owner_(owner), settings_(settings), connection_(loop, settings.server, *this) {}

void polling_client::channel::request(std::string_view method, const std::string& sid,
                                      std::string_view body) {
  std::string head(method);
  head += " /socket.io/?EIO=4&transport=polling";
  if (!sid.empty()) head += "&sid=" + sid;
  head += " HTTP/1.1\r\nHost: ";
  head += settings_.server.authority();
  head += "\r\nUser-Agent: socketio-bench\r\n";
  if (method == "POST") {
    head +=
        "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n";
  }
  head += "\r\n";
  connection_.send(head);
  connection_.send(body);
  busy_ = true;
}

void polling_client::channel::on_data(std::span<char> bytes) {
  received_.append(bytes.data(), bytes.size());
  if (head_size_ == 0) {
    const auto end = received_.find("\r\n\r\n");
    if (end == std::string::npos) return;
    head_size_ = end + 4;
    const auto head = socketio::parse_response_head(std::string_view(received_).substr(0, end + 4));
    if (!head) return owner_.fail("a malformed response");
    const auto length = head->headers["Content-Length"];
    const auto [stopped, error] =
        std::from_chars(length.data(), length.data() + length.size(), body_size_);
    if (head->status != 200 || error != std::errc{}) {
      return owner_.fail("a response without 200 or a length: " +
                         received_.substr(0, received_.find('\r')));
    }
  }
  if (received_.size() < head_size_ + body_size_) return;
  const auto response = std::exchange(received_, {});
  const auto head_size = std::exchange(head_size_, 0);
  busy_ = false;
  owner_.handle_response(*this, std::string_view(response).substr(head_size, body_size_));
}

polling_client::polling_client(event_loop& loop, const client_settings& settings, observer& owner)
    : settings_(settings),
      owner_(owner),
      polls_(loop, settings, *this),
      posts_(loop, settings, *this) {
  polls_.request("GET", {}, {});
}

void polling_client::send(std::size_t request) {
  post(settings_.words.requests[request].text);
}

void polling_client::flush() {
  send_posts();
  posts_.flush();
}

void polling_client::handle_response(const channel& from, std::string_view body) {
  if (&from == &posts_) {
    send_posts();
    return;
  }
  while (!body.empty() && !failed_) {
    const auto end = std::min(body.find(record_separator), body.size());
    handle_packet(body.substr(0, end));
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  if (failed_) return;
  polls_.request("GET", sid_, {});
  flush();
}

void polling_client::handle_packet(std::string_view packet) {
  const auto& replies = settings_.words.replies;
  if (ready_ && packet == replies[replies_].text) {
    if (++replies_ == replies.size()) replies_ = 0;
    owner_.on_reply(*this);
  } else if (packet == "2") {
    post("3");
  } else if (!ready_ && packet.starts_with("0{\"sid\":\"")) {
    sid_ = packet.substr(9, packet.find('"', 9) - 9);
    post("40");
  } else if (!ready_ && packet.starts_with("40{")) {
    ready_ = true;
    owner_.on_ready(*this);
  } else if (packet != "6") {
    fail("unexpected: " + std::string(packet.substr(0, 200)));
  }
}

void polling_client::post(std::string_view packet) {
  if (!waiting_.empty()) waiting_ += record_separator;
  waiting_ += packet;
}

void polling_client::send_posts() {
  if (waiting_.empty() || posts_.busy()) return;
  posts_.request("POST", sid_, waiting_);
  waiting_.clear();
}

void polling_client::fail(std::string_view why) {
  if (failed_) return;
  failed_ = true;
  owner_.on_failure(*this, why);
}

}  // namespace bench
