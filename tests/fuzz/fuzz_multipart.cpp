#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/protocol/multipart.hpp>

namespace {

using namespace socketio;

void require(bool condition) {
  if (!condition) std::abort();
}

struct part {
  part_head head;
  std::string content;
  bool ended = false;
};

bool same_head(const part_head& left, const part_head& right) {
  bool same = left.name == right.name && left.filename == right.filename &&
              left.content_type == right.content_type &&
              left.headers.size() == right.headers.size();
  for (std::size_t i = 0; same && i < left.headers.size(); ++i) {
    same = left.headers.at(i) == right.headers.at(i);
  }
  return same;
}

// Records the parts, and refuses the part that reaches `max_parts`.
class recorder final : public multipart_handler {
 public:
  explicit recorder(std::size_t max_parts) : max_parts_(max_parts) {}

  bool handle_part(part_head head) override {
    require(parts.empty() || parts.back().ended);
    parts.push_back({std::move(head), {}});
    return parts.size() < max_parts_;
  }
  bool handle_data(std::string_view bytes) override {
    require(!parts.empty() && !parts.back().ended && !bytes.empty());
    parts.back().content.append(bytes);
    return true;
  }
  bool handle_part_end() override {
    require(!parts.empty() && !parts.back().ended);
    parts.back().ended = true;
    return true;
  }

  std::vector<part> parts;

 private:
  std::size_t max_parts_;
};

struct outcome {
  explicit outcome(std::size_t max_parts) : recorded(max_parts) {}

  recorder recorded;
  multipart_error error = multipart_error::none;
  std::string_view message;
  bool complete = false;
};

// Parses a body in pieces whose sizes repeat. Each lies in memory of exactly its size, so that
// AddressSanitizer sees any access beyond it.
outcome parse(std::string_view boundary, std::string_view body, std::string_view sizes,
              const multipart_limits& limits, std::size_t max_parts) {
  outcome result(max_parts);
  multipart_parser parser(boundary, result.recorded, limits);
  const auto most = limits.max_header_size + boundary.size() + 4;
  bool going_on = true;
  for (std::size_t i = 0; going_on && !body.empty(); ++i) {
    const std::size_t wanted =
        sizes.empty() ? body.size()
                      : std::size_t{static_cast<unsigned char>(sizes[i % sizes.size()])} + 1;
    const auto piece = body.substr(0, wanted);
    body.remove_prefix(piece.size());
    const auto memory = std::make_unique<char[]>(piece.size());
    std::copy(piece.begin(), piece.end(), memory.get());
    going_on = parser.put({memory.get(), piece.size()});
    require(going_on == (parser.error() == multipart_error::none));
    require(parser.buffered() <= most);
  }
  require(going_on || !parser.put("more"));
  result.error = parser.error();
  result.message = parser.error_message();
  result.complete = parser.complete();
  require(result.message.empty() == (result.error == multipart_error::none));
  require(!result.complete || result.error == multipart_error::none);
  return result;
}

}  // namespace

// The first line of the input is a Content-Type. The second one holds the limits, the part to
// refuse, and the sizes of the pieces. The rest is the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto take_line = [&input] {
    const auto line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    return line;
  };
  const auto boundary = multipart_boundary(take_line());
  auto sizes = take_line();
  (void)parse_form_urlencoded(input);
  if (!boundary || sizes.size() < 3) return 0;
  require(!boundary->empty() && boundary->size() <= 70);

  multipart_limits limits;
  limits.max_header_size = std::size_t{static_cast<unsigned char>(sizes[0])} * 8;
  limits.max_header_count = static_cast<unsigned char>(sizes[1]) & 15U;
  limits.max_parts = static_cast<unsigned char>(sizes[1]) >> 4U;
  const auto max_parts = std::size_t{static_cast<unsigned char>(sizes[2])};
  sizes.remove_prefix(3);

  const auto whole = parse(*boundary, input, {}, limits, max_parts);
  const auto split = parse(*boundary, input, sizes, limits, max_parts);
  const auto single = parse(*boundary, input, std::string_view("\0", 1), limits, max_parts);
  for (const auto* other : {&split, &single}) {
    require(whole.error == other->error && whole.message == other->message);
    require(whole.complete == other->complete);
    require(whole.recorded.parts.size() == other->recorded.parts.size());
    for (std::size_t i = 0; i < whole.recorded.parts.size(); ++i) {
      const auto& left = whole.recorded.parts[i];
      const auto& right = other->recorded.parts[i];
      require(same_head(left.head, right.head) && left.content == right.content &&
              left.ended == right.ended);
    }
  }
  return 0;
}
