#include "body_sources.hpp"

#include <algorithm>
#include <utility>

namespace socketio::detail {

file_source::file_source(open_file file, const content_range& part)
    : file_(std::move(file)), size_(part.size), rest_(part) {}

std::size_t file_source::read(std::span<char> buffer) {
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), rest_.size));
  const auto count = file_.read(rest_.first, buffer.first(wanted));
  rest_.first += count;
  rest_.size -= count;
  return count;
}

shared_source::shared_source(std::shared_ptr<const std::string> content)
    : content_(std::move(content)) {}

std::size_t shared_source::read(std::span<char> buffer) {
  const auto count = content_->copy(buffer.data(), buffer.size(), position_);
  position_ += count;
  return count;
}

}  // namespace socketio::detail
