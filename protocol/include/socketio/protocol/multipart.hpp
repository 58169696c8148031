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

/// Returns the boundary, of 1 to 70 characters, that a `Content-Type` of `multipart/form-data`
/// names (RFC 2046, section 5.1.1); nothing if the type is another one, or the boundary is missing
/// or malformed.
[[nodiscard]] std::optional<std::string> multipart_boundary(std::string_view content_type);

/// Limits on a form.
struct multipart_limits {
  std::size_t max_parts = 1'000;        ///< fields and files together
  std::size_t max_header_size = 8'192;  ///< bytes of one part's fields, with all line ends
  std::size_t max_header_count = 32;    ///< fields of one part

  multipart_limits() = default;
};

/// The head of a part (RFC 7578, section 4). Do not trust what the client chose: names may have
/// slashes, line ends, and bytes that are not UTF-8.
struct part_head {
  std::string name;                     ///< name of the form's field
  std::optional<std::string> filename;  ///< the client's name for the file; nothing for a field
  std::string content_type;             ///< `text/plain` if the client sent none
  http_fields headers;                  ///< all fields of the head

  part_head() = default;
};

/// Receives the parts of a form as they arrive. If a member throws, do not use the parser again.
class multipart_handler {
 public:
  /// A part begins. @return false to stop the parser with multipart_error::refused
  virtual bool handle_part(part_head head) = 0;
  /// Bytes of the part, valid during the call. @return false to stop the parser
  virtual bool handle_data(std::string_view bytes) = 0;
  /// The part is complete. @return false to stop the parser
  virtual bool handle_part_end() = 0;

 protected:
  ~multipart_handler() = default;
};

/// Why the parser refused a form.
enum class multipart_error : std::uint8_t {
  none,
  malformed,  ///< not RFC 2046's format, or a part without `form-data` and a name
  too_many_parts,
  header_too_large,  ///< a part's fields are too many or too long
  refused            ///< the handler returned false
};

/// An incremental parser of `multipart/form-data` (RFC 7578): bytes in, parts out, without I/O.
///
/// Any split of the input gives the same parts. The parser passes a part's bytes on as they arrive:
/// it keeps only the part's fields, and how much of a possible boundary has arrived. It takes time
/// linear in the input.
///
/// A line that begins with the boundary is a boundary line (RFC 2046, section 5.1.1): only blanks
/// may follow. Browsers send names in UTF-8, with `%22`, `%0D` and `%0A` for quotation marks and
/// line ends; the parser decodes these. A backslash escapes only a quotation mark or a backslash,
/// so that `C:\folder\file` stays whole. The parser ignores `filename*` (RFC 5987), as section 4.2
/// demands. Not thread-safe.
class multipart_parser {
 public:
  /// @param boundary as multipart_boundary() returns it
  /// @param handler must outlive the parser
  /// @throws std::invalid_argument if the boundary is malformed
  multipart_parser(std::string_view boundary, multipart_handler& handler,
                   const multipart_limits& limits = {});

  /// Parses the next bytes; false after an error, which ends the parsing.
  bool put(std::string_view bytes);
  /// Whether the closing boundary has arrived. The parser ignores what follows (the epilogue).
  [[nodiscard]] bool complete() const { return stage_ == stage::epilogue; }
  [[nodiscard]] multipart_error error() const { return error_; }
  /// What was wrong, for logs and responses; a string literal.
  [[nodiscard]] std::string_view error_message() const { return error_message_; }

  /// How many bytes the parser holds back: a part's fields, or a possible boundary.
  [[nodiscard]] std::size_t buffered() const { return matched_ + head_size_; }

 private:
  enum class stage : std::uint8_t {
    content,       // of a part, or the preamble
    boundary_end,  // the rest of a boundary's line
    head,          // a part's fields
    epilogue
  };

  // Each consumes what it needs from the front of the input, which is not empty.
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
  std::string delimiter_;  // a line end, two hyphens and the boundary
  // How far the search advances, by the byte found where the delimiter's last byte would be.
  std::array<std::uint8_t, 256> shifts_{};
  std::string line_;         // the line of a part's head that is arriving
  http_fields headers_;      // the fields of the part's head so far
  std::size_t parts_ = 0;    // how many have begun
  std::size_t matched_ = 0;  // how many bytes of the delimiter have arrived
  std::size_t implied_ = 0;  // how many of them cannot be content
  std::size_t head_size_ = 0;
  stage stage_ = stage::content;
  char boundary_end_ = 0;  // the last byte after the boundary; 0 if none has arrived
  bool in_part_ = false;
  multipart_error error_ = multipart_error::none;
  std::string_view error_message_;
};

/// Decodes the fields of an `application/x-www-form-urlencoded` body, in order: a plus sign is a
/// space, malformed percent escapes stay as they are (URL standard, section 5.1).
[[nodiscard]] std::vector<std::pair<std::string, std::string>> parse_form_urlencoded(
    std::string_view body);

}  // namespace socketio
