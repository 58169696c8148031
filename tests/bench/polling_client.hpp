#pragma once

#include "client.hpp"
#include "connection.hpp"

namespace bench {

/// A client of Socket.IO over HTTP long-polling. Like a browser, it polls on one connection and
/// posts on another.
class polling_client final : public client {
 public:
  polling_client(event_loop& loop, const client_settings& settings, observer& owner);

  void send(std::size_t request) override;
  void flush() override;

 private:
  // A connection for one request at a time.
  class channel final : connection::user {
   public:
    channel(event_loop& loop, const client_settings& settings, polling_client& owner);

    void request(std::string_view method, const std::string& sid, std::string_view body);
    void flush() { connection_.flush(); }
    [[nodiscard]] bool busy() const { return busy_; }

   private:
    void on_data(std::span<char> bytes) override;
    void on_end(std::string_view why) override { owner_.fail(why); }

    polling_client& owner_;
    const client_settings& settings_;
    connection connection_;
    std::string received_;
    std::size_t head_size_ = 0;  // 0 until the head has arrived
    std::size_t body_size_ = 0;
    bool busy_ = false;
  };

  void handle_response(const channel& from, std::string_view body);
  void handle_packet(std::string_view packet);
  void post(std::string_view packet);
  void send_posts();
  void fail(std::string_view why);

  const client_settings& settings_;
  observer& owner_;
  channel polls_;
  channel posts_;
  std::string sid_;
  std::string waiting_;  // packets for the next POST
  std::size_t replies_ = 0;
  bool ready_ = false;
  bool failed_ = false;
};

}  // namespace bench
