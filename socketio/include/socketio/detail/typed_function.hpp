#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

#include <socketio/detail/language.hpp>

/// The parameters and the result of a function's type.
namespace socketio::detail {

template <class Function>
struct signature;
template <class Result, class... Parameters>
struct signature<Result (*)(Parameters...)> {
  using parameters = std::tuple<Parameters...>;
  using result = Result;
};
template <class Result, class... Parameters>
struct signature<Result (*)(Parameters...) noexcept> : signature<Result (*)(Parameters...)> {};
template <class Class, class Result, class... Parameters>
struct signature<Result (Class::*)(Parameters...)> : signature<Result (*)(Parameters...)> {};
template <class Class, class Result, class... Parameters>
struct signature<Result (Class::*)(Parameters...) const> : signature<Result (*)(Parameters...)> {};
template <class Class, class Result, class... Parameters>
struct signature<Result (Class::*)(Parameters...) noexcept> : signature<Result (*)(Parameters...)> {
};
template <class Class, class Result, class... Parameters>
struct signature<Result (Class::*)(Parameters...) const noexcept>
    : signature<Result (*)(Parameters...)> {};

template <class Function>
concept has_signature = requires {
  typename signature<Function>::parameters;
};

/// A function object with one call operator, which is not a template.
template <class T>
concept typed_functor = requires {
  requires has_signature<decltype(&T::operator())>;
};

/// The signature of a function whose parameters have one type each; empty for other types.
template <class T>
struct signature_of {};
template <class T>
requires(std::is_pointer_v<T>&& has_signature<T>) struct signature_of<T> : signature<T> {
};
template <typed_functor T>
struct signature_of<T> : signature<decltype(&T::operator())> {};

/// A tuple's types without the first ones; there is no type if there are fewer.
template <std::size_t Count, class Tuple>
struct without_first {};
template <class Tuple>
struct without_first<0, Tuple> {
  using type = Tuple;
};
template <std::size_t Count, class First, class... Rest>
requires(Count > 0) struct without_first<Count, std::tuple<First, Rest...>>
    : without_first<Count - 1, std::tuple<Rest...>> {
};

/// The signature of a function, or of a member function.
template <class Function>
using any_signature = std::conditional_t<std::is_member_function_pointer_v<Function>,
                                         signature<Function>, signature_of<Function>>;

/// The parameters that are left of a function with its first ones bound. Of a member function the
/// object counts as the first one.
template <class Function, class... Bound>
using unbound_parameters =
    typename without_first<sizeof...(Bound) - std::is_member_function_pointer_v<Function>,
                           typename any_signature<Function>::parameters>::type;

/// Whether a type is that of a std::bind_front(). Its name is the standard library's own, but its
/// arguments are the types of the function and of what is bound.
template <class T, class Function, class... Bound>
concept bind_front_of = requires {
  typename unbound_parameters<Function, Bound...>;
  requires(std::move_constructible<Function> && ... && std::move_constructible<Bound>);
  requires std::same_as<T, decltype(std::bind_front(std::declval<Function>(),
                                                    std::declval<Bound>()...))>;
};

template <template <class...> class Binder, class Function, class... Bound>
requires bind_front_of<Binder<Function, Bound...>, Function, Bound...>
struct signature_of<Binder<Function, Bound...>> {
  using parameters = unbound_parameters<Function, Bound...>;
  using result = typename any_signature<Function>::result;
};

/// A function whose parameters have one type each: a typed_functor, a pointer to a function, or one
/// of these, or a member function, with its first parameters bound by std::bind_front().
template <class T>
concept typed_function = requires {
  typename signature_of<T>::parameters;
};

template <typed_function Function>
using parameters_of = typename signature_of<Function>::parameters;
template <typed_function Function>
using result_of = typename signature_of<Function>::result;

struct call_operator {
  void operator()() const;
};
template <class T>
struct with_call_operator : T, call_operator {};

/// A class with call operators of any kind: with one of them, a second makes the name ambiguous.
template <class T>
concept functor = std::is_class_v<T> && !std::is_final_v<T> && !requires {
  &with_call_operator<T>::operator();
};

}  // namespace socketio::detail
