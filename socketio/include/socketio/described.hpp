#pragma once

#include <string_view>

#include <socketio/events.hpp>

/// How applications describe their types for the documents of <socketio/contract_documents.hpp>.
namespace socketio {

/// A field of an object in JSON: its key and its type. One of std::optional may be missing or null.
template <fixed_string Name, class T>
struct field {
  static constexpr std::string_view name = Name.view();
  using type = T;
};

/// The fields of an object, in their order.
template <class... Fields>
struct fields {};

/// How a type looks in JSON. Specialise it for the types that have a to_json() of their own, in one
/// of three ways:
///
///     template <>
///     struct socketio::described<point> {  // an object
///       static constexpr std::string_view name = "Point";
///       using fields =
///           socketio::fields<socketio::field<"x", double>, socketio::field<"y", double>>;
///     };
///     template <>
///     struct socketio::described<color> {  // one of some texts
///       static constexpr std::string_view name = "Color";
///       static constexpr std::array<std::string_view, 2> values = {"red", "green"};
///     };
///     template <>
///     struct socketio::described<user_id> {  // the same as another type
///       using same_as = std::string;
///     };
///
/// A name has letters, digits and underscores, and begins with a capital letter. Numbers, texts,
/// bytes, json, std::optional, std::variant, tuples, lists and maps have a description already.
template <class T>
struct described {};

}  // namespace socketio
