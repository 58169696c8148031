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
  /// Told what happens.
  class observer {
   public:
    /// The client has connected, and joined what it has to.
    virtual void on_ready(client& from) = 0;
    /// The client has heard the next of its replies.
    virtual void on_reply(client& from) = 0;
    /// The client has heard what was meant for many.
    virtual void on_delivery(client& from) = 0;
    /// The client has lost its connection, or has heard something unexpected.
    virtual void on_failure(client& from, std::string_view why) = 0;

   protected:
    ~observer() = default;
  };

  virtual ~client() = default;
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// Queues a request; what is queued while on_reply() or on_delivery() runs leaves after it.
  virtual void send(std::size_t request) = 0;
  /// Sends what has been queued at another time.
  virtual void flush() = 0;

  /// The position among all clients.
  std::size_t index = 0;

 protected:
  client() = default;
};

/// What the clients of one run have in common.
struct client_settings {
  const target& server;
  scenario what;
  const dialogue& words;
  bool deflate = false;  ///< offers permessage-deflate
  /// Each request's bytes on the wire, and the size of a reply's or a delivery's.
  std::vector<std::string> wire_requests;
  std::size_t wire_reply_size = 0;

  client_settings(const target& where, scenario what, const dialogue& words, bool deflate);
};

/// Makes a client, which begins to connect.
/// @param rooms that it joins
[[nodiscard]] std::unique_ptr<client> make_client(event_loop& loop, const client_settings& settings,
                                                  client::observer& owner,
                                                  const std::vector<std::string>& rooms,
                                                  std::uint32_t group);

}  // namespace bench
