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

/// Parameters of compression: those that one side is willing to use, or that both agreed on.
struct deflate_options {
  /// The server sends messages of fewer bytes uncompressed.
  std::size_t threshold = 1024;
  /// Whether the server compresses each message on its own (section 7.1.1.1). Without it each
  /// connection keeps the compressor's memory, about 2^(server_max_window_bits + 2) +
  /// 2^(memory_level + 9) bytes.
  bool server_no_context_takeover = true;
  /// Whether the client compresses each message on its own (section 7.1.1.2). Without it each
  /// connection keeps the decompressor's memory, about 2^client_max_window_bits bytes.
  bool client_no_context_takeover = true;
  /// How far the server's and the client's compressor look back at most: 9 to 15, for 2^9 to 2^15
  /// bytes (sections 7.1.2.1 and 7.1.2.2). A client that cannot limit its own uses 15.
  unsigned server_max_window_bits = 15;
  unsigned client_max_window_bits = 15;
  /// zlib's memory level, 1 to 9, and compression level, 1 to 9.
  unsigned memory_level = 8;
  unsigned compression_level = 6;

  deflate_options() = default;
};

/// Checks options. @throws std::invalid_argument if one is out of range
void check(const deflate_options& options);

/// Returns what the server agrees to: the first acceptable offer in the request's
/// `Sec-WebSocket-Extensions`, within the options (sections 5 and 7.1). Skips an offer that is
/// malformed, repeats a parameter, has an unknown one, or asks the server for a window of 2^8
/// bytes, with which zlib cannot compress. The client's own window may be that small; it is 2^15
/// bytes if the client does not let the server limit it.
[[nodiscard]] std::optional<deflate_options> negotiate_deflate(const http_request& request,
                                                               const deflate_options& options);
/// Returns the response's `Sec-WebSocket-Extensions` for what negotiate_deflate() agreed to.
[[nodiscard]] std::string deflate_response(const deflate_options& agreed);

/// Returns the client's offer: its `Sec-WebSocket-Extensions`.
[[nodiscard]] std::string deflate_offer(const deflate_options& options);
/// Returns what the server's `Sec-WebSocket-Extensions` agreed to. If it is not a valid answer to
/// the offer, or asks for a window with which zlib cannot compress, returns nothing, and the client
/// must fail the connection (sections 5.2 and 7.1).
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

  /// Compresses a whole message, given in two parts, and appends it to `output`. It may refer to
  /// earlier messages, back to the last reset(). @throws std::bad_alloc
  void compress(std::string_view head, std::string_view body, std::string& output);
  /// Forgets earlier messages.
  void reset();

 private:
  struct free_stream {
    void operator()(z_stream_s* stream) const;
  };
  std::unique_ptr<z_stream_s, free_stream> stream_;
};

/// The outcome of decompressing.
enum class inflate_result : std::uint8_t {
  done,
  too_big,  ///< more output than the limit
  corrupt   ///< not deflate's format
};

/// Decompresses messages (section 7.2.2). Not thread-safe.
class inflater {
 public:
  /// @param window_bits at least the compressor's: 8 to 15
  /// @throws std::invalid_argument if it is out of range
  /// @throws std::bad_alloc
  explicit inflater(unsigned window_bits = 15);
  ~inflater();
  inflater(inflater&&) noexcept;
  inflater& operator=(inflater&&) noexcept;

  /// Decompresses the next part of a message and appends the result to `output`, which it does not
  /// let grow beyond `limit` bytes. After too_big or corrupt call only reset(). A final block may
  /// end the message, and other blocks may follow it (section 7.2.3.4).
  /// @param last whether the message ends with this part
  /// @throws std::bad_alloc
  inflate_result decompress(std::string_view part, bool last, std::uint64_t limit,
                            std::string& output);
  /// Forgets earlier messages.
  void reset();

 private:
  struct free_stream {
    void operator()(z_stream_s* stream) const;
  };
  std::unique_ptr<z_stream_s, free_stream> stream_;
};

}  // namespace socketio::websocket
