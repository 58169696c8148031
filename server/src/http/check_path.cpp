#include "check_path.hpp"

#include <socketio/detail/check_option.hpp>

namespace socketio::detail {

void check_path(std::string_view option, std::string_view path) {
  constexpr std::string_view allowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()+,;=:@%/";
  if (!path.starts_with('/')) detail::refuse_text(option, path, "begin with a slash");
  if (path.find('*') != std::string_view::npos) {
    detail::refuse_text(option, path, "have no * but at its end");
  }
  if (path.find_first_not_of(allowed) != std::string_view::npos) {
    detail::refuse_text(option, path, "be percent-encoded, without query or fragment");
  }
}

}  // namespace socketio::detail
