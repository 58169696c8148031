#pragma once

#include <boost/asio/awaitable.hpp>

#include <socketio/detail/language.hpp>

/// Results of functions that are coroutines.
namespace socketio::detail {

template <class T>
inline constexpr bool is_awaitable = false;
template <class Value>
inline constexpr bool is_awaitable<boost::asio::awaitable<Value>> = true;

template <class T>
struct awaited_value;
template <class Value>
struct awaited_value<boost::asio::awaitable<Value>> {
  using type = Value;
};
template <class Awaitable>
using awaited = typename awaited_value<Awaitable>::type;

}  // namespace socketio::detail
