#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <socketio/protocol/http.hpp>

namespace socketio {

/// The value of a cookie that a request carries (RFC 6265, section 4.2), as sent; of several of
/// that name the first, which browsers choose for the most specific path. Nothing if there is none.
[[nodiscard]] std::optional<std::string_view> find_cookie(http_fields_view headers,
                                                          std::string_view name);

/// The attributes of a cookie that a response sets (RFC 6265, section 4.1). By default browsers
/// keep it until they are closed, from scripts, and from most of what other sites make them send.
struct cookie_attributes {
  /// Omitted if empty: then browsers take the folder of the request's path.
  std::string path = "/";
  std::string domain;                                            ///< omitted if empty
  std::optional<std::chrono::seconds> max_age;                   ///< 0: browsers remove the cookie
  std::optional<std::chrono::system_clock::time_point> expires;  ///< max_age takes precedence
  bool http_only = true;
  bool secure = false;
  bool partitioned = false;       ///< a jar of its own for each site that embeds the page
  std::string priority;           ///< Low, Medium or High; omitted if empty
  std::string same_site = "Lax";  ///< Strict, Lax or None; omitted if empty

  cookie_attributes() = default;
};

/// Adds a `Set-Cookie` to the fields of a response. Browsers remove a cookie for a `max_age` of 0,
/// if name, path and domain are the same.
/// @param value sent as it is, and without spaces, quotes, commas, semicolons, backslashes, control
/// characters and what is not ASCII: percent_encode() replaces them
/// @throws std::invalid_argument for what browsers refuse, with a sentence that says why
void set_cookie(http_fields& fields, std::string_view name, std::string_view value,
                const cookie_attributes& attributes = {});

/// Checks a cookie's name and attributes, as set_cookie() does. @throws std::invalid_argument
void check_cookie(std::string_view name, const cookie_attributes& attributes);
/// Whether the value of a cookie may have these characters (RFC 6265, section 4.1.1).
[[nodiscard]] bool is_cookie_value(std::string_view text);

}  // namespace socketio
