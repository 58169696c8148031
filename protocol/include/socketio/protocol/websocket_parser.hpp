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
  /// Largest message in bytes, all fragments together; the parser checks the declared length. A
  /// compressed message may be longer by a sixteenth and 64 bytes.
  std::uint64_t max_message_size = 1'000'000;
  /// Largest number of frames of one message; more fail the connection with 1008.
  std::size_t max_fragments = 16'384;
  /// Whether RSV1 may be set on the first frame of a message (permessage-deflate was agreed).
  /// The parser does not check the UTF-8 of such a message, which the caller has to inflate first.
  bool allow_compressed = false;
  /// Whether next() returns a message in parts, as its bytes arrive, instead of as a whole.
  bool streamed = false;

  parser_options() = default;
};

/// What parser::next() found.
enum class parse_result : std::uint8_t {
  need_more,  ///< the input is used up: call again with the bytes that follow
  message,    ///< a whole text or binary message; a part of one if parser_options::streamed
  ping,
  pong,
  close,  ///< a close frame: nothing may follow it
  error   ///< fail the connection with error_code()
};

/// An incremental parser of WebSocket messages: bytes in, messages out, without I/O.
///
/// Any split of the input gives the same results. If the input contains a message as one whole
/// frame, the parser unmasks it in place and returns a view of it. It copies only incomplete
/// messages, and its memory grows with the bytes received, never with the declared length. Control
/// frames may stand between fragments. Not thread-safe.
class parser {
 public:
  explicit parser(const parser_options& options) : options_(options) {}

  /// Consumes `input` up to the end of the next message or control frame, or all of it, and may
  /// unmask the consumed bytes in place. Do not call it again after close or error.
  parse_result next(std::span<char>& input);

  /// The message, or the payload of the control frame, that next() returned; for a close frame the
  /// reason. Valid until next() is called again or the input's memory changes.
  [[nodiscard]] std::span<char> payload() const { return payload_; }
  /// The payload as characters.
  [[nodiscard]] std::string_view text() const { return {payload_.data(), payload_.size()}; }
  /// The string in which the parser assembled the message that next() returned; the caller may move
  /// from it. Null if the message lies in the input.
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
    header,   // reading a frame's header
    payload,  // reading a frame's payload
    result    // the last result may lie in a buffer, which the next call releases
  };

  // Each returns nothing if next() has to read on.
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

  // Every idle connection owns a parser: keep the object small (at most 168 bytes). Both strings
  // own memory only while a message or a control frame is incomplete.
  parser_options options_;
  std::span<char> payload_;
  std::string_view error_message_;
  std::string assembled_;           // the bytes of a message that has arrived in pieces
  std::string pending_;             // the same of a header, and then of a control frame's payload
  std::uint64_t remaining_ = 0;     // bytes of the frame's payload yet to arrive
  std::uint64_t message_size_ = 0;  // bytes of the message's frames so far, as declared
  std::size_t fragments_ = 0;       // frames of the message so far
  std::array<std::uint8_t, 4> key_{};
  close_code close_code_ = close_code::no_status;
  opcode message_opcode_ = opcode::continuation;
  bool message_compressed_ = false;
  bool message_open_ = false;  // the message's last frame has not arrived
  bool last_ = true;
  utf8_validator utf8_;  // checks text; between two code points when a message ends
  stage stage_ = stage::header;
  opcode frame_opcode_ = opcode::continuation;
  bool frame_fin_ = false;
  std::uint8_t key_offset_ = 0;  // position in the key for the payload's next byte
};

}  // namespace socketio::websocket
