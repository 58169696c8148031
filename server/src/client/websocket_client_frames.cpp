#include "websocket_client_frames.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

namespace socketio::websocket::detail {

std::array<std::uint8_t, 4> masking_keys::next() {
  if (used_ == random_.size()) {
    if (RAND_bytes(random_.data(), static_cast<int>(random_.size())) != 1) {
      throw std::runtime_error("the system's random generator failed");
    }
    used_ = 0;
  }
  std::array<std::uint8_t, 4> key;
  std::copy_n(random_.data() + used_, key.size(), key.begin());
  used_ += key.size();
  return key;
}

void client_frames::append_message(std::string& output, const message& sent) {
  const auto code = sent.binary ? opcode::binary : opcode::text;
  if (!deflate_ || sent.data.size() < deflate_->threshold) {
    append_masked_frame(output, code, sent.data, keys_.next());
    return;
  }
  if (!deflater_) {
    deflater_.emplace(deflate_->client_max_window_bits, deflate_->memory_level,
                      deflate_->compression_level);
  }
  std::string compressed;
  deflater_->compress({}, sent.data, compressed);
  if (deflate_->client_no_context_takeover) deflater_->reset();
  append_masked_frame(output, code, compressed, keys_.next(), true, true);
}

void client_frames::append_control(std::string& output, opcode code, std::string_view payload) {
  append_masked_frame(output, code, payload, keys_.next());
}

void client_frames::append_close(std::string& output, close_code code, std::string_view reason) {
  constexpr std::size_t header_size = 2;
  std::string frame;
  append_close_frame(frame, code, reason);
  append_control(output, opcode::close, std::string_view(frame).substr(header_size));
}

}  // namespace socketio::websocket::detail
