#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <typeindex>
#include <typeinfo>
#include <utility>
#include <vector>

#include <socketio/detail/language.hpp>

namespace socketio {

namespace detail {
template <class T>
inline constexpr bool is_shared_pointer = false;
template <class T>
inline constexpr bool is_shared_pointer<std::shared_ptr<T>> = true;
}  // namespace detail

/// Objects that the application attaches to a request or to a session, for example the user: one of
/// each type. Copies share the objects.
class attached_objects {
 public:
  /// Attaches an object, in place of an earlier one of its type. Of a std::shared_ptr it is the
  /// object to which that points; others are moved or copied.
  template <class T>
  requires(!std::same_as<std::remove_cvref_t<T>, attached_objects>) void set(T&& object) {
    using held = std::decay_t<T>;
    constexpr bool is_text_pointer =
        std::is_same_v<held, const char*> || std::is_same_v<held, char*>;
    static_assert(!is_text_pointer, "text is attached as a std::string");
    if constexpr (detail::is_shared_pointer<held>) {
      using pointed = typename held::element_type;
      constexpr bool may_change = !std::is_const_v<pointed>;
      static_assert(may_change,
                    "a shared object is attached by a std::shared_ptr to what may change");
      if constexpr (may_change) add(typeid(pointed), std::forward<T>(object));
    } else if constexpr (!is_text_pointer) {
      add(typeid(held), std::make_shared<held>(std::forward<T>(object)));
    }
  }
  /// Attaches all objects of others, in place of earlier ones of their types.
  void set(const attached_objects& others);

  /// The object of a type; null if there is none.
  template <class T>
  [[nodiscard]] std::shared_ptr<T> find() const {
    return std::static_pointer_cast<T>(find(typeid(T)));
  }
  [[nodiscard]] bool empty() const { return !objects_; }

 private:
  using list = std::vector<std::pair<std::type_index, std::shared_ptr<void>>>;

  void add(std::type_index type, std::shared_ptr<void> object);
  [[nodiscard]] std::shared_ptr<void> find(std::type_index type) const;

  // A list does not change, so that copies share it.
  std::shared_ptr<const list> objects_;
};

}  // namespace socketio
