#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <variant>
#include <vector>

#include <socketio/arguments.hpp>
#include <socketio/described.hpp>
#include <socketio/detail/emitted.hpp>
#include <socketio/events.hpp>

/// A contract as data, from which documents are written.
namespace socketio::detail {

enum class type_kind : std::uint8_t {
  unknown,  ///< any JSON
  null,
  boolean,
  integer,
  number,
  text,
  bytes,
  list,      ///< of its only part
  tuple,     ///< a list of its parts, each once
  map,       ///< an object with any keys, and values of its only part
  optional,  ///< its only part, or null
  choice,    ///< one of its parts
  named,     ///< a type of the application
};

struct type_description {
  type_kind kind;
  std::vector<type_description> parts;
  std::string name;                   ///< of a named type
  std::optional<std::size_t> size;    ///< of a list that has always as many elements
  std::optional<std::int64_t> least;  ///< of an integer
  std::optional<std::int64_t> most;

  type_description(type_kind which,  // NOLINT(*-explicit-*)
                   std::vector<type_description> inner = {})
      : kind(which), parts(std::move(inner)) {}
};

/// A type of the application: an object with fields, or one of some texts.
struct named_type {
  struct field {
    std::string name;
    type_description type;
  };

  std::string name;
  const std::type_info* type = nullptr;
  std::vector<field> fields;
  std::vector<std::string> values;  ///< the texts; none if it is an object
};

struct event_description {
  std::string name;
  std::vector<type_description> values;
  std::vector<type_description> answers;
  bool is_answered = false;

  /// The number of values that a client has to send: the last ones may be missing if they may be
  /// null, unless, in TypeScript, the function that takes the answer follows them.
  [[nodiscard]] std::size_t required_values() const;
};

struct contract_description {
  std::vector<event_description> client_to_server;
  std::vector<event_description> server_to_client;
  std::vector<named_type> types;
};

/// Adds a type of the application under its name.
/// @return its fields and values to fill in; null if it is there already
/// @throws std::invalid_argument if another type has the name
[[nodiscard]] named_type* add_type(std::vector<named_type>& types, std::string_view name,
                                   const std::type_info& type);

/// Whether a name may be that of a type in TypeScript and in JSON Schema. A capital letter keeps it
/// apart from TypeScript's own words.
consteval bool is_type_name(std::string_view name) {
  constexpr std::string_view capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr std::string_view others = "abcdefghijklmnopqrstuvwxyz0123456789_";
  constexpr std::array<std::string_view, 7> taken = {
      "Array",  "ArrayBuffer",          "Bytes",     "ClientToServerEvents",
      "Record", "ServerToClientEvents", "Uint8Array"};
  if (name.empty() || capitals.find(name.front()) == std::string_view::npos) return false;
  for (const char character : name) {
    if (capitals.find(character) == std::string_view::npos &&
        others.find(character) == std::string_view::npos) {
      return false;
    }
  }
  return std::ranges::find(taken, name) == taken.end();
}

template <class T>
concept describes_name = requires {
  { described<T>::name } -> std::convertible_to<std::string_view>;
};
template <class T>
concept describes_fields = describes_name<T> && requires {
  typename described<T>::fields;
};
template <class T>
concept describes_values = describes_name<T> && requires {
  described<T>::values.size();
};

template <class T>
inline constexpr bool is_variant = false;
template <class... Types>
inline constexpr bool is_variant<std::variant<Types...>> = true;

/// Containers with keys that are text: objects in JavaScript.
template <class T>
concept text_map = std::ranges::range<const T> && requires {
  typename T::mapped_type;
  requires std::convertible_to<const typename T::key_type&, std::string_view>;
};

template <class T>
type_description describe(std::vector<named_type>& types);

template <class... Types>
std::vector<type_description> describe_all(std::vector<named_type>& types,
                                           std::tuple<Types...>* /*tag*/) {
  std::vector<type_description> all;
  (all.push_back(describe<std::remove_cv_t<Types>>(types)), ...);
  return all;
}

/// The types of a std::tuple, a std::pair or a std::variant.
template <class T>
struct types_in;
template <template <class...> class Template, class... Types>
struct types_in<Template<Types...>> {
  using type = std::tuple<Types...>;
};

template <class... Fields>
void describe_fields(std::vector<named_type>& types, std::string_view name,
                     fields<Fields...>* /*tag*/) {
  std::vector<named_type::field> all;
  (all.push_back({std::string(Fields::name), describe<typename Fields::type>(types)}), ...);
  // Describing the fields may have added types, and so moved this one.
  std::ranges::find(types, name, &named_type::name)->fields = std::move(all);
}

template <class T>
type_description describe_named(std::vector<named_type>& types) {
  constexpr std::string_view name = described<T>::name;
  static_assert(is_type_name(name),
                "the name of a socketio::described type begins with a capital letter, has letters, "
                "digits and underscores, and is none that the documents use themselves, such as "
                "Bytes");
  if (auto* const added = add_type(types, name, typeid(T))) {
    if constexpr (describes_values<T>) {
      for (const std::string_view value : described<T>::values) {
        added->values.emplace_back(value);
      }
    } else {
      describe_fields(types, name, static_cast<typename described<T>::fields*>(nullptr));
    }
  }
  type_description description(type_kind::named);
  description.name = name;
  return description;
}

template <std::integral T>
type_description describe_integer() {
  type_description description(type_kind::integer);
  // JavaScript's numbers have no limits of 64 bits.
  if constexpr (sizeof(T) < sizeof(std::int64_t)) {
    description.least = std::numeric_limits<T>::min();
    description.most = std::numeric_limits<T>::max();
  } else if constexpr (std::unsigned_integral<T>) {
    description.least = 0;
  }
  return description;
}

template <class T>
type_description describe(std::vector<named_type>& types) {
  if constexpr (requires { typename described<T>::same_as; }) {
    return describe<typename described<T>::same_as>(types);
  } else if constexpr (describes_fields<T> || describes_values<T>) {
    return describe_named<T>(types);
  } else if constexpr (nlohmann::detail::is_basic_json<T>::value) {
    return type_kind::unknown;
  } else if constexpr (std::same_as<T, std::nullptr_t>) {
    return type_kind::null;
  } else if constexpr (std::same_as<T, bool>) {
    return type_kind::boolean;
  } else if constexpr (std::integral<T>) {
    return describe_integer<T>();
  } else if constexpr (std::floating_point<T>) {
    return type_kind::number;
  } else if constexpr (std::convertible_to<const T&, std::string_view> || utf8_text<T>) {
    return type_kind::text;
  } else if constexpr (byte_range<T>) {
    return type_kind::bytes;
  } else if constexpr (is_optional<T>) {
    return type_description(type_kind::optional, {describe<typename T::value_type>(types)});
  } else if constexpr (is_tuple<T> || is_variant<T>) {
    return type_description(is_variant<T> ? type_kind::choice : type_kind::tuple,
                            describe_all(types, static_cast<typename types_in<T>::type*>(nullptr)));
  } else if constexpr (text_map<T>) {
    return type_description(type_kind::map, {describe<typename T::mapped_type>(types)});
  } else if constexpr (std::ranges::range<const T>) {
    type_description list(type_kind::list, {describe<std::ranges::range_value_t<const T>>(types)});
    if constexpr (is_array<T>) list.size = std::tuple_size_v<T>;
    return list;
  } else {
    static_assert(never<T>,
                  "a type of the contract needs a specialisation of socketio::described, which "
                  "tells the documents its name and its fields");
    return type_kind::unknown;
  }
}

template <class... Events>
std::vector<event_description> describe_events(std::vector<named_type>& types,
                                               events<Events...>* /*tag*/) {
  std::vector<event_description> all;
  (all.push_back({std::string(Events::name),
                  describe_all(types, static_cast<typename Events::values*>(nullptr)),
                  describe_all(types, static_cast<typename Events::answers*>(nullptr)),
                  Events::is_answered}),
   ...);
  return all;
}

template <class Contract>
contract_description describe_contract() {
  contract_description contract;
  contract.client_to_server =
      describe_events(contract.types, static_cast<detail::client_to_server<Contract>*>(nullptr));
  contract.server_to_client =
      describe_events(contract.types, static_cast<detail::server_to_client<Contract>*>(nullptr));
  return contract;
}

}  // namespace socketio::detail
