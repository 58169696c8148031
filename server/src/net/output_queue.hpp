#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <socketio/engineio/statistics.hpp>

namespace socketio::detail {

/// The unsent bytes of a connection. It joins small messages, moves large ones, and shares those
/// that many connections receive. An empty queue owns no memory.
class output_queue {
  struct piece {
    std::string owned;
    std::string_view shared;  // instead of owned
    std::shared_ptr<const void> owner;
    std::unique_ptr<piece> next;

    [[nodiscard]] std::string_view bytes() const { return owner ? shared : owned; }
  };

 public:
  /// Written pieces and their memory, for reuse by all queues of a shard: a connection without
  /// output keeps no memory, and one with output allocates none.
  class spare_pieces {
   public:
    spare_pieces() = default;
    ~spare_pieces();
    spare_pieces(const spare_pieces&) = delete;
    spare_pieces& operator=(const spare_pieces&) = delete;

    /// The unsent bytes of all queues of the shard. Any thread.
    [[nodiscard]] std::uint64_t queued_bytes() const { return queued_bytes_.value(); }

   private:
    friend class output_queue;

    std::unique_ptr<piece> take();
    void put(std::unique_ptr<piece> written);

    std::unique_ptr<piece> first_;
    std::size_t count_ = 0;
    engineio::counter queued_bytes_;
  };

  /// Largest number of pieces for one write.
  static constexpr std::size_t max_pieces = 64;

  explicit output_queue(spare_pieces& spares) : spares_(&spares) {}
  ~output_queue() { clear(); }
  output_queue(const output_queue&) = delete;
  output_queue& operator=(const output_queue&) = delete;

  /// Copies bytes.
  void append(std::string_view bytes);
  /// Moves a long string, copies a short one.
  void append(std::string&& bytes);
  /// Shares bytes that `owner` keeps; copies a few.
  void append(std::string_view bytes, const std::shared_ptr<const void>& owner);

  [[nodiscard]] bool empty() const { return size_ == 0; }
  /// The number of unsent bytes.
  [[nodiscard]] std::size_t size() const { return size_; }

  /// The first pieces, for one gathered write.
  [[nodiscard]] std::span<const iovec> front(std::array<iovec, max_pieces>& pieces) const;
  /// Removes written bytes.
  void consume(std::size_t bytes);
  void clear();

  /// The connection leaves its shard; between the two calls the queue stays as it is.
  void leave_shard() { spares_->queued_bytes_.subtract(size_); }
  /// The connection is on another shard now, whose spare pieces the queue uses from now on.
  void enter_shard(spare_pieces& spares) {
    spares_ = &spares;
    spares_->queued_bytes_.add(size_);
  }

 private:
  void grow(std::size_t bytes) {
    size_ += bytes;
    spares_->queued_bytes_.add(bytes);
  }
  void shrink(std::size_t bytes) {
    size_ -= bytes;
    spares_->queued_bytes_.subtract(bytes);
  }
  piece& add_piece();
  void remove_first();

  spare_pieces* spares_;
  std::unique_ptr<piece> first_;
  piece* last_ = nullptr;
  std::size_t first_offset_ = 0;  // written bytes of the first piece
  std::size_t size_ = 0;
};

}  // namespace socketio::detail
