#include "gzip_cache.hpp"

#include <iterator>
#include <utility>

#include <socketio/protocol/content_coding.hpp>

namespace socketio::detail {

std::shared_ptr<const std::string> gzip_cache::get(const std::string& path,
                                                   std::string_view version, const reader& read) {
  if (auto kept = find(path, version)) return kept;
  const auto content = read();
  if (!content) return nullptr;
  auto encoded = encode_content(content_coding::gzip, *content);
  encoded.shrink_to_fit();  // the cache counts sizes, not capacities
  auto shared = std::make_shared<const std::string>(std::move(encoded));
  keep({path, std::string(version), shared});
  return shared;
}

std::shared_ptr<const std::string> gzip_cache::find(std::string_view path,
                                                    std::string_view version) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_path_.find(path);
  if (found == by_path_.end() || found->second->version != version) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return entries_.front().content;
}

void gzip_cache::keep(entry added) {
  const auto added_size = added.content->size();
  const std::scoped_lock lock(mutex_);
  const auto found = by_path_.find(added.path);
  if (found != by_path_.end()) remove(found->second);
  if (added_size > max_size_) return;
  while (size_ > max_size_ - added_size) remove(std::prev(entries_.end()));
  entries_.push_front(std::move(added));
  size_ += added_size;
  by_path_.emplace(entries_.front().path, entries_.begin());
}

void gzip_cache::remove(entries::iterator removed) {
  by_path_.erase(removed->path);
  size_ -= removed->content->size();
  entries_.erase(removed);
}

}  // namespace socketio::detail
