#include <algorithm>
#include <string>

#include <socketio/protocol/stored_request.hpp>

#include "encoded_size.hpp"

namespace socketio {
namespace {

constexpr unsigned is_http_11 = 1;
constexpr unsigned is_secure = 2;
constexpr unsigned has_label = 4;
constexpr unsigned has_client_subject = 8;

std::string_view take_text(const char*& position) {
  const auto size = detail::take_size(position);
  return {std::exchange(position, position + size), size};
}

}  // namespace

std::string_view http_request_head::path() const {
  return target.substr(0, target.find('?'));
}

std::string_view http_request_head::query() const {
  return target.substr(std::min(path().size() + 1, target.size()));
}

stored_request::stored_request(const http_request& request, std::string_view label) {
  const http_fields_view headers = request.headers;
  std::string encoded;
  const auto append_text = [&encoded](std::string_view text) {
    detail::append_size(encoded, text.size());
    encoded += text;
  };
  encoded.push_back(static_cast<char>(
      (request.version == 11 ? is_http_11 : 0) | (request.secure ? is_secure : 0) |
      (label.empty() ? 0 : has_label) | (request.client_subject ? has_client_subject : 0)));
  if (!label.empty()) append_text(label);
  if (request.client_subject) append_text(*request.client_subject);
  append_text(request.method);
  append_text(request.target);
  append_text(request.remote_address);
  append_text(headers.encoded());
#if __cpp_lib_shared_ptr_arrays >= 201707L
  const auto block = std::make_shared<char[]>(encoded.size());
#else  // libc++ before version 15
  const std::shared_ptr<char[]> block(new char[encoded.size()]);
#endif
  std::copy(encoded.begin(), encoded.end(), block.get());
  block_ = block;
}

http_request_head stored_request::head() const {
  const char* position = block_.get();
  const auto flags = static_cast<unsigned char>(*position++);
  http_request_head head;
  head.version = (flags & is_http_11) != 0 ? 11 : 10;
  head.secure = (flags & is_secure) != 0;
  if ((flags & has_label) != 0) take_text(position);
  if ((flags & has_client_subject) != 0) head.client_subject = take_text(position);
  head.method = take_text(position);
  head.target = take_text(position);
  head.remote_address = take_text(position);
  head.headers = http_fields_view(take_text(position));
  return head;
}

std::string_view stored_request::label() const {
  const char* position = block_.get();
  const auto flags = static_cast<unsigned char>(*position++);
  return (flags & has_label) != 0 ? take_text(position) : std::string_view{};
}

}  // namespace socketio
