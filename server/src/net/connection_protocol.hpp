#pragma once

#include <span>
#include <string_view>

namespace socketio::detail {

/// The protocol on a connection: HTTP, or WebSocket after an upgrade.
class connection_protocol {
 public:
  virtual ~connection_protocol() = default;
  connection_protocol(const connection_protocol&) = delete;
  connection_protocol& operator=(const connection_protocol&) = delete;

  /// Takes bytes from the front of `data`, and may change them in place. After carrier::resume() it
  /// receives those that it left, with the following ones.
  virtual void receive(std::span<char>& data) = 0;
  /// The peer has closed its side: no data follows what receive() has left. Called after each
  /// receive() from then on.
  /// @return whether the connection stays open to write more; else it ends
  virtual bool input_ended() { return false; }
  /// The connection has ended. `error` says what went wrong; it is empty if the peer closed the
  /// connection, or the connection was lost.
  virtual void ended(std::string_view error) = 0;
  /// The deadline has passed.
  virtual void timed_out() = 0;
  /// The network has accepted some output.
  virtual void written() {}
  /// The server is closing: finish with the connection soon.
  virtual void shut_down() = 0;
  /// The connection and the host are gone; use neither.
  virtual void abandoned() = 0;

 protected:
  connection_protocol() = default;
};

}  // namespace socketio::detail
