#include <zlib.h>

#include <new>

#include <socketio/protocol/content_coding.hpp>
#include <socketio/protocol/http.hpp>

#include "parse_double.hpp"
#include "text.hpp"

namespace socketio {
namespace {

// Returns the weight that a list gives a coding, by name or by `*`; 0 if it refuses the coding.
double weight_of(std::string_view list, std::string_view coding) {
  double any = 0;
  while (!list.empty()) {
    const auto comma = list.find(',');
    auto element = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    const auto semicolon = element.find(';');
    const auto name = detail::trim(element.substr(0, semicolon));
    double weight = 1;
    if (semicolon != std::string_view::npos) {
      const auto parameter = detail::trim(element.substr(semicolon + 1));
      if (parameter.size() > 2 && equals_ignoring_case(parameter.substr(0, 2), "q=")) {
        if (detail::parse_double(parameter.substr(2), weight).ec != std::errc{}) weight = 0;
      }
    }
    if (equals_ignoring_case(name, coding)) return weight;
    if (name == "*") any = weight;
  }
  return any;
}

}  // namespace

content_coding choose_content_coding(std::string_view accept_encoding) {
  const auto gzip = weight_of(accept_encoding, "gzip");
  const auto deflate = weight_of(accept_encoding, "deflate");
  if (gzip > 0 && gzip >= deflate) return content_coding::gzip;
  return deflate > 0 ? content_coding::deflate : content_coding::identity;
}

std::string_view name_of(content_coding coding) {
  switch (coding) {
    case content_coding::gzip:
      return "gzip";
    case content_coding::deflate:
      return "deflate";
    default:
      return "identity";
  }
}

std::string encode_content(content_coding coding, std::string_view body) {
  if (coding == content_coding::identity) return std::string(body);
  constexpr int window_bits = 15;
  constexpr int gzip_format = 16;  // added to the window bits; without it zlib's own format
  constexpr int memory_level = 8;
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                   window_bits + (coding == content_coding::gzip ? gzip_format : 0), memory_level,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string encoded(deflateBound(&stream, static_cast<uLong>(body.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(encoded.data());
  stream.avail_out = static_cast<uInt>(encoded.size());
  deflate(&stream, Z_FINISH);
  encoded.resize(stream.total_out);
  deflateEnd(&stream);
  return encoded;
}

}  // namespace socketio
