#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <socketio/protocol/utf8.hpp>
#include <socketio/protocol/websocket_frame.hpp>

namespace socketio::websocket {

/// What a parser accepts.
struct parser_options {
  /// Whether frames must be masked (a server's parser) or must not be (a client's), section 5.1.
  bool masked = true;
  /// Largest message in bytes, over all its fragments; checked on the declared length. A compressed
  /// one may be longer by a sixteenth and 64 bytes.
  std::uint64_t max_message_size = 1'000'000;
  /// Most frames that one message may come in; more end the connection with 1008.
  std::size_t max_fragments = 16'384;
  /// Whether RSV1 may be set on the first frame of a message (permessage-deflate was agreed).
  /// The text of such a message is not checked for UTF-8: it has to be inflated first.
  bool allow_compressed = false;
  /// Whether a message is handed out in parts, as its bytes arrive, instead of as a whole.
  bool streamed = false;

  parser_options() = default;
};

/// What parser::next() found.
enum class parse_result : std::uint8_t {
  need_more,  ///< the input is used up: call again with the bytes that follow
  message,    ///< a whole text or binary message; if they are streamed, a part of one
  ping,
  pong,
  close,  ///< a close frame: nothing may follow it
  error   ///< the connection has to be failed with error_code()
};

/// An incremental parser of WebSocket messages: bytes in, messages out, without I/O.
///
/// Any split of the input gives the same results. A message that lies whole in one frame within the
/// input is unmasked in place and handed out as a view of it; only what is incomplete is copied,
/// and memory grows with the bytes received, never with the length declared. Control frames may
/// stand between fragments. Not thread-safe.
class parser {
 public:
  explicit parser(const parser_options& options) : options_(options) {}

  /// Consumes from the front of `input` up to the end of the next message or control frame, or all
  /// of it. Bytes consumed may have been unmasked in place. After close or error, not to be called
  /// again.
  parse_result next(std::span<char>& input);

  /// The message, or the payload of the control frame, that next() returned; for a close frame the
  /// reason. Valid until next() is called again or the input's memory changes.
  [[nodiscard]] std::span<char> payload() const { return payload_; }
  /// The payload as characters.
  [[nodiscard]] std::string_view text() const { return {payload_.data(), payload_.size()}; }
  /// The string that holds the message next() returned, if it has been put together in one: it may
  /// be moved from instead of copied. Null if the message lies in the input.
  [[nodiscard]] std::string* assembled() { return assembled_.empty() ? nullptr : &assembled_; }
  /// Whether the message ends with this part; always true if messages are not streamed. The last
  /// part may be empty.
  [[nodiscard]] bool last() const { return last_; }
  /// Whether the message is binary.
  [[nodiscard]] bool binary() const { return message_opcode_ == opcode::binary; }
  /// Whether the message had RSV1 set.
  [[nodiscard]] bool compressed() const { return message_compressed_; }
  /// The code of the close frame: no_status if it had none.
  [[nodiscard]] close_code received_close_code() const { return close_code_; }
  /// The code to fail the connection with: protocol_error, invalid_payload, policy_violation or
  /// message_too_big.
  [[nodiscard]] close_code error_code() const { return close_code_; }
  /// What was wrong, for logs; a string literal.
  [[nodiscard]] std::string_view error_message() const { return error_message_; }

  [[nodiscard]] const parser_options& options() const { return options_; }
  /// Bytes of an incomplete message that the parser holds.
  [[nodiscard]] std::size_t buffered() const { return assembled_.size(); }

 private:
  enum class stage : std::uint8_t {
    header,   // a frame's header is being read
    payload,  // a frame's payload is being read
    result    // what the last call returned may lie in a buffer, which the next one releases
  };

  // These return nothing if the frame goes on, or the next one has to be read.
  std::optional<parse_result> read_header(std::span<char>& input);
  std::optional<parse_result> read_control(std::span<char>& input);
  std::optional<parse_result> read_data(std::span<char>& input);

  [[nodiscard]] std::optional<std::string_view> check_flags(std::uint8_t first,
                                                            std::uint8_t second) const;
  [[nodiscard]] std::uint64_t max_size(bool compressed) const;
  parse_result finish_control();
  std::span<char> take_payload(std::span<char>& input);
  void append_to_message(std::span<const char> bytes);
  void release_result();
  parse_result fail(close_code code, std::string_view message);

  [[nodiscard]] bool has_text() const {
    return message_opcode_ == opcode::text && !message_compressed_;
  }

  // An idle connection owns a parser: the object is to be small (at most 168 bytes), and both
  // strings own no memory while no message and no control frame is incomplete.
  parser_options options_;
  std::span<char> payload_;
  std::string_view error_message_;
  std::string assembled_;        // what has come of a message that does not lie whole in the input
  std::string pending_;          // the same of a header, and then of a control frame's payload
  std::uint64_t remaining_ = 0;  // bytes of the frame's payload that are still to come
  std::uint64_t message_size_ = 0;  // bytes of the message's frames so far, as declared
  std::size_t fragments_ = 0;       // frames of the message so far
  std::array<std::uint8_t, 4> key_{};
  close_code close_code_ = close_code::no_status;
  opcode message_opcode_ = opcode::continuation;
  bool message_compressed_ = false;
  bool message_open_ = false;  // frames of the message are still to come
  bool last_ = true;
  utf8_validator utf8_;  // of text; between two code points when a message ends
  stage stage_ = stage::header;
  opcode frame_opcode_ = opcode::continuation;
  bool frame_fin_ = false;
  std::uint8_t key_offset_ = 0;  // position in the key of the next byte of the payload
};

}  // namespace socketio::websocket
