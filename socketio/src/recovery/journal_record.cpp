#include "journal_record.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace socketio::detail {
namespace {

constexpr std::size_t head_size = 8;

void append_number(std::string& output, std::uint32_t number) {
  for (unsigned shift = 0; shift < 32; shift += 8) {
    output.push_back(static_cast<char>(number >> shift & 0xffU));
  }
}

std::uint32_t number_at(std::string_view content, std::size_t position) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    number |= std::uint32_t{static_cast<unsigned char>(content[position + i])} << (8 * i);
  }
  return number;
}

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

}  // namespace

std::string frame_record(const json& record) {
  std::string body;
  json::to_cbor(record, body);
  std::string framed;
  framed.reserve(head_size + body.size());
  append_number(framed, static_cast<std::uint32_t>(body.size()));
  append_number(framed, checksum(body));
  return framed.append(body);
}

std::optional<json> take_record(std::string_view& content) {
  if (content.size() < head_size) return std::nullopt;
  const std::size_t size = number_at(content, 0);
  if (content.size() - head_size < size) return std::nullopt;
  const auto body = content.substr(head_size, size);
  if (checksum(body) != number_at(content, 4)) return std::nullopt;
  auto record = json::from_cbor(body, true, false);
  if (!record.is_object()) return std::nullopt;
  content.remove_prefix(head_size + size);
  return record;
}

json write_event(const std::string& nsp, const logged_event& event) {
  json record{{"kind", "event"},
              {"nsp", nsp},
              {"number", event.number},
              {"time", write_time(event.time)},
              {"event", event.event.json}};
  const auto& [socket, options] = event.target;
  if (!socket.empty()) record["socket"] = socket;
  if (!options.rooms.empty()) record["rooms"] = options.rooms;
  if (!options.except.empty()) record["except"] = options.except;
  if (!options.flags.compress) record["compress"] = false;
  for (const auto& bytes : event.event.attachments) {
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    record["attachments"].push_back(
        json::binary(std::vector<std::uint8_t>(data, data + bytes.size())));
  }
  return record;
}

event_pointer read_event(const json& record, std::chrono::steady_clock::time_point now,
                         std::chrono::system_clock::time_point time) {
  auto event = std::make_shared<logged_event>();
  record.at("number").get_to(event->number);
  event->time = read_time(record.at("time"));
  // A clock that has been set back makes nothing older than it is.
  event->when = now - std::max(time - event->time, std::chrono::system_clock::duration::zero());
  record.at("event").get_to(event->event.json);
  auto& [socket, options] = event->target;
  socket = record.value("socket", std::string());
  options.rooms = record.value("rooms", std::vector<std::string>());
  options.except = record.value("except", std::vector<std::string>());
  options.flags.compress = record.value("compress", true);
  if (const auto found = record.find("attachments"); found != record.end()) {
    for (const auto& bytes : *found) {
      event->event.attachments.emplace_back(std::vector<std::uint8_t>(bytes.get_binary()));
    }
  }
  return event;
}

}  // namespace socketio::detail
