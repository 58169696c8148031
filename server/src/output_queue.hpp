#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace socketio {

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

   private:
    friend class output_queue;

    std::unique_ptr<piece> take();
    void put(std::unique_ptr<piece> written);

    std::unique_ptr<piece> first_;
    std::size_t count_ = 0;
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

  /// Uses the spare pieces of another shard, to which the connection moves.
  void change_spares(spare_pieces& spares) { spares_ = &spares; }

 private:
  piece& add_piece();
  void remove_first();

  spare_pieces* spares_;
  std::unique_ptr<piece> first_;
  piece* last_ = nullptr;
  std::size_t first_offset_ = 0;  // written bytes of the first piece
  std::size_t size_ = 0;
};

}  // namespace socketio
