#pragma once

#include <string_view>

#include <socketio/protocol/engineio_packet.hpp>

namespace socketio::engineio {

class session;

/// Watches the sessions of a server; see server::add_observer(). Its functions run on the session's
/// shard, before the session's handler; what they throw is reported. They must not change the
/// session.
class session_observer {
 public:
  session_observer() = default;
  virtual ~session_observer() = default;
  session_observer(const session_observer&) = delete;
  session_observer& operator=(const session_observer&) = delete;

  /// A session has opened.
  virtual void opened(const session& /*which*/) {}
  /// A packet has arrived; it is valid during the call.
  virtual void packet_received(const session& /*which*/, const packet& /*received*/) {}
  /// A packet has been queued for the client; it is valid during the call.
  virtual void packet_sent(const session& /*which*/, const packet& /*sent*/) {}
  /// The session has moved to another transport.
  virtual void upgraded(const session& /*which*/) {}
  /// The network has accepted all that was queued.
  virtual void drained(const session& /*which*/) {}
  /// The session has ended.
  virtual void closed(const session& /*which*/, std::string_view /*reason*/,
                      std::string_view /*description*/) {}
};

}  // namespace socketio::engineio
