#pragma once

#include <array>
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
  std::size_t max_parts = 1'000;        ///< fields and files together
  std::size_t max_header_size = 8'192;  ///< bytes of one part's fields, with all line ends
  std::size_t max_header_count = 32;    ///< fields of one part

  multipart_limits() = default;
};

/// The head of a part (RFC 7578, section 4). What the client chose is not to be trusted: names may
/// have slashes, line ends, and bytes that are no UTF-8.
struct part_head {
  std::string name;                     ///< of the form's field
  std::optional<std::string> filename;  ///< as the client calls the file; nothing for a field
  std::string content_type;             ///< `text/plain` if it is not given
  http_fields headers;                  ///< all of them

  part_head() = default;
};

/// Receives the parts of a form as they arrive. After an exception nothing more may be put into the
/// parser.
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
/// parser keeps a part's fields, and how much of a boundary may have come. The time it takes is
/// linear in the input.
///
/// A line that begins with the boundary is one (RFC 2046, section 5.1.1): only blanks may follow
/// it. Names are in UTF-8 as browsers send them, with `%22`, `%0D` and `%0A` for quotation marks
/// and line ends, which are decoded. A backslash that is not before a quotation mark or another one
/// stands for itself, as in `C:\folder\file`. `filename*` (RFC 5987) is not used, as section 4.2
/// demands. Not thread-safe.
class multipart_parser {
 public:
  /// @param boundary as multipart_boundary() gives it
  /// @param handler has to outlive the parser
  /// @throws std::invalid_argument if the boundary is none
  multipart_parser(std::string_view boundary, multipart_handler& handler,
                   const multipart_limits& limits = {});

  /// Takes the next bytes; false after an error, after which nothing more may follow.
  bool put(std::string_view bytes);
  /// Whether the closing boundary has come. What follows it (the epilogue) is ignored.
  [[nodiscard]] bool complete() const { return stage_ == stage::epilogue; }
  [[nodiscard]] multipart_error error() const { return error_; }
  /// What was wrong, for people; a string literal.
  [[nodiscard]] std::string_view error_message() const { return error_message_; }

  /// Bytes that the parser holds: of a part's fields, or of what may be a boundary.
  [[nodiscard]] std::size_t buffered() const { return matched_ + head_size_; }

 private:
  enum class stage : std::uint8_t {
    content,       // of a part, or the preamble
    boundary_end,  // what follows a boundary on its line
    head,          // a part's fields
    epilogue
  };

  // Each takes what it needs from the front of the input, which is not empty.
  void read_content(std::string_view& bytes);
  void read_boundary_end(std::string_view& bytes);
  void read_head(std::string_view& bytes);

  [[nodiscard]] std::size_t find_delimiter(std::string_view bytes) const;
  bool continue_delimiter(std::string_view& bytes);
  void hand_out(std::string_view content);
  void begin_content();
  void begin_head();
  void end_part();
  void read_field(std::string_view line);
  void end_head();
  void fail(multipart_error error, std::string_view message);

  multipart_handler* handler_;
  multipart_limits limits_;
  std::string delimiter_;  // the boundary with the line end and the hyphens before it
  // How far to go on if a byte stands where the delimiter's last one should.
  std::array<std::uint8_t, 256> shifts_{};
  std::string line_;         // of a part's head, as far as it has come
  http_fields headers_;      // those of the part's head that have come
  std::size_t parts_ = 0;    // that have begun
  std::size_t matched_ = 0;  // bytes of the delimiter that have come
  std::size_t implied_ = 0;  // those among them that are not content in any case
  std::size_t head_size_ = 0;
  stage stage_ = stage::content;
  char boundary_end_ = 0;  // what has followed the boundary last; 0 for nothing yet
  bool in_part_ = false;
  multipart_error error_ = multipart_error::none;
  std::string_view error_message_;
};

/// The fields of an `application/x-www-form-urlencoded` body in their order, decoded: a plus sign
/// is a space, malformed percent escapes stay as they are (URL standard, section 5.1).
[[nodiscard]] std::vector<std::pair<std::string, std::string>> parse_form_urlencoded(
    std::string_view body);

}  // namespace socketio
