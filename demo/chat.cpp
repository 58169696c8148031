#include "chat.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace {

using socketio::json;

constexpr std::size_t max_nickname = 24;
constexpr std::size_t max_room_name = 32;
constexpr std::size_t max_message = 2000;
constexpr std::size_t kept_messages = 50;
constexpr std::size_t max_kept_rooms = 1000;

struct place {
  std::string nickname;
  std::string room;
};

// Who is where. The sockets' handlers run on several threads, hence the lock.
class chat_rooms {
 public:
  // Enters a room; nothing if somebody else there has the nickname.
  std::optional<json> enter(const std::string& id, const place& entered) {
    const std::scoped_lock lock(mutex_);
    auto& room = rooms_[entered.room];
    const bool is_taken = std::any_of(
        room.people.begin(), room.people.end(),
        [&](const auto& other) { return other.first != id && other.second == entered.nickname; });
    if (is_taken) return std::nullopt;
    room.people[id] = entered.nickname;
    return json{{"nickname", entered.nickname},
                {"room", entered.room},
                {"users", users_of(room)},
                {"history", room.history}};
  }

  // Leaves a room and returns who is still there.
  json leave(const std::string& id, const std::string& name) {
    const std::scoped_lock lock(mutex_);
    const auto found = rooms_.find(name);
    if (found == rooms_.end()) return json::array();
    found->second.people.erase(id);
    auto users = users_of(found->second);
    // An empty room keeps its history for whoever comes back, as long as there are not too many.
    if (users.empty() && rooms_.size() > max_kept_rooms) rooms_.erase(found);
    return users;
  }

  json remember(const place& from, const std::string& text) {
    using namespace std::chrono;
    json message = {
        {"from", from.nickname},
        {"text", text},
        {"time", duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()}};
    const std::scoped_lock lock(mutex_);
    auto& history = rooms_[from.room].history;
    history.push_back(message);
    if (history.size() > kept_messages) history.pop_front();
    return message;
  }

  json users(const std::string& name) const {
    const std::scoped_lock lock(mutex_);
    const auto found = rooms_.find(name);
    return found == rooms_.end() ? json::array() : users_of(found->second);
  }

  json list() const {
    const std::scoped_lock lock(mutex_);
    auto rooms = json::array();
    for (const auto& [name, room] : rooms_) {
      if (room.people.empty()) continue;
      rooms.push_back({{"name", name}, {"users", room.people.size()}});
    }
    return rooms;
  }

 private:
  struct chat_room {
    std::map<std::string, std::string> people;  // socket id to nickname
    std::deque<json> history;
  };

  static json users_of(const chat_room& room) {
    auto users = json::array();
    for (const auto& [id, nickname] : room.people) users.push_back(nickname);
    return users;
  }

  mutable std::mutex mutex_;
  std::map<std::string, chat_room> rooms_;
};

// Counts characters, not bytes, as people do.
std::size_t length_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
  }));
}

std::string trimmed(const json& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || !object[key].is_string()) return {};
  const auto text = object[key].get<std::string>();
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// One person's side of the conversation. Its handlers never run two at a time.
class person {
 public:
  person(socketio::server& io, std::shared_ptr<chat_rooms> rooms, socketio::socket socket)
      : io_(io), rooms_(std::move(rooms)), socket_(std::move(socket)) {}

  void join(const json& wanted, const socketio::ack& reply) {
    const place entered{trimmed(wanted, "nickname"), trimmed(wanted, "room")};
    if (entered.nickname.empty() || length_of(entered.nickname) > max_nickname) {
      return reply(refusal("A nickname has 1 to 24 characters."));
    }
    if (entered.room.empty() || length_of(entered.room) > max_room_name) {
      return reply(refusal("A room's name has 1 to 32 characters."));
    }
    const auto welcome = rooms_->enter(socket_.id(), entered);
    if (!welcome) return reply(refusal("Somebody in this room already has that nickname."));
    const bool is_new =
        !place_ || place_->room != entered.room || place_->nickname != entered.nickname;
    if (place_ && place_->room != entered.room) leave();
    place_ = entered;
    socket_.join(entered.room);
    reply(*welcome);
    if (!is_new) return;
    socket_.to(entered.room)
        .emit("joined", json{{"nickname", entered.nickname}, {"users", (*welcome)["users"]}});
    io_.emit("rooms", rooms_->list());
  }

  void say(const std::string& text, const socketio::ack& reply) {
    if (!place_) return reply(refusal("Join a room first."));
    if (text.empty() || length_of(text) > max_message) {
      return reply(refusal("A message has 1 to 2000 characters."));
    }
    io_.to(place_->room).emit("message", rooms_->remember(*place_, text));
    reply(json{{"ok", true}});
  }

  void type(bool is_typing) {
    if (!place_) return;
    socket_.to(place_->room)
        .emit("typing", json{{"nickname", place_->nickname}, {"typing", is_typing}});
  }

  void leave() {
    if (!place_) return;
    const auto left = *std::exchange(place_, std::nullopt);
    socket_.leave(left.room);
    const auto users = rooms_->leave(socket_.id(), left.room);
    socket_.to(left.room).emit("left", json{{"nickname", left.nickname}, {"users", users}});
    io_.emit("rooms", rooms_->list());
  }

 private:
  static json refusal(const char* text) { return {{"error", text}}; }

  socketio::server& io_;
  std::shared_ptr<chat_rooms> rooms_;
  socketio::socket socket_;
  std::optional<place> place_;
};

}  // namespace

void add_chat(socketio::server& io) {
  const auto rooms = std::make_shared<chat_rooms>();
  io.on("connection", [&io, rooms](const socketio::socket& socket) {
    const auto self = std::make_shared<person>(io, rooms, socket);
    socket.emit("rooms", rooms->list());
    socket.on("join", [self](const json& wanted, const socketio::ack& reply) {
      self->join(wanted, reply);
    });
    socket.on("message", [self](const std::string& text, const socketio::ack& reply) {
      self->say(text, reply);
    });
    socket.on("typing", [self](bool is_typing) { self->type(is_typing); });
    socket.on("disconnect", [self] { self->leave(); });
  });
}
