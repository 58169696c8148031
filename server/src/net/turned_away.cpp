#include "turned_away.hpp"

#include <sys/socket.h>

#include <chrono>
#include <string_view>
#include <utility>

namespace socketio::detail {

void turned_away::add(accepted_socket socket) {
  using namespace std::chrono_literals;
  constexpr std::string_view response =
      "HTTP/1.1 503 Service Unavailable\r\n"
      "Retry-After: 5\r\n"
      "Connection: close\r\n"
      "Content-Length: 0\r\n"
      "\r\n";
  home_.counters().connections_refused.add();
  // A handshake of TLS would cost more than the connection.
  if (socket.tls || sockets_.size() >= most) return;
  const int descriptor = socket.descriptor.get();
  static_cast<void>(::send(descriptor, response.data(), response.size(), MSG_NOSIGNAL));
  ::shutdown(descriptor, SHUT_WR);
  sockets_.push_back(std::move(socket.descriptor));
  if (!closing_.running()) closing_.start(home_.timers(), 1s);
}

}  // namespace socketio::detail
