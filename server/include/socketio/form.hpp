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
#include <socketio/http_server.hpp>
#include <socketio/protocol/http.hpp>
#include <socketio/protocol/multipart.hpp>

namespace socketio {

/// A field of a form.
struct form_field {
  std::string name;   ///< U+FFFD replaces invalid UTF-8
  std::string value;  ///< as sent; may be invalid UTF-8

  form_field() = default;
};

/// A file of a form. In its texts U+FFFD replaces invalid UTF-8.
struct form_file {
  std::string name;            ///< name of the form's field
  std::string filename;        ///< the client's name for the file: for display only, never a path
  std::string content_type;    ///< as the client sent it
  std::uint64_t size = 0;      ///< bytes
  std::filesystem::path path;  ///< where the file is; empty if a file_sink received it

  form_file() = default;
};

/// A complete form. It omits controls for files in which the user chose none; browsers send those
/// as an empty file without a name.
struct form {
  std::vector<form_field> fields;  ///< in the order of the form
  std::vector<form_file> files;    ///< in the order of the form

  /// The value of the first field of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;

  form() = default;
};

/// Receives a file's bytes instead of the folder. If it is destroyed without finish(), the file is
/// incomplete.
class file_sink {
 public:
  virtual ~file_sink() = default;
  file_sink(const file_sink&) = delete;
  file_sink& operator=(const file_sink&) = delete;

  /// Receives bytes, valid during the call. @return false to refuse the form with status 507
  [[nodiscard]] virtual bool receive(std::string_view bytes) = 0;
  /// Called when the file is complete. @return false to refuse the form with status 507
  [[nodiscard]] virtual bool finish() = 0;

 protected:
  file_sink() = default;
};

/// The progress of a form.
struct form_progress {
  std::uint64_t received = 0;          ///< bytes of the body so far
  std::optional<std::uint64_t> total;  ///< the body's length, if the client announced it
  bool ended = false;     ///< the last report: the form is complete, cut off or refused
  bool complete = false;  ///< with `ended`: whether the form is complete

  form_progress() = default;
};

/// Which forms (`multipart/form-data` or `application/x-www-form-urlencoded`) a route accepts, and
/// where it stores their files.
struct form_options {
  /// Largest body in bytes (otherwise 413).
  std::uint64_t max_body_size = 10'000'000;
  /// Largest file in bytes (otherwise 413).
  std::uint64_t max_file_size = 10'000'000;
  /// Largest number of files, of fields, and largest value of a field in bytes (otherwise 413).
  std::size_t max_files = 20;
  std::size_t max_fields = 100;
  std::size_t max_field_size = std::size_t{64} * 1024;
  /// Largest size in bytes, and number, of a part's header fields (otherwise 400).
  std::size_t max_header_size = std::size_t{8} * 1024;
  std::size_t max_header_count = 32;

  /// The folder for files, which has to exist; empty if the form takes none (403). Each file gets a
  /// new name, which takes only an extension of letters and digits from the client's, and appears
  /// under it when it is complete. A form that is cut off or refused leaves nothing behind. The
  /// connection's thread writes the files, with the permissions that the process's umask allows.
  std::filesystem::path folder;
  /// Opens a file's receiver instead of using the folder; null refuses the form with status 403.
  detail::hook<std::unique_ptr<file_sink>(const http_request& request, const part_head& head)>
      open_file;
  /// Decides about a request first, before its body arrives; a response refuses it.
  detail::hook<std::optional<http_response>(const http_request& request)> authorize;
  /// Called with each form's progress: at most once for every 64 KiB, and at the end, before the
  /// handler.
  detail::hook<void(const http_request& request, const form_progress& progress)> on_progress;

  form_options() = default;
};

/// Handles a form. The handler owns the files, and has to remove those that it does not need. If
/// it throws, the server removes all of them.
using form_handler =
    detail::unique_function<void(const http_request& request, form received, http_reply reply)>;

template <detail::form_responder Handler>
void http_server::form(std::string_view pattern, form_options options, Handler&& handler) {
  using function = detail::unique_function<http_response(const http_request&, socketio::form)>;
  auto handle = [respond = function(std::forward<Handler>(handler))](
                    const http_request& request, socketio::form received, const http_reply& reply) {
    reply(respond(request, std::move(received)));
  };
  form(pattern, std::move(options), form_handler(std::move(handle)));
}

/// Makes the body_handler of a route for forms. It refuses another content type with 415, a
/// malformed form with 400, one above a limit with 413, and one whose files it cannot write with
/// 507.
/// @throws std::invalid_argument for a folder that does not exist, and without a handler
[[nodiscard]] body_handler receive_form(form_options options, form_handler handler);

}  // namespace socketio
