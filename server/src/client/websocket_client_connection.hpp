#pragma once

#include <atomic>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <socketio/protocol/websocket_parser.hpp>
#include <socketio/websocket_client.hpp>

#include "websocket_client_frames.hpp"
#include "websocket_client_handshake.hpp"
#include "websocket_client_transport.hpp"

namespace socketio::websocket::detail {

/// A pending completion handler. It keeps the connection alive, and the context of its own executor
/// busy. It lives in an Asio operation, never in the connection, to which it may refer: so no cycle
/// keeps itself alive, and destroying the context releases everything.
template <class... Values>
class waiting_handler {
 public:
  using handler = boost::asio::any_completion_handler<void(Values...)>;

  waiting_handler(handler called, const boost::asio::any_io_executor& otherwise,
                  std::shared_ptr<void> owner)
      : work_(boost::asio::get_associated_executor(called, otherwise)),
        handler_(std::move(called)),
        owner_(std::move(owner)) {}

  /// Calls the handler on its executor, possibly at once.
  void complete(Values... values) {
    boost::asio::dispatch(work_.get_executor(), [handler = std::move(handler_),
                                                 ... values = std::move(values)]() mutable {
      std::move(handler)(std::move(values)...);
    });
  }

 private:
  boost::asio::executor_work_guard<
      boost::asio::associated_executor_t<handler, boost::asio::any_io_executor>>
      work_;
  handler handler_;
  std::shared_ptr<void> owner_;
};

/// A client's connection. Call functions on its strand, except those marked "any thread". Its
/// operations keep it alive.
class client_connection : public std::enable_shared_from_this<client_connection> {
 public:
  using connect_handler = waiting_handler<error_code>;
  using read_handler = waiting_handler<error_code, message>;

  client_connection(const boost::asio::any_io_executor& executor, client_options options);

  /// Calls a function with this connection on the strand. Any thread.
  template <class Function>
  void run(Function function) {
    boost::asio::post(strand_, [self = shared_from_this(),
                                function = std::move(function)]() mutable { function(*self); });
  }
  /// Queues a message. Any thread.
  void send(message sent);
  /// The number of unsent bytes. Any thread.
  [[nodiscard]] std::size_t queued() const { return queued_messages_ + queued_frames_; }
  /// The executor of handlers without their own. Any thread.
  [[nodiscard]] const boost::asio::any_io_executor& executor() const { return executor_; }

  void connect(const std::string& to, connect_handler handler);
  void cancel_connect();
  /// @param number names the call, to cancel it
  void read(std::uint64_t number, read_handler handler);
  void cancel_read(std::uint64_t number);
  void ping(std::string_view payload);
  void close(close_code code, std::string_view reason);
  /// Closes the connection; nobody will read its messages.
  void abandon();

  // Constant once the caller may ask for them. Any thread.
  [[nodiscard]] const http_response& response() const { return response_; }
  [[nodiscard]] const agreement& agreed() const { return agreed_; }
  [[nodiscard]] close_code received_close_code() const { return received_close_code_; }
  [[nodiscard]] const std::string& received_close_reason() const { return received_close_reason_; }

 private:
  enum class phase : std::uint8_t { idle, connecting, open, ended };

  // Opening.
  void send_request();
  void read_response();
  void take_response();
  void take_refusal(std::size_t head_size);
  void open(std::size_t head_size);

  // Receiving.
  void receive();
  void take_frame();
  void take_message();
  void finish_read(read_handler& handler);
  [[nodiscard]] bool has_room() const;

  // Sending.
  void encode(const message& sent);
  void answer_ping(std::string_view payload);
  void flush_soon();
  void flush();
  void write();
  void finish_write(error_code error, std::size_t size);
  void end_sending();

  // Ending.
  void send_close(close_code code, std::string_view reason);
  void fail(close_code code, std::string_view reason);
  void limit_closing();
  void end(error_code error);

  client_options options_;
  boost::asio::any_io_executor executor_;
  boost::asio::any_io_executor strand_;
  client_transport transport_;
  boost::asio::steady_timer timer_;           // for connecting, then for closing
  boost::asio::steady_timer message_or_end_;  // never expires; read() waits for its cancellation

  phase phase_ = phase::idle;
  url url_;
  std::string key_;
  http_response response_{0};
  agreement agreed_;
  std::optional<error_code> connected_;  // what connect() completes with
  error_code failure_;                   // the cause of an end that is still to come
  error_code end_;                       // what read() completes with after the last message
  close_code received_close_code_ = close_code::abnormal;
  std::string received_close_reason_;

  std::unique_ptr<char[]> buffer_;
  std::size_t response_size_ = 0;  // bytes of the response in the buffer
  std::span<char> input_;          // unparsed bytes in the buffer
  std::optional<parser> parser_;
  std::optional<inflater> inflater_;
  std::deque<message> messages_;         // unread messages
  std::size_t waiting_bytes_ = 0;        // the memory of unread messages
  std::optional<std::uint64_t> reader_;  // the number of the pending read()
  bool read_cancelled_ = false;
  bool receiving_ = false;
  bool ignores_input_ = false;  // only the end of the input matters

  client_frames frames_;
  std::deque<message> early_;                     // messages from before the connection opened
  std::string output_;                            // frames to write
  std::string written_;                           // the bytes of the current write
  std::string_view unwritten_;                    // their rest
  std::optional<std::string> late_pong_;          // a pong that waits for room in the output
  std::atomic<std::size_t> queued_messages_ = 0;  // bytes of messages that are not frames yet
  std::atomic<std::size_t> queued_frames_ = 0;    // bytes of frames
  bool writing_ = false;
  bool flushing_soon_ = false;
  bool ends_sending_ = false;  // the close frame is in the output, or sending is impossible
};

}  // namespace socketio::websocket::detail
