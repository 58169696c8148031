#include <array>
#include <ctime>

#include <socketio/handshake.hpp>

namespace socketio {

handshake::handshake(stored_request request, json auth)
    : request_(std::move(request)), auth_(auth.empty() ? json() : std::move(auth)) {}

const json& handshake::auth() const {
  static const auto nothing = json::object();
  return auth_.is_null() ? nothing : auth_;
}

std::string handshake::time() const {
  const auto seconds = std::chrono::system_clock::to_time_t(issued_);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const auto size =
      std::strftime(text.data(), text.size(), "%a %b %d %Y %H:%M:%S GMT+0000", &parts);
  return {text.data(), size};
}

const handshake& no_handshake() {
  static const handshake none{stored_request(http_request()), {}};
  return none;
}

}  // namespace socketio
