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
