#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <new>

#include <socketio/detail/language.hpp>

namespace socketio::engineio {

/// Memory for a repeated operation of Asio, so that starting it does not allocate, and cannot fail
/// for want of memory. While one operation is pending, another one allocates from the heap. It has
/// to outlive the operations, so their handlers keep its owner.
class handler_memory {
 public:
  /// Allocates for a handler, to be bound to it with boost::asio::bind_allocator().
  template <class Value>
  class allocator {
   public:
    using value_type = Value;

    explicit allocator(handler_memory& memory) : memory_(&memory) {}
    template <class Other>
    allocator(const allocator<Other>& other) : memory_(other.memory_) {}  // NOLINT(*-explicit-*)

    [[nodiscard]] Value* allocate(std::size_t count) {
      return static_cast<Value*>(memory_->allocate(count * sizeof(Value)));
    }
    void deallocate(Value* pointer, std::size_t /*count*/) { memory_->deallocate(pointer); }

    template <class Other>
    friend bool operator==(const allocator& left, const allocator<Other>& right) {
      return left.memory_ == right.memory_;
    }

   private:
    template <class Other>
    friend class allocator;

    handler_memory* memory_;
  };

  handler_memory() = default;
  handler_memory(const handler_memory&) = delete;
  handler_memory& operator=(const handler_memory&) = delete;

  [[nodiscard]] allocator<std::byte> get_allocator() { return allocator<std::byte>(*this); }

 private:
  [[nodiscard]] void* allocate(std::size_t size) {
    if (size > storage_.size() || used_.exchange(true)) return ::operator new(size);
    return storage_.data();
  }
  void deallocate(void* pointer) {
    if (pointer == storage_.data()) {
      used_ = false;
    } else {
      ::operator delete(pointer);
    }
  }

  // Enough for a wait of Asio with a handler of a few pointers.
  alignas(std::max_align_t) std::array<std::byte, 256> storage_;
  // Any thread that runs the context may free an operation.
  std::atomic<bool> used_{false};
};

}  // namespace socketio::engineio
