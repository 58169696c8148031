#include <socketio/handler_error.hpp>

namespace socketio {

std::string handler_error::message() const {
  try {
    if (exception) std::rethrow_exception(exception);
    return {};
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something that is not a std::exception";
  }
}

}  // namespace socketio
