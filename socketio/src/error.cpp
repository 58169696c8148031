#include <socketio/error.hpp>
#include <string>

namespace socketio {
namespace {

class category final : public boost::system::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "socketio"; }
  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<error>(value)) {
      case error::timed_out:
        return "operation has timed out";
      case error::disconnected:
        return "socket has been disconnected";
      case error::handshake_refused:
        return "WebSocket handshake has been refused";
      case error::dropped:
        return "volatile event has been dropped";
      case error::bad_answer:
        return "acknowledgement does not fit the handler";
      case error::too_many:
        return "too many acknowledgements are awaited";
    }
    return "unknown error";
  }
};

}  // namespace

const boost::system::error_category& error_category() {
  static const category instance;
  return instance;
}

}  // namespace socketio
