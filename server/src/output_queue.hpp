#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace socketio {

/// The bytes that wait to be written to a connection. Small pieces are put together, large ones
/// move in, and those that many connections receive are shared. Empty, it owns no memory.
class output_queue {
  struct piece {
    std::string owned;
    std::string_view shared;  // instead of owned
    std::shared_ptr<const void> owner;
    std::unique_ptr<piece> next;

    [[nodiscard]] std::string_view bytes() const { return owner ? shared : owned; }
  };

 public:
  /// Pieces that have been written, with their memory, for the next ones: all queues of a shard
  /// share them, so that a connection that has nothing to write keeps nothing, and one that writes
  /// allocates nothing.
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

  /// Most pieces that one write takes.
  static constexpr std::size_t max_pieces = 64;

  explicit output_queue(spare_pieces& spares) : spares_(&spares) {}
  ~output_queue() { clear(); }
  output_queue(const output_queue&) = delete;
  output_queue& operator=(const output_queue&) = delete;

  /// Copies bytes.
  void append(std::string_view bytes);
  /// Takes the bytes over if there are many: then the string is left empty.
  void append(std::string&& bytes);
  /// Bytes that others share, and what keeps them.
  void append(std::string_view bytes, const std::shared_ptr<const void>& owner);

  [[nodiscard]] bool empty() const { return size_ == 0; }
  /// Bytes that wait.
  [[nodiscard]] std::size_t size() const { return size_; }

  /// The front of the queue, for one gathered write.
  [[nodiscard]] std::span<const iovec> front(std::array<iovec, max_pieces>& pieces) const;
  /// Removes bytes that have been written.
  void consume(std::size_t bytes);
  void clear();

  /// The connection moves to another shard.
  void change_spares(spare_pieces& spares) { spares_ = &spares; }

 private:
  piece& add_piece();
  void remove_first();

  spare_pieces* spares_;
  std::unique_ptr<piece> first_;
  piece* last_ = nullptr;
  std::size_t first_offset_ = 0;  // bytes of the first piece that have been written
  std::size_t size_ = 0;
};

}  // namespace socketio
