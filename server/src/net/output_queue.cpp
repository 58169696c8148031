#include "output_queue.hpp"

#include <algorithm>
#include <utility>

namespace socketio::detail {
namespace {

// Capacity of a first piece; the output of most turns fits into it.
constexpr std::size_t first_piece_size = 512;
// A piece grows, and is copied, up to this size; then the queue starts another one.
constexpr std::size_t largest_grown_piece = std::size_t{2} * 1024;
// Capacity of a new piece: as much as is queued, since more is likely to follow, up to this.
constexpr std::size_t piece_size = std::size_t{16} * 1024;
// Smaller messages are cheaper to copy than to share.
constexpr std::size_t sharing_threshold = 1024;

// How many spare pieces a shard keeps, and the largest capacity of each.
constexpr std::size_t max_spares = 1024;
constexpr std::size_t max_spare_capacity = largest_grown_piece;

}  // namespace

// --- spare_pieces

output_queue::spare_pieces::~spare_pieces() {
  while (first_) take();
}

std::unique_ptr<output_queue::piece> output_queue::spare_pieces::take() {
  if (!first_) return std::make_unique<piece>();
  auto taken = std::move(first_);
  first_ = std::move(taken->next);
  --count_;
  return taken;
}

void output_queue::spare_pieces::put(std::unique_ptr<piece> written) {
  if (count_ >= max_spares) return;
  written->owner.reset();
  if (written->owned.capacity() > max_spare_capacity) {
    written->owned = std::string();
  } else {
    written->owned.clear();
  }
  written->next = std::move(first_);
  first_ = std::move(written);
  ++count_;
}

// --- output_queue

output_queue::piece& output_queue::add_piece() {
  auto& place = first_ ? last_->next : first_;
  place = spares_->take();
  last_ = place.get();
  return *last_;
}

void output_queue::append(std::string_view bytes) {
  if (bytes.empty()) return;
  if (first_ && !last_->owner) {
    auto& last = last_->owned;
    if (last.size() + bytes.size() <= std::max(last.capacity(), largest_grown_piece)) {
      grow(bytes.size());
      last.append(bytes);
      return;
    }
  }
  auto& added = add_piece().owned;
  added.reserve(std::max(bytes.size(), std::clamp(size_, first_piece_size, piece_size)));
  added.append(bytes);
  grow(bytes.size());
}

void output_queue::append(std::string&& bytes) {
  if (bytes.size() < sharing_threshold) {
    append(std::string_view(bytes));
    return;
  }
  grow(bytes.size());
  add_piece().owned = std::exchange(bytes, {});
}

void output_queue::append(std::string_view bytes, const std::shared_ptr<const void>& owner) {
  if (bytes.size() < sharing_threshold) {
    append(bytes);
    return;
  }
  grow(bytes.size());
  auto& added = add_piece();
  added.shared = bytes;
  added.owner = owner;
}

std::span<const iovec> output_queue::front(std::array<iovec, max_pieces>& pieces) const {
  std::size_t count = 0;
  auto offset = first_offset_;
  for (auto* next = first_.get(); next != nullptr && count < max_pieces; next = next->next.get()) {
    const auto bytes = next->bytes().substr(std::exchange(offset, 0));
    // sendmsg() does not write to its buffers.
    pieces[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
  }
  return std::span(pieces).first(count);
}

void output_queue::consume(std::size_t bytes) {
  shrink(bytes);
  while (bytes > 0) {
    const auto left = first_->bytes().size() - first_offset_;
    if (bytes < left) {
      first_offset_ += bytes;
      return;
    }
    bytes -= left;
    remove_first();
  }
}

void output_queue::remove_first() {
  auto written = std::move(first_);
  first_ = std::move(written->next);
  first_offset_ = 0;
  spares_->put(std::move(written));
}

void output_queue::clear() {
  while (first_) remove_first();
  // Closed connections may be destroyed on any thread: they do not touch the count.
  if (size_ > 0) shrink(size_);
}

}  // namespace socketio::detail
