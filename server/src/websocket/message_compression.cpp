#include "message_compression.hpp"

namespace socketio::detail {

std::optional<std::string> message_compression::compress(std::string_view head,
                                                         std::string_view body) {
  const auto size = head.size() + body.size();
  if (size < agreed_.threshold) return std::nullopt;
  std::string compressed;
  if (agreed_.server_no_context_takeover) {
    contexts_.fresh_deflater(agreed_).compress(head, body, compressed);
    if (compressed.size() >= size) return std::nullopt;
    return compressed;
  }
  // Send it compressed even if it is not shorter, because the peer's window has to follow this one.
  if (!deflater_) {
    deflater_.emplace(agreed_.server_max_window_bits, agreed_.memory_level,
                      agreed_.compression_level);
  }
  deflater_->compress(head, body, compressed);
  return compressed;
}

std::optional<std::string_view> message_compression::shared_frame(
    const engineio::encoded_message& message) {
  if (!message.compress() || message.data().size() < agreed_.threshold) return std::nullopt;
  const auto frame = message.compressed_frame(agreed_, contexts_);
  // The peer's window now contains a message that the own compressor has not seen: restart that.
  if (deflater_) deflater_->reset();
  return frame;
}

websocket::inflater& message_compression::inflater_for(bool whole) {
  if (agreed_.client_no_context_takeover && whole) return contexts_.fresh_inflater();
  if (!inflater_) inflater_.emplace(agreed_.client_max_window_bits);
  return *inflater_;
}

websocket::inflate_result message_compression::decompress(std::string_view part, bool last,
                                                          std::uint64_t limit,
                                                          std::string& output) {
  const bool whole = last && !in_parts_;
  const auto result = inflater_for(whole).decompress(part, last, limit - decompressed_, output);
  inflated_ += output.size();
  in_parts_ = !last;
  decompressed_ = last ? 0 : decompressed_ + output.size();
  if (last && agreed_.client_no_context_takeover) inflater_.reset();
  return result;
}

bool message_compression::is_valid_text(std::string_view part, bool last) {
  return utf8_.feed(part) && (!last || utf8_.complete());
}

}  // namespace socketio::detail
