#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/protocol/http.hpp>

namespace socketio {

/// The boundary in a `Content-Type` of `multipart/form-data` (RFC 2046, section 5.1.1); nothing if
/// it is another type, or the boundary is missing or malformed (1 to 70 characters).
[[nodiscard]] std::optional<std::string> multipart_boundary(std::string_view content_type);

/// Limits on a form.
struct multipart_limits {
  std::size_t max_parts = 1'000;           ///< fields and files together
  std::size_t max_header_size = 8 * 1024;  ///< bytes of one part's fields
  std::size_t max_header_count = 32;       ///< fields of one part

  multipart_limits() = default;
};

/// The head of a part (RFC 7578, section 4).
struct part_head {
  std::string name;                     ///< of the form's field
  std::optional<std::string> filename;  ///< as sent, not to be trusted; nothing for a field
  std::string content_type;             ///< `text/plain` if it is not given
  http_fields headers;                  ///< all of them

  part_head() = default;
};

/// Receives the parts of a form as they arrive.
class multipart_handler {
 public:
  /// A part begins. @return false to stop the parser with part_error::refused
  virtual bool handle_part(part_head head) = 0;
  /// Bytes of the part, valid during the call. @return false to stop the parser
  virtual bool handle_data(std::string_view bytes) = 0;
  /// The part is complete. @return false to stop the parser
  virtual bool handle_part_end() = 0;

 protected:
  ~multipart_handler() = default;
};

/// Why a form is refused.
enum class multipart_error : std::uint8_t {
  none,
  malformed,  ///< not RFC 2046's format, or a part that is no form-data with a name
  too_many_parts,
  header_too_large,  ///< a part's fields are too many or too long
  refused            ///< the handler did not want it
};

/// An incremental parser of `multipart/form-data` (RFC 7578): bytes in, parts out, without I/O.
///
/// Any split of the input gives the same parts. A part's bytes are handed out as they come: the
/// parser keeps a part's fields, and as many bytes as may be the beginning of a boundary. Names in
/// UTF-8, as browsers send them, with `%22`, `%0D` and `%0A` for quotation marks and line ends;
/// `filename*` (RFC 5987) is not used, as section 4.2 demands. Not thread-safe.
class multipart_parser {
 public:
  /// @param boundary as multipart_boundary() gives it
  multipart_parser(std::string_view boundary, multipart_handler& handler,
                   const multipart_limits& limits = {});

  /// Takes the next bytes; false after an error, after which nothing more may follow.
  bool put(std::string_view bytes);
  /// Whether the closing boundary has come. What follows it (the epilogue) is ignored.
  [[nodiscard]] bool complete() const;
  [[nodiscard]] multipart_error error() const { return error_; }
  /// What was wrong, for people; a string literal.
  [[nodiscard]] std::string_view error_message() const { return error_message_; }

 private:
  multipart_error error_ = multipart_error::none;
  std::string_view error_message_;
};

/// The fields of an `application/x-www-form-urlencoded` body in their order, decoded: a plus sign
/// is a space, malformed percent escapes stay as they are (URL standard, section 5.1).
[[nodiscard]] std::vector<std::pair<std::string, std::string>> parse_form_urlencoded(
    std::string_view body);

}  // namespace socketio
