#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/detail/hook.hpp>
#include <socketio/http_handler.hpp>
#include <socketio/protocol/http.hpp>
#include <socketio/protocol/multipart.hpp>

namespace socketio {

/// A field of a form.
struct form_field {
  std::string name;   ///< with U+FFFD for what is not UTF-8
  std::string value;  ///< as sent: not necessarily UTF-8

  form_field() = default;
};

/// A file of a form. Its texts have U+FFFD for what is not UTF-8.
struct form_file {
  std::string name;            ///< of the form's field
  std::string filename;        ///< as the client calls it: for display only, never a path
  std::string content_type;    ///< as the client says
  std::uint64_t size = 0;      ///< bytes
  std::filesystem::path path;  ///< where it has been written; empty if a file_sink received it

  form_file() = default;
};

/// A form that has come whole. A control for files without a choice, which browsers send as an
/// empty file without a name, is left out.
struct form {
  std::vector<form_field> fields;  ///< in their order
  std::vector<form_file> files;    ///< in their order

  /// The value of the first field of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;

  form() = default;
};

/// Receives a file's bytes instead of the folder. Destroyed without a finish() before, the file has
/// not come whole.
class file_sink {
 public:
  virtual ~file_sink() = default;
  file_sink(const file_sink&) = delete;
  file_sink& operator=(const file_sink&) = delete;

  /// Some bytes, valid during the call; false to refuse the form with status 507.
  [[nodiscard]] virtual bool receive(std::string_view bytes) = 0;
  /// The file is complete; false to refuse the form with status 507.
  [[nodiscard]] virtual bool finish() = 0;

 protected:
  file_sink() = default;
};

/// How far a form has come.
struct form_progress {
  std::uint64_t received = 0;          ///< bytes of the body so far
  std::optional<std::uint64_t> total;  ///< the body's length, if the client has said it
  bool ended = false;                  ///< the last report: the form is complete, or cut off
  bool complete = false;               ///< with ended: it has come whole

  form_progress() = default;
};

/// What forms a route accepts, `multipart/form-data` and `application/x-www-form-urlencoded`, and
/// what happens to their files.
struct form_options {
  /// Largest form in bytes, with everything (413 else).
  std::uint64_t max_body_size = 10'000'000;
  /// Largest file in bytes (413 else).
  std::uint64_t max_file_size = 10'000'000;
  /// Most files and fields (413 else), and the largest value of a field in bytes (413 else).
  std::size_t max_files = 20;
  std::size_t max_fields = 100;
  std::size_t max_field_size = std::size_t{64} * 1024;
  /// Size in bytes, and number, of the header fields of a part (400 else).
  std::size_t max_header_size = std::size_t{8} * 1024;
  std::size_t max_header_count = 32;

  /// The folder for files, which has to exist. Each gets a name of its own that has nothing of the
  /// client's but an extension of letters and digits, and appears there under it when its last byte
  /// has come; before, and if the form is cut off or refused, there is nothing to see, or left. It
  /// is written on the connection's thread, with the permissions that the process's umask leaves.
  std::filesystem::path folder;
  /// Takes a file instead of the folder; null refuses the form with status 403.
  detail::hook<std::unique_ptr<file_sink>(const http_request& request, const part_head& head)>
      open_file;
  /// Decides about a request before its body comes, and before anything else is looked at; a
  /// response refuses it.
  detail::hook<std::optional<http_response>(const http_request& request)> authorize;
  /// Told about each form's progress: at most once for every 64 KiB, and at the end, which comes
  /// before the handler.
  detail::hook<void(const http_request& request, const form_progress& progress)> on_progress;

  form_options() = default;
};

/// Handles a form. The files belong to the handler: those it does not want it has to remove. Any
/// exception removes them.
using form_handler =
    detail::unique_function<void(const http_request& request, form received, http_reply reply)>;

/// The body_handler of a route for forms. Refused are: 415 another content type, 400 a malformed
/// form, 413 one above a limit, 507 if a file cannot be written.
/// @throws std::invalid_argument if neither a folder that exists nor open_file is given, or no
/// handler
[[nodiscard]] body_handler receive_form(form_options options, form_handler handler);

}  // namespace socketio
