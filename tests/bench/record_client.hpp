#pragma once

#include <cstdint>

#include "client.hpp"
#include "connection.hpp"

namespace bench {

/// The first bytes of a connection to the floor, which the floor sends back. Then the client sends
/// records of `request_size` bytes. For each the floor sends `reply_size` bytes back, or to each
/// connection of the group.
struct record_hello {
  std::uint32_t group = 0;  ///< 0: an echo
  std::uint32_t request_size = 0;
  std::uint32_t reply_size = 0;
};

/// A client of the floor; it counts bytes.
class record_client final : public client, connection::user {
 public:
  record_client(event_loop& loop, const client_settings& settings, observer& owner,
                std::uint32_t group);

  void send(std::size_t request) override;
  void flush() override { connection_.flush(); }

 private:
  void on_data(std::span<char> bytes) override;
  void on_end(std::string_view why) override { owner_.on_failure(*this, why); }

  const client_settings& settings_;
  observer& owner_;
  connection connection_;
  std::size_t received_ = 0;  // bytes of the incomplete record
  bool ready_ = false;
};

}  // namespace bench
