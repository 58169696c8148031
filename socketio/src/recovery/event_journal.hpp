#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <socketio/recovery.hpp>

#include "journal_file.hpp"
#include "logged_event.hpp"
#include "recovery_record.hpp"

namespace socketio::detail {

/// A socket as a journal knows it.
struct journalled_socket {
  std::string id;
  recovery_record record{0};
  json data = json::object();
  /// When its client has gone; nothing while it is connected.
  std::optional<std::chrono::system_clock::time_point> away_since;
};

/// What a journal has of a namespace when the server starts.
struct journalled_namespace {
  std::vector<event_pointer> events;
  std::map<std::string, journalled_socket> sockets;  ///< by their private ids
  /// The number of the last event of each run of the server, by the run's number.
  std::map<std::uint64_t, std::uint64_t> runs;
  std::uint64_t last = 0;  ///< the number of the last event, also of one that is gone
};

/// The files of an event_storage: records are appended to the last of them, and whole files are
/// deleted when all events in them are too old. A record that was written in part, or damaged, ends
/// a file. Any thread.
class event_journal {
 public:
  /// Reads the folder, and begins a file.
  /// @param keep how long events are kept
  /// @param max_bytes most bytes of the files, about
  /// @param report receives a failure to write, after which nothing more is written
  /// @throws std::system_error if the folder cannot be used, or another server uses it
  event_journal(const event_storage& storage, std::chrono::milliseconds keep, std::size_t max_bytes,
                std::function<void(std::exception_ptr)> report);
  ~event_journal();
  event_journal(const event_journal&) = delete;
  event_journal& operator=(const event_journal&) = delete;

  /// The first part of offsets: the same as long as the folder is.
  [[nodiscard]] const std::string& epoch() const { return epoch_; }
  /// The number of this run of the server, which is the second part of new offsets.
  [[nodiscard]] std::uint64_t run() const { return run_; }
  /// Takes what there is of a namespace from earlier runs.
  [[nodiscard]] journalled_namespace take(const std::string& nsp);

  void add(const std::string& nsp, const logged_event& event);
  void connected(const std::string& nsp, const std::string& pid, journalled_socket socket);
  void joined(const std::string& nsp, const std::string& pid, std::string_view room,
              std::uint64_t number);
  void left(const std::string& nsp, const std::string& pid, std::string_view room,
            std::uint64_t number);
  void changed(const std::string& nsp, const std::string& pid, json data);
  void away(const std::string& nsp, const std::string& pid);
  void ended(const std::string& nsp, const std::string& pid);

 private:
  // One of the files.
  struct segment {
    std::uint64_t number = 0;
    std::size_t size = 0;
    std::chrono::system_clock::time_point last_event;
  };

  [[nodiscard]] static std::unique_ptr<journal_file> lock_folder(
      const std::filesystem::path& folder);
  [[nodiscard]] std::filesystem::path path_of(std::uint64_t number) const;
  void read_segments();
  void read_segment(segment& read);
  // Lets what is known be as a record says.
  void apply(const json& record, segment& read);
  // Applies a record, and writes it.
  void note(const json& record);
  // Under the lock:
  void write(const json& record);
  void begin_segment();
  void delete_old_segments();
  void sync_every_second(const std::stop_token& stop);

  const event_storage storage_;
  const std::chrono::milliseconds keep_;
  const std::size_t max_bytes_;
  const std::function<void(std::exception_ptr)> report_;
  std::unique_ptr<journal_file> folder_lock_;
  std::string epoch_;
  std::uint64_t run_ = 1;

  std::mutex mutex_;
  std::map<std::string, journalled_namespace> loaded_;
  // What the files say of the sockets, for the next file to begin with: by namespace and private
  // id.
  std::map<std::string, std::map<std::string, journalled_socket>> sockets_;
  // By namespace.
  std::map<std::string, std::map<std::uint64_t, std::uint64_t>> runs_;
  std::map<std::string, std::uint64_t> last_;
  std::vector<segment> segments_;
  std::shared_ptr<journal_file> current_;  // the last segment's; null after a failure
  bool unsynced_ = false;
  std::condition_variable_any stopping_;
  std::jthread syncing_;  // uses the members above
};

}  // namespace socketio::detail
