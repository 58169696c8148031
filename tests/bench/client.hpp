#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dialogue.hpp"
#include "event_loop.hpp"
#include "target.hpp"

namespace bench {

/// A client of the server under test.
class client {
 public:
  /// Receives a client's notifications.
  class observer {
   public:
    /// The client has connected and joined its rooms.
    virtual void on_ready(client& from) = 0;
    /// The client has received its next reply.
    virtual void on_reply(client& from) = 0;
    /// The client has received a broadcast.
    virtual void on_delivery(client& from) = 0;
    /// The client has lost its connection, or has received something unexpected.
    virtual void on_failure(client& from, std::string_view why) = 0;

   protected:
    ~observer() = default;
  };

  virtual ~client() = default;
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// Queues a request. The client itself flushes after on_reply() and on_delivery().
  virtual void send(std::size_t request) = 0;
  /// Sends the requests queued at other times.
  virtual void flush() = 0;

  /// The position among all clients.
  std::size_t index = 0;

 protected:
  client() = default;
};

/// What the clients of a run share.
struct client_settings {
  const target& server;
  scenario what;
  const dialogue& words;
  bool deflate = false;  ///< offers permessage-deflate
  /// The bytes on the wire of each request, and their number for a reply or a delivery.
  std::vector<std::string> wire_requests;
  std::size_t wire_reply_size = 0;

  client_settings(const target& where, scenario what, const dialogue& words, bool deflate);
};

/// Makes a client, which starts to connect.
/// @param rooms the rooms that it joins
[[nodiscard]] std::unique_ptr<client> make_client(event_loop& loop, const client_settings& settings,
                                                  client::observer& owner,
                                                  const std::vector<std::string>& rooms,
                                                  std::uint32_t group);

}  // namespace bench
