#include <socketio/protocol/websocket_parser.hpp>

#include <algorithm>
#include <limits>

#include "websocket_frame_bits.hpp"

namespace socketio::websocket {
namespace {

constexpr std::uint8_t other_rsv_bits = 0x30;
constexpr std::uint8_t opcode_bits = 0x0F;
constexpr std::uint8_t length_bits = 0x7F;

constexpr std::uint8_t max_short_length = 125;
constexpr std::size_t key_size = 4;
constexpr std::size_t max_received_header_size = max_header_size + key_size;

// How many bytes the parser may reserve for each byte that has arrived: a declared length alone
// must not cost memory. After a read of 64 KB a message of 1 MB gets its memory at once, and is
// never copied to a larger block.
constexpr std::uint64_t fair_share = 16;

std::uint8_t byte_at(std::string_view bytes, std::size_t position) {
  return static_cast<std::uint8_t>(bytes[position]);
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) number = number << 8 | byte_at(bytes, i);
  return number;
}

bool is_known(opcode code) {
  switch (code) {
    case opcode::continuation:
    case opcode::text:
    case opcode::binary:
    case opcode::close:
    case opcode::ping:
    case opcode::pong:
      return true;
  }
  return false;
}

bool is_control(opcode code) {
  return code >= opcode::close;
}

// Assigning an empty string would keep the memory.
void release(std::string& buffer) {
  std::string().swap(buffer);
}

}  // namespace

parse_result parser::next(std::span<char>& input) {
  if (stage_ == stage::result) release_result();
  while (true) {
    if (stage_ == stage::header) {
      if (const auto ended = read_header(input)) return *ended;
    }
    if (const auto ended = is_control(frame_opcode_) ? read_control(input) : read_data(input)) {
      return *ended;
    }
  }
}

void parser::release_result() {
  release(is_control(frame_opcode_) ? pending_ : assembled_);
  payload_ = {};
  stage_ = stage::header;
}

parse_result parser::fail(close_code code, std::string_view message) {
  payload_ = {};
  close_code_ = code;
  error_message_ = message;
  return parse_result::error;
}

// Compression makes incompressible messages a little longer.
std::uint64_t parser::max_size(bool compressed) const {
  constexpr std::uint64_t share = 16;
  constexpr std::uint64_t overhead = 64;
  const auto size = options_.max_message_size;
  const bool has_room = size < std::numeric_limits<std::uint64_t>::max() / 2;
  return compressed && has_room ? size + size / share + overhead : size;
}

std::optional<parse_result> parser::read_header(std::span<char>& input) {
  std::string_view bytes{input.data(), input.size()};
  const auto held = pending_.size();
  if (held != 0) {
    pending_.append(bytes.substr(0, max_received_header_size - held));
    bytes = pending_;
  }
  const auto wait = [&] {
    if (held == 0) pending_.append(bytes);
    input = {};
    return parse_result::need_more;
  };

  if (bytes.size() < 2) return wait();
  const auto first = byte_at(bytes, 0);
  const auto second = byte_at(bytes, 1);
  if (const auto wrong = check_flags(first, second)) {
    return fail(close_code::protocol_error, *wrong);
  }
  const auto code = static_cast<opcode>(first & opcode_bits);
  const auto fragment = code == opcode::continuation ? fragments_ + 1 : 1;
  if (fragment > options_.max_fragments) {
    return fail(close_code::policy_violation, "too many fragments");
  }

  const auto header = read_frame_header(bytes);
  if (!header) return wait();
  const auto length = header->payload_size;
  const auto length_size = header->size - 2 - (header->masked ? key_size : 0);
  if (length_size != 0) {
    if (length <= (length_size == 2 ? max_short_length : 0xFFFFU)) {
      return fail(close_code::protocol_error, "length not in its shortest form");
    }
    if (length >> 63 != 0) {
      return fail(close_code::protocol_error, "most significant bit of the length is set");
    }
  }
  // The size so far never exceeds the limit, so that the subtraction cannot wrap, as a sum could.
  const bool continues = code == opcode::continuation;
  const auto size_before = continues ? message_size_ : 0;
  const auto limit = max_size(continues ? message_compressed_ : header->rsv1);
  if (!is_control(code) && length > limit - size_before) {
    return fail(close_code::message_too_big, "message too big");
  }

  key_ = header->key;
  pending_.clear();
  input = input.subspan(header->size - held);

  stage_ = stage::payload;
  remaining_ = length;
  key_offset_ = 0;
  frame_opcode_ = code;
  frame_fin_ = header->fin;
  if (!is_control(code)) {
    fragments_ = fragment;
    message_size_ = size_before + length;
    message_open_ = !frame_fin_;
    if (code != opcode::continuation) {
      message_opcode_ = code;
      message_compressed_ = header->rsv1;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> parser::check_flags(std::uint8_t first, std::uint8_t second) const {
  const auto code = static_cast<opcode>(first & opcode_bits);
  if ((first & other_rsv_bits) != 0) return "reserved bit set";
  if (!is_known(code)) return "unknown opcode";
  if ((first & frame_bits::rsv1) != 0 &&
      (!options_.allow_compressed || (code != opcode::text && code != opcode::binary))) {
    return "unexpected RSV1";
  }
  if (is_control(code)) {
    if ((first & frame_bits::fin) == 0) return "fragmented control frame";
    if ((second & length_bits) > max_short_length) return "control frame too long";
  } else if ((code == opcode::continuation) != message_open_) {
    return message_open_ ? "new message within another" : "continuation of no message";
  }
  if (((second & frame_bits::mask) != 0) != options_.masked) {
    return options_.masked ? "frame not masked" : "frame masked";
  }
  return std::nullopt;
}

// Takes the part of the frame's payload that has arrived, and unmasks it.
std::span<char> parser::take_payload(std::span<char>& input) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
  const auto taken = input.first(size);
  if (options_.masked) {
    apply_mask(taken, key_, key_offset_);
    key_offset_ = static_cast<std::uint8_t>((key_offset_ + size) % key_size);
  }
  input = input.subspan(size);
  remaining_ -= size;
  return taken;
}

std::optional<parse_result> parser::read_control(std::span<char>& input) {
  const auto taken = take_payload(input);
  if (remaining_ == 0 && pending_.empty()) {
    payload_ = taken;
    return finish_control();
  }
  pending_.append(taken.begin(), taken.end());
  if (remaining_ != 0) return parse_result::need_more;
  payload_ = pending_;
  return finish_control();
}

parse_result parser::finish_control() {
  stage_ = stage::result;
  if (frame_opcode_ == opcode::ping) return parse_result::ping;
  if (frame_opcode_ == opcode::pong) return parse_result::pong;

  close_code_ = close_code::no_status;
  if (payload_.empty()) return parse_result::close;
  constexpr std::size_t code_size = 2;
  if (payload_.size() < code_size) {
    return fail(close_code::protocol_error, "close frame with half a code");
  }
  const auto code = static_cast<std::uint16_t>(big_endian(text().substr(0, code_size)));
  if (!is_valid_close_code(code)) return fail(close_code::protocol_error, "invalid close code");
  payload_ = payload_.subspan(code_size);
  if (!is_valid_utf8(text())) {
    return fail(close_code::invalid_payload, "reason of a close frame is not UTF-8");
  }
  close_code_ = static_cast<close_code>(code);
  return parse_result::close;
}

std::optional<parse_result> parser::read_data(std::span<char>& input) {
  const auto taken = take_payload(input);
  const auto last = remaining_ == 0 && frame_fin_;
  if (has_text() && (!utf8_.feed({taken.data(), taken.size()}) || (last && !utf8_.complete()))) {
    return fail(close_code::invalid_payload, "text is not UTF-8");
  }
  if (options_.streamed) {
    payload_ = taken;
    last_ = last;
    stage_ = remaining_ == 0 ? stage::header : stage::payload;
    if (!taken.empty() || last) return parse_result::message;
    return remaining_ == 0 ? std::nullopt : std::optional(parse_result::need_more);
  }
  if (last && assembled_.empty()) {
    payload_ = taken;
  } else {
    append_to_message(taken);
    if (remaining_ != 0) return parse_result::need_more;
    if (!frame_fin_) {
      stage_ = stage::header;
      return std::nullopt;
    }
    payload_ = assembled_;
  }
  stage_ = stage::result;
  return parse_result::message;
}

void parser::append_to_message(std::span<const char> bytes) {
  const auto arrived = assembled_.size() + bytes.size();
  const auto declared = arrived + remaining_;
  if (declared > assembled_.capacity() && arrived >= declared / fair_share) {
    // Double the capacity at least, lest many small fragments copy the message again and again, but
    // do not exceed the largest message. Use a new string: reserve() would round up to the double.
    const auto doubled = std::max<std::uint64_t>(declared, 2 * assembled_.capacity());
    std::string larger;
    larger.reserve(static_cast<std::size_t>(std::min(doubled, max_size(message_compressed_))));
    larger.append(assembled_);
    assembled_.swap(larger);
  }
  assembled_.append(bytes.begin(), bytes.end());
}

}  // namespace socketio::websocket
