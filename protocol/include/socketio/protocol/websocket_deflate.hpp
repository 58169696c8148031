#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <socketio/protocol/http.hpp>

struct z_stream_s;

/// permessage-deflate, RFC 7692.
namespace socketio::websocket {

/// How messages are compressed: what one side is willing to do, or what both have agreed on.
struct deflate_options {
  /// Messages of fewer bytes are sent as they are.
  std::size_t threshold = 1024;
  /// Whether the server compresses each message on its own (section 7.1.1.1). Without it each
  /// connection keeps the compressor's memory, about 2^(server_max_window_bits + 2) +
  /// 2^(memory_level + 9) bytes.
  bool server_no_context_takeover = true;
  /// Whether the client does (section 7.1.1.2). Without it each connection keeps the memory for
  /// decompressing, about 2^client_max_window_bits bytes.
  bool client_no_context_takeover = true;
  /// The largest distance that the server's, and the client's, compressor looks back: 2^9 to 2^15
  /// bytes (sections 7.1.2.1 and 7.1.2.2). A client that is not able to limit its own uses 15.
  unsigned server_max_window_bits = 15;
  unsigned client_max_window_bits = 15;
  /// zlib's memory level, 1 to 9, and compression level, 1 to 9.
  unsigned memory_level = 8;
  unsigned compression_level = 6;

  deflate_options() = default;
};

/// Checks options. @throws std::invalid_argument for one that is out of range
void check(const deflate_options& options);

/// The server's choice: the first offer in the request's `Sec-WebSocket-Extensions` that suits the
/// options (section 5 and 7.1), with what has been agreed. An offer that is malformed, repeats a
/// parameter, has an unknown one or asks the server for a window of 2^8 bytes, which zlib does not
/// compress with, is passed over. A client's own window may be agreed to be that small, and is 2^15
/// bytes if the client does not let the server name one.
[[nodiscard]] std::optional<deflate_options> negotiate_deflate(const http_request& request,
                                                               const deflate_options& options);
/// The response's `Sec-WebSocket-Extensions` for what has been agreed with the request.
[[nodiscard]] std::string deflate_response(const deflate_options& agreed);

/// The client's offer: its `Sec-WebSocket-Extensions`.
[[nodiscard]] std::string deflate_offer(const deflate_options& options);
/// What the server's `Sec-WebSocket-Extensions` has made of that offer; nothing if it is not a
/// valid answer to it, or asks for a window that zlib does not compress with, which has to fail the
/// connection (section 5.2 and 7.1).
[[nodiscard]] std::optional<deflate_options> accept_deflate(std::string_view response,
                                                            const deflate_options& offered);

/// Compresses messages (section 7.2.1). Not thread-safe.
class deflater {
 public:
  /// @throws std::invalid_argument for a parameter that check() refuses
  /// @throws std::bad_alloc
  deflater(unsigned window_bits, unsigned memory_level, unsigned compression_level);
  ~deflater();
  deflater(deflater&&) noexcept;
  deflater& operator=(deflater&&) noexcept;

  /// Appends a whole message, given in two parts, compressed. It may refer to the messages before,
  /// up to the last reset(). @throws std::bad_alloc
  void compress(std::string_view head, std::string_view body, std::string& output);
  /// Forgets the messages so far.
  void reset();

 private:
  struct free_stream {
    void operator()(z_stream_s* stream) const;
  };
  std::unique_ptr<z_stream_s, free_stream> stream_;
};

/// What inflating came to.
enum class inflate_result : std::uint8_t {
  done,
  too_big,  ///< more output than the limit
  corrupt   ///< not deflate's format
};

/// Decompresses messages (section 7.2.2). Not thread-safe.
class inflater {
 public:
  /// @param window_bits the compressor's, or more: 8 to 15
  /// @throws std::invalid_argument for another number
  /// @throws std::bad_alloc
  explicit inflater(unsigned window_bits = 15);
  ~inflater();
  inflater(inflater&&) noexcept;
  inflater& operator=(inflater&&) noexcept;

  /// Decompresses the next part of a message and appends what comes of it. Stops as soon as
  /// `output` would have more than `limit` bytes. After too_big and corrupt only reset() may
  /// follow. Blocks may stand behind a final one (section 7.2.3.4), and a message may end with one.
  /// @param last whether the message ends with this part
  /// @throws std::bad_alloc
  inflate_result decompress(std::string_view part, bool last, std::uint64_t limit,
                            std::string& output);
  /// Forgets the messages so far.
  void reset();

 private:
  struct free_stream {
    void operator()(z_stream_s* stream) const;
  };
  std::unique_ptr<z_stream_s, free_stream> stream_;
};

}  // namespace socketio::websocket
