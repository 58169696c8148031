#include "event_journal.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <socketio/engineio/identifier.hpp>

#include "journal_record.hpp"

namespace socketio::detail {
namespace {

constexpr std::string_view extension = ".events";

// The number in the name of a segment's file; 0 for another file.
std::uint64_t segment_number(const std::filesystem::path& path) {
  if (path.extension() != extension) return 0;
  const auto stem = path.stem().string();
  std::uint64_t number = 0;
  const auto* end = stem.data() + stem.size();
  const auto [read, error] = std::from_chars(stem.data(), end, number);
  return error == std::errc() && read == end ? number : 0;
}

json write_socket(const std::string& nsp, const std::string& pid, const journalled_socket& socket) {
  json record{{"kind", "connected"},
              {"nsp", nsp},
              {"pid", pid},
              {"id", socket.id},
              {"record", socket.record.write()},
              {"data", socket.data}};
  if (socket.away_since) record["away"] = write_time(*socket.away_since);
  return record;
}

journalled_socket read_socket(const json& record) {
  journalled_socket socket;
  record.at("id").get_to(socket.id);
  socket.record = recovery_record::read(record.at("record"));
  socket.data = record.at("data");
  if (record.contains("away")) socket.away_since = read_time(record.at("away"));
  return socket;
}

}  // namespace

event_journal::event_journal(const event_storage& storage, std::chrono::milliseconds keep,
                             std::size_t max_bytes, std::function<void(std::exception_ptr)> report)
    : storage_(storage),
      keep_(keep),
      max_bytes_(max_bytes),
      report_(std::move(report)),
      folder_lock_(lock_folder(storage.folder)) {
  read_segments();
  begin_segment();
  if (storage_.sync == sync_policy::every_second) {
    syncing_ = std::jthread([this](const std::stop_token& stop) { sync_every_second(stop); });
  }
}

event_journal::~event_journal() = default;

std::unique_ptr<journal_file> event_journal::lock_folder(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  auto file = std::make_unique<journal_file>(folder / "lock");
  file->lock();
  return file;
}

std::filesystem::path event_journal::path_of(std::uint64_t number) const {
  return storage_.folder / (std::to_string(number) + std::string(extension));
}

// --- Reading

void event_journal::read_segments() {
  for (const auto& entry : std::filesystem::directory_iterator(storage_.folder)) {
    if (const auto number = segment_number(entry.path())) {
      segments_.push_back({number, 0, {}});
    }
  }
  std::sort(segments_.begin(), segments_.end(),
            [](const segment& left, const segment& right) { return left.number < right.number; });
  for (auto& each : segments_) read_segment(each);
  if (epoch_.empty()) epoch_ = engineio::make_identifier(0).substr(0, 10);
  // A socket that was connected when the server ended has been away since then, or a little later.
  const auto now = std::chrono::system_clock::now();
  for (auto& [nsp, sockets] : sockets_) {
    for (auto& [pid, socket] : sockets) {
      if (!socket.away_since) socket.away_since = now;
    }
    loaded_[nsp].sockets = sockets;
  }
  // Clients may know later events of the run that has ended: their numbers are given again.
  for (const auto& [nsp, number] : last_) {
    runs_[nsp][run_] = number;
    loaded_[nsp].last = number;
    loaded_[nsp].runs = runs_[nsp];
  }
  ++run_;
}

void event_journal::read_segment(segment& read) {
  const auto content = journal_file::read(path_of(read.number));
  read.size = content.size();
  std::string_view rest = content;
  try {
    while (const auto record = take_record(rest)) apply(*record, read);
  } catch (const json::exception&) {
    // Not written by this version: what follows is not understood either.
  }
}

void event_journal::apply(const json& record, segment& read) {
  const auto kind = record.at("kind").get<std::string>();
  if (kind == "begin") {
    record.at("epoch").get_to(epoch_);
    record.at("run").get_to(run_);
    record.at("runs").get_to(runs_);
    record.at("last").get_to(last_);
    // It goes on with all sockets that there are.
    sockets_.clear();
    return;
  }
  const auto nsp = record.at("nsp").get<std::string>();
  if (kind == "event") {
    auto event =
        read_event(record, std::chrono::steady_clock::now(), std::chrono::system_clock::now());
    read.last_event = event->time;
    last_[nsp] = event->number;
    loaded_[nsp].events.push_back(std::move(event));
    return;
  }
  auto& sockets = sockets_[nsp];
  const auto pid = record.at("pid").get<std::string>();
  if (kind == "connected") {
    sockets.insert_or_assign(pid, read_socket(record));
    return;
  }
  if (kind == "ended") {
    sockets.erase(pid);
    return;
  }
  const auto found = sockets.find(pid);
  if (found == sockets.end()) return;
  auto& socket = found->second;
  if (kind == "joined") {
    socket.record.join(record.at("room").get<std::string>(), record.at("number"));
  } else if (kind == "left") {
    socket.record.leave(record.at("room").get<std::string>(), record.at("number"));
  } else if (kind == "changed") {
    socket.data = record.at("data");
  } else if (kind == "away") {
    socket.away_since = read_time(record.at("time"));
  }
}

journalled_namespace event_journal::take(const std::string& nsp) {
  const std::scoped_lock lock(mutex_);
  const auto found = loaded_.extract(nsp);
  return found ? std::move(found.mapped()) : journalled_namespace();
}

// --- Writing

void event_journal::add(const std::string& nsp, const logged_event& event) {
  const std::scoped_lock lock(mutex_);
  if (!current_) return;
  write(write_event(nsp, event));
  if (!current_) return;
  segments_.back().last_event = event.time;
  last_[nsp] = event.number;
  if (segments_.back().size > max_bytes_ / 4) begin_segment();
}

void event_journal::connected(const std::string& nsp, const std::string& pid,
                              journalled_socket socket) {
  note(write_socket(nsp, pid, socket));
}

void event_journal::joined(const std::string& nsp, const std::string& pid, std::string_view room,
                           std::uint64_t number) {
  note({{"kind", "joined"}, {"nsp", nsp}, {"pid", pid}, {"room", room}, {"number", number}});
}

void event_journal::left(const std::string& nsp, const std::string& pid, std::string_view room,
                         std::uint64_t number) {
  note({{"kind", "left"}, {"nsp", nsp}, {"pid", pid}, {"room", room}, {"number", number}});
}

void event_journal::changed(const std::string& nsp, const std::string& pid, json data) {
  note({{"kind", "changed"}, {"nsp", nsp}, {"pid", pid}, {"data", std::move(data)}});
}

void event_journal::away(const std::string& nsp, const std::string& pid) {
  const auto now = write_time(std::chrono::system_clock::now());
  note({{"kind", "away"}, {"nsp", nsp}, {"pid", pid}, {"time", now}});
}

void event_journal::ended(const std::string& nsp, const std::string& pid) {
  note({{"kind", "ended"}, {"nsp", nsp}, {"pid", pid}});
}

void event_journal::note(const json& record) {
  const std::scoped_lock lock(mutex_);
  if (!current_) return;
  apply(record, segments_.back());
  write(record);
}

void event_journal::write(const json& record) {
  try {
    const auto bytes = frame_record(record);
    current_->append(bytes);
    segments_.back().size += bytes.size();
    if (storage_.sync == sync_policy::always) current_->sync();
    unsynced_ = true;
  } catch (...) {
    // The file may end in a part of a record, behind which nothing would be read.
    current_.reset();
    report_(std::current_exception());
  }
}

void event_journal::begin_segment() {
  const auto number = segments_.empty() ? 1 : segments_.back().number + 1;
  current_ = std::make_shared<journal_file>(path_of(number));
  segments_.push_back({number, 0, std::chrono::system_clock::now()});
  write({{"kind", "begin"}, {"epoch", epoch_}, {"run", run_}, {"runs", runs_}, {"last", last_}});
  for (const auto& [nsp, sockets] : sockets_) {
    for (const auto& [pid, socket] : sockets) {
      if (current_) write(write_socket(nsp, pid, socket));
    }
  }
  delete_old_segments();
}

void event_journal::delete_old_segments() {
  const auto oldest = std::chrono::system_clock::now() - keep_;
  std::size_t bytes = 0;
  for (const auto& each : segments_) bytes += each.size;
  while (segments_.size() > 1 &&
         (segments_.front().last_event < oldest || bytes > 2 * max_bytes_)) {
    std::error_code ignored;
    std::filesystem::remove(path_of(segments_.front().number), ignored);
    bytes -= segments_.front().size;
    segments_.erase(segments_.begin());
  }
}

void event_journal::sync_every_second(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stopping_.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; })) {
    if (stop.stop_requested()) return;
    if (!std::exchange(unsynced_, false) || !current_) continue;
    const auto file = current_;
    lock.unlock();
    try {
      file->sync();
      lock.lock();
    } catch (...) {
      lock.lock();
      if (current_ == file) current_.reset();
      report_(std::current_exception());
    }
  }
}

}  // namespace socketio::detail
