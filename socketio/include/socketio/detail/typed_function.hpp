#pragma once

#include <tuple>
#include <type_traits>

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

/// A function whose parameters have one type each: a typed_functor, or a pointer to a function.
template <class T>
concept typed_function = typed_functor<T> ||(std::is_pointer_v<T>&& has_signature<T>);

template <typed_function Function>
struct signature_of : signature<Function> {};
template <typed_functor Function>
struct signature_of<Function> : signature<decltype(&Function::operator())> {};

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
