#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <socketio/detail/language.hpp>

namespace socketio {

/// Bytes that nobody changes, and that copies share. As an argument of an event they are sent
/// without being copied; as a handler's parameter they are those that have arrived, and may be
/// kept: with msgpack_codec() together with the message that they are a part of. Copies may be used
/// on different threads.
class shared_bytes {
 public:
  /// No bytes.
  shared_bytes() = default;
  /// Takes over a container with its bytes, for example a std::vector<std::byte> or a std::string.
  template <class Container>
  requires(!std::same_as<Container, shared_bytes> && std::is_object_v<Container> &&
           !std::is_const_v<Container> && std::ranges::contiguous_range<Container> &&
           !std::ranges::view<Container> &&
           sizeof(std::ranges::range_value_t<Container>) ==
               1) explicit shared_bytes(Container&& bytes) {
    const auto kept = std::make_shared<const Container>(std::forward<Container>(bytes));
    bytes_ = std::as_bytes(std::span(*kept));
    owner_ = kept;
  }
  /// Bytes that `owner` keeps; null for bytes that are never released.
  shared_bytes(std::shared_ptr<const void> owner, std::span<const std::byte> bytes)
      : owner_(std::move(owner)), bytes_(bytes) {
    // Whoever shares the bytes recognises them by their owner.
    if (!owner_) owner_ = std::shared_ptr<const void>(std::shared_ptr<const void>(), bytes.data());
  }
  /// Copies bytes.
  [[nodiscard]] static shared_bytes copy(std::span<const std::byte> bytes);

  [[nodiscard]] const std::byte* data() const { return bytes_.data(); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] auto begin() const { return bytes_.begin(); }
  [[nodiscard]] auto end() const { return bytes_.end(); }
  /// The bytes as characters.
  [[nodiscard]] std::string_view characters() const {
    return {reinterpret_cast<const char*>(data()), size()};
  }
  /// A part of the bytes, which keeps all of them. It has to be within them.
  [[nodiscard]] shared_bytes part(std::size_t first, std::size_t size) const {
    return {owner_, bytes_.subspan(first, size)};
  }
  /// What keeps them.
  [[nodiscard]] const std::shared_ptr<const void>& owner() const { return owner_; }

  /// Whether both have the same content.
  [[nodiscard]] friend bool operator==(const shared_bytes& left, const shared_bytes& right) {
    return left.characters() == right.characters();
  }

 private:
  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
};

}  // namespace socketio
