#include "output_queue.hpp"

#include <algorithm>

namespace socketio {
namespace {

// A piece grows up to this size before another is begun: growing it further would copy it.
constexpr std::size_t piece_size = 16 * 1024;
// What a turn sends mostly fits into this.
constexpr std::size_t first_piece_size = 512;
// Below this size copying a message is cheaper than sharing it.
constexpr std::size_t sharing_threshold = 1024;

}  // namespace

void output_queue::append(std::string_view bytes) {
  if (bytes.empty()) return;
  size_ += bytes.size();
  if (!pieces_.empty()) {
    auto& last = pieces_.back();
    if (!last.owner && last.owned.size() + bytes.size() <= piece_size) {
      last.owned.append(bytes);
      return;
    }
  }
  auto& added = pieces_.emplace_back().owned;
  added.reserve(std::max(bytes.size(), first_piece_size));
  added = bytes;
}

void output_queue::append(std::string&& bytes) {
  if (bytes.size() < sharing_threshold) {
    append(std::string_view(bytes));
    return;
  }
  size_ += bytes.size();
  pieces_.emplace_back().owned = std::move(bytes);
}

void output_queue::append(std::string_view bytes, std::shared_ptr<const void> owner) {
  if (bytes.size() < sharing_threshold) {
    append(bytes);
    return;
  }
  size_ += bytes.size();
  auto& added = pieces_.emplace_back();
  added.shared = bytes;
  added.owner = std::move(owner);
}

std::span<const iovec> output_queue::front(std::array<iovec, max_pieces>& pieces) const {
  std::size_t count = 0;
  for (auto i = first_; i < pieces_.size() && count < max_pieces; ++i, ++count) {
    auto bytes = pieces_[i].bytes();
    if (i == first_) bytes.remove_prefix(first_offset_);
    pieces[count] = {const_cast<char*>(bytes.data()), bytes.size()};
  }
  return std::span(pieces).first(count);
}

void output_queue::consume(std::size_t bytes) {
  size_ -= bytes;
  if (size_ == 0) {
    clear();
    return;
  }
  while (bytes > 0) {
    const auto left = pieces_[first_].bytes().size() - first_offset_;
    if (bytes < left) {
      first_offset_ += bytes;
      return;
    }
    bytes -= left;
    pieces_[first_] = {};
    ++first_;
    first_offset_ = 0;
  }
  // Written pieces in front would else pile up under a peer that keeps reading slowly.
  if (first_ > max_pieces) {
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void output_queue::clear() {
  pieces_ = {};
  first_ = 0;
  first_offset_ = 0;
  size_ = 0;
}

}  // namespace socketio
