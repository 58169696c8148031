#include <socketio/protocol/websocket_deflate.hpp>

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <new>
#include <utility>

#include <socketio/detail/check_option.hpp>

namespace socketio::websocket {
namespace {

constexpr std::string_view extension_name = "permessage-deflate";
constexpr unsigned min_window_bits = 8;  // RFC 7692's
constexpr unsigned min_deflate_window_bits = 9;
constexpr unsigned max_window_bits = 15;
constexpr unsigned max_level = 9;

// The end of a flushed message; the sender leaves it out (section 7.2.1).
constexpr std::string_view message_end{"\x00\x00\xff\xff", 4};

// zlib writes its output in blocks of this size.
constexpr std::size_t block_size = 16'384;
using block_type = std::array<char, block_size>;

// Gives zlib the front of `input`, as much as it can take at once.
void feed(z_stream& stream, std::string_view& input) {
  const auto part = input.substr(0, std::numeric_limits<uInt>::max());
  input.remove_prefix(part.size());
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));
  stream.avail_in = static_cast<uInt>(part.size());
}

void offer_room(z_stream& stream, block_type& block, std::size_t size) {
  stream.next_out = reinterpret_cast<Bytef*>(block.data());
  stream.avail_out = static_cast<uInt>(size);
}

void deflate_all(z_stream& stream, std::string_view input, int flush, std::string& output) {
  block_type block;
  do {
    feed(stream, input);
    do {
      offer_room(stream, block, block.size());
      deflate(&stream, input.empty() ? flush : Z_NO_FLUSH);
      output.append(block.data(), block.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  } while (!input.empty());
}

enum class progress : std::uint8_t {
  open,   // all input is used, and a block may go on
  ended,  // all input is used, and a final block ended with it
  too_big,
  corrupt
};

progress inflate_all(z_stream& stream, std::string_view input, std::uint64_t limit,
                     std::string& output) {
  block_type block;
  feed(stream, input);
  while (true) {
    // Room for one byte beyond the limit shows whether the output exceeds it.
    const auto allowed = limit - output.size();
    const auto room = allowed < block.size() ? static_cast<std::size_t>(allowed) + 1 : block.size();
    offer_room(stream, block, room);
    const int status = inflate(&stream, Z_SYNC_FLUSH);
    const auto produced = room - stream.avail_out;
    if (produced > allowed) {
      output.append(block.data(), produced - 1);
      return progress::too_big;
    }
    output.append(block.data(), produced);
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status != Z_OK && status != Z_BUF_ERROR && status != Z_STREAM_END) return progress::corrupt;

    if (stream.avail_in == 0 && !input.empty()) {
      feed(stream, input);
    } else if (stream.avail_in == 0 && status == Z_STREAM_END) {
      return progress::ended;
    } else if (stream.avail_in == 0 && stream.avail_out != 0) {
      return progress::open;
    }
    // inflateReset() would drop the window, which later blocks may refer to; saving and restoring
    // it would copy the window for every two bytes of a message full of final blocks.
    if (status == Z_STREAM_END) inflateResetKeep(&stream);
  }
}

// An element of Sec-WebSocket-Extensions (RFC 6455, section 9.1) has a name and parameters. The
// functions below read each byte of the text once, whatever a client sends.

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

bool skip(std::string_view& text, char delimiter) {
  skip_blanks(text);
  if (!text.starts_with(delimiter)) return false;
  text.remove_prefix(1);
  return true;
}

std::string_view take_word(std::string_view& text) {
  skip_blanks(text);
  const auto word = text.substr(0, text.find_first_of(" \t,;=\""));
  text.remove_prefix(word.size());
  return word;
}

// Takes a quoted string and returns it without quotes and escapes; empty if it does not end.
std::string take_quoted(std::string_view& text) {
  std::string content;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return content;
    }
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    content.push_back(text[i]);
  }
  text = {};
  return {};
}

std::string take_value(std::string_view& text) {
  skip_blanks(text);
  return text.starts_with('"') ? take_quoted(text) : std::string(take_word(text));
}

// The parameters of an offer, or of the response to one.
struct parameters {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  std::optional<unsigned> server_max_window_bits;
  bool has_client_max_window_bits = false;
  std::optional<unsigned> client_max_window_bits;  // has a value only if the parameter has one
};

std::optional<unsigned> parse_window_bits(std::string_view value) {
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), bits);
  if (error != std::errc{} || end != value.data() + value.size() || value.front() == '0' ||
      bits < min_window_bits || bits > max_window_bits) {
    return std::nullopt;
  }
  return bits;
}

// Returns whether the parameter exists, occurs for the first time, and has a valid value.
bool add(parameters& known, std::string_view name, const std::optional<std::string>& value) {
  if (name == "server_no_context_takeover") {
    return !std::exchange(known.server_no_context_takeover, true) && !value;
  }
  if (name == "client_no_context_takeover") {
    return !std::exchange(known.client_no_context_takeover, true) && !value;
  }
  if (name == "server_max_window_bits") {
    if (known.server_max_window_bits || !value) return false;
    known.server_max_window_bits = parse_window_bits(*value);
    return known.server_max_window_bits.has_value();
  }
  if (name == "client_max_window_bits") {
    if (std::exchange(known.has_client_max_window_bits, true)) return false;
    if (!value) return true;
    known.client_max_window_bits = parse_window_bits(*value);
    return known.client_max_window_bits.has_value();
  }
  return false;
}

// Takes the next element and the comma after it; nothing if it is another extension or invalid.
std::optional<parameters> take_element(std::string_view& text) {
  parameters found;
  bool valid = take_word(text) == extension_name;
  while (skip(text, ';')) {
    const auto name = take_word(text);
    std::optional<std::string> value;
    if (skip(text, '=')) value = take_value(text);
    valid = add(found, name, value) && valid;
  }
  while (!text.empty() && !skip(text, ',')) {
    valid = false;
    if (text.starts_with('"')) {
      take_quoted(text);
    } else if (!text.empty()) {
      text.remove_prefix(std::min(text.find_first_of(",\"", 1), text.size()));
    }
  }
  return valid ? std::optional(found) : std::nullopt;
}

std::optional<deflate_options> agree(const parameters& offer, const deflate_options& options) {
  auto agreed = options;
  agreed.server_no_context_takeover |= offer.server_no_context_takeover;
  agreed.client_no_context_takeover |= offer.client_no_context_takeover;
  if (offer.server_max_window_bits) {
    if (*offer.server_max_window_bits < min_deflate_window_bits) return std::nullopt;
    // If the offer has the parameter, the response must have it (section 7.1.2.1). describe() omits
    // the largest window, so the server agrees to less.
    agreed.server_max_window_bits = std::min(
        {options.server_max_window_bits, *offer.server_max_window_bits, max_window_bits - 1});
  }
  // If the offer lacks the parameter, the response must not have it (section 7.1.2.2).
  agreed.client_max_window_bits =
      offer.has_client_max_window_bits
          ? std::min(options.client_max_window_bits,
                     offer.client_max_window_bits.value_or(max_window_bits))
          : max_window_bits;
  return agreed;
}

// Formats what offers and responses have in common.
std::string describe(const deflate_options& options) {
  std::string text(extension_name);
  if (options.server_no_context_takeover) text += "; server_no_context_takeover";
  if (options.client_no_context_takeover) text += "; client_no_context_takeover";
  if (options.server_max_window_bits < max_window_bits) {
    text += "; server_max_window_bits=" + std::to_string(options.server_max_window_bits);
  }
  if (options.client_max_window_bits < max_window_bits) {
    text += "; client_max_window_bits=" + std::to_string(options.client_max_window_bits);
  }
  return text;
}

}  // namespace

void check(const deflate_options& options) {
  detail::check_range("server_max_window_bits", options.server_max_window_bits,
                      min_deflate_window_bits, max_window_bits);
  detail::check_range("client_max_window_bits", options.client_max_window_bits,
                      min_deflate_window_bits, max_window_bits);
  detail::check_range("memory_level", options.memory_level, 1, max_level);
  detail::check_range("compression_level", options.compression_level, 1, max_level);
}

std::optional<deflate_options> negotiate_deflate(const http_request& request,
                                                 const deflate_options& options) {
  for (auto [name, list] : request.headers) {
    if (!equals_ignoring_case(name, "Sec-WebSocket-Extensions")) continue;
    while (!list.empty()) {
      const auto offer = take_element(list);
      if (!offer) continue;
      if (auto agreed = agree(*offer, options)) return agreed;
    }
  }
  return std::nullopt;
}

std::string deflate_response(const deflate_options& agreed) {
  return describe(agreed);
}

std::string deflate_offer(const deflate_options& options) {
  auto offer = describe(options);
  // Without a value, so that the server may choose one.
  if (options.client_max_window_bits == max_window_bits) offer += "; client_max_window_bits";
  return offer;
}

std::optional<deflate_options> accept_deflate(std::string_view response,
                                              const deflate_options& offered) {
  const auto answer = take_element(response);
  if (!answer || !response.empty()) return std::nullopt;
  if (offered.server_no_context_takeover && !answer->server_no_context_takeover) {
    return std::nullopt;
  }
  const auto server_bits = answer->server_max_window_bits.value_or(max_window_bits);
  if (server_bits > offered.server_max_window_bits) return std::nullopt;
  if (answer->has_client_max_window_bits &&
      (!answer->client_max_window_bits ||
       *answer->client_max_window_bits < min_deflate_window_bits ||
       *answer->client_max_window_bits > offered.client_max_window_bits)) {
    return std::nullopt;
  }

  auto agreed = offered;
  agreed.server_no_context_takeover = answer->server_no_context_takeover;
  agreed.client_no_context_takeover |= answer->client_no_context_takeover;
  agreed.server_max_window_bits = server_bits;
  agreed.client_max_window_bits =
      answer->client_max_window_bits.value_or(offered.client_max_window_bits);
  return agreed;
}

deflater::deflater(unsigned window_bits, unsigned memory_level, unsigned compression_level)
    : stream_(new z_stream{}) {
  detail::check_range("window_bits", window_bits, min_deflate_window_bits, max_window_bits);
  detail::check_range("memory_level", memory_level, 1, max_level);
  detail::check_range("compression_level", compression_level, 1, max_level);
  // Negative window bits: deflate's format without a header.
  if (deflateInit2(stream_.get(), static_cast<int>(compression_level), Z_DEFLATED,
                   -static_cast<int>(window_bits), static_cast<int>(memory_level),
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
}

deflater::~deflater() = default;
deflater::deflater(deflater&&) noexcept = default;
deflater& deflater::operator=(deflater&&) noexcept = default;

void deflater::free_stream::operator()(z_stream_s* stream) const {
  deflateEnd(stream);
  delete stream;
}

void deflater::compress(std::string_view head, std::string_view body, std::string& output) {
  if (head.empty() && body.empty()) {
    // After a flush zlib writes nothing, but the message needs a block's header (section 7.2.3.6).
    output.push_back('\0');
    return;
  }
  if (!head.empty()) deflate_all(*stream_, head, body.empty() ? Z_SYNC_FLUSH : Z_NO_FLUSH, output);
  if (!body.empty()) deflate_all(*stream_, body, Z_SYNC_FLUSH, output);
  output.resize(output.size() - message_end.size());
}

void deflater::reset() {
  deflateReset(stream_.get());
}

inflater::inflater(unsigned window_bits) : stream_(new z_stream{}) {
  detail::check_range("window_bits", window_bits, min_window_bits, max_window_bits);
  if (inflateInit2(stream_.get(), -static_cast<int>(window_bits)) != Z_OK) throw std::bad_alloc();
}

inflater::~inflater() = default;
inflater::inflater(inflater&&) noexcept = default;
inflater& inflater::operator=(inflater&&) noexcept = default;

void inflater::free_stream::operator()(z_stream_s* stream) const {
  inflateEnd(stream);
  delete stream;
}

inflate_result inflater::decompress(std::string_view part, bool last, std::uint64_t limit,
                                    std::string& output) {
  if (output.size() > limit) return inflate_result::too_big;
  auto found = inflate_all(*stream_, part, limit, output);
  if (found == progress::open && last) {
    // A complete message lacks exactly the block that `message_end` is. If zlib takes these bytes
    // for anything else, the message was cut off.
    const auto size = output.size();
    found = inflate_all(*stream_, message_end, limit, output);
    // zlib sets data_type to this between two blocks, if no bits of a byte are left.
    constexpr int between_blocks = 128;
    if (found == progress::open && stream_->data_type != between_blocks) found = progress::corrupt;
    if (output.size() != size) found = progress::corrupt;
  }
  if (found == progress::ended && last) inflateResetKeep(stream_.get());

  switch (found) {
    case progress::too_big:
      return inflate_result::too_big;
    case progress::corrupt:
      return inflate_result::corrupt;
    default:
      return inflate_result::done;
  }
}

void inflater::reset() {
  inflateReset(stream_.get());
}

}  // namespace socketio::websocket
