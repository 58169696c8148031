#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace socketio {

/// The bytes that wait to be written to a connection. Small pieces are put together, large messages
/// that many connections receive are shared. Empty, it owns no memory.
class output_queue {
 public:
  /// Most pieces that one write takes.
  static constexpr std::size_t max_pieces = 64;

  void append(std::string_view bytes);
  void append(std::string&& bytes);
  /// Bytes that others share, and what keeps them.
  void append(std::string_view bytes, std::shared_ptr<const void> owner);

  [[nodiscard]] bool empty() const { return size_ == 0; }
  /// Bytes that wait.
  [[nodiscard]] std::size_t size() const { return size_; }

  /// The front of the queue, for one gathered write.
  [[nodiscard]] std::span<const iovec> front(std::array<iovec, max_pieces>& pieces) const;
  /// Removes bytes that have been written.
  void consume(std::size_t bytes);
  void clear();

 private:
  struct piece {
    std::string owned;
    std::string_view shared;  // instead of owned
    std::shared_ptr<const void> owner;

    [[nodiscard]] std::string_view bytes() const { return owner ? shared : owned; }
  };

  std::vector<piece> pieces_;
  std::size_t first_ = 0;         // position of the first piece that is not written whole
  std::size_t first_offset_ = 0;  // bytes of it that are
  std::size_t size_ = 0;
};

}  // namespace socketio
