#pragma once

#include <zlib.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace socketio {

/// Decodes one gzip member; throws std::runtime_error unless it is exactly that.
inline std::string gunzip(std::string_view coded) {
  constexpr int window_bits_of_gzip = 15 + 16;
  z_stream stream{};
  if (inflateInit2(&stream, window_bits_of_gzip) != Z_OK) throw std::runtime_error("no memory");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(coded.data()));
  stream.avail_in = static_cast<uInt>(coded.size());
  std::string content;
  int result = Z_OK;
  while (result == Z_OK) {
    char piece[4096];
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = sizeof piece;
    result = inflate(&stream, Z_NO_FLUSH);
    content.append(piece, sizeof piece - stream.avail_out);
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END || stream.avail_in != 0) throw std::runtime_error("not gzip");
  return content;
}

}  // namespace socketio
