#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/protocol/json.hpp>

#include "client.hpp"

namespace integration {

/// A client of the namespace `/` that remembers its private id and offset, as the official one
/// does, and recovers with them.
class recovering_client {
 public:
  recovering_client() = default;
  explicit recovering_client(endpoint where) : where_(std::move(where)) {}

  /// Connects, again if it has been connected, and returns the events that come before the answer.
  std::vector<std::string> connect() {
    begin();
    return finish();
  }
  /// The two halves of that.
  void begin() {
    below_ = std::make_unique<socket_client>(where_);
    below_->send("0" + auth());
  }
  std::vector<std::string> finish() {
    std::vector<std::string> events;
    while (true) {
      const auto packet = below_->next();
      if (packet.starts_with('0')) {
        const auto answer = socketio::json::parse(packet.substr(1));
        recovered_ = !pid_.empty() && answer.at("pid") == pid_;
        answer.at("pid").get_to(pid_);
        answer.at("sid").get_to(id_);
        return events;
      }
      add_event(packet, events);
    }
  }

  /// Connects elsewhere from now on.
  void move_to(endpoint where) { where_ = std::move(where); }
  /// Closes the connection.
  void lose() { below_.reset(); }
  /// Leaves the connection as it is, which the caller gets.
  [[nodiscard]] std::unique_ptr<socket_client> leave_behind() { return std::move(below_); }

  /// Reads as many events, which come without their offsets.
  std::vector<std::string> read_events(std::size_t count) {
    auto events = std::exchange(early_events_, {});
    while (events.size() < count) add_event(below_->next(), events);
    return events;
  }
  /// Reads as many packets.
  std::vector<std::string> read_packets(std::size_t count) {
    std::vector<std::string> packets;
    std::vector<std::string> events;
    while (packets.size() < count) {
      packets.push_back(below_->next());
      if (packets.back().starts_with("2[")) add_event(packets.back(), events);
    }
    return packets;
  }
  /// Emits an event and waits for the acknowledgement.
  void ask(std::string_view event, std::string_view argument) {
    below_->send("27" + socketio::json::array({event, argument}).dump());
    auto packet = below_->next();
    for (; packet != "37[]"; packet = below_->next()) add_event(packet, early_events_);
  }
  void send(std::string_view packet) { below_->send(packet); }

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::string& pid() const { return pid_; }
  [[nodiscard]] const std::string& offset() const { return offset_; }
  [[nodiscard]] bool recovered() const { return recovered_; }
  /// What it says of itself when it connects.
  [[nodiscard]] std::string auth() const {
    auto auth = socketio::json::object();
    if (!pid_.empty()) auth["pid"] = pid_;
    if (!offset_.empty()) auth["offset"] = offset_;
    return auth.dump();
  }
  /// Goes on as if nothing after an offset had come.
  void forget_since(std::string offset) { offset_ = std::move(offset); }

 private:
  // An event may be binary, whose attachments are of no interest.
  void add_event(const std::string& packet, std::vector<std::string>& events) {
    if (packet.starts_with("(binary)")) return;
    if (!packet.starts_with("2[") && !packet.starts_with('5')) {
      throw std::runtime_error("no event: " + packet);
    }
    auto event = socketio::json::parse(packet.substr(packet.find('[')));
    if (event.back().is_string()) {
      offset_ = event.back().get<std::string>();
      event.erase(event.end() - 1);
    }
    events.push_back(event.dump());
  }

  endpoint where_;
  std::unique_ptr<socket_client> below_;
  std::string id_;
  std::string pid_;
  std::string offset_;
  bool recovered_ = false;
  std::vector<std::string> early_events_;  // before an acknowledgement
};

}  // namespace integration
