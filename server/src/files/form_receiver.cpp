#include <algorithm>
#include <charconv>
#include <limits>
#include <stdexcept>
#include <utility>

#include <socketio/detail/check_option.hpp>
#include <socketio/form.hpp>
#include <socketio/protocol/utf8.hpp>

#include "upload_file.hpp"

namespace socketio {
namespace {

constexpr std::uint64_t progress_interval = std::uint64_t{64} * 1024;
constexpr std::string_view cannot_write = "The file cannot be written.\n";

http_response plain_response(unsigned status, std::string_view text) {
  http_response response(status, "text/plain; charset=utf-8", std::string(text));
  response.headers.append("X-Content-Type-Options", "nosniff");
  return response;
}

bool is_media_type(std::string_view content_type, std::string_view expected) {
  const auto type = content_type.substr(0, content_type.find(';'));
  return equals_ignoring_case(type.substr(0, type.find_last_not_of(" \t") + 1), expected);
}

std::optional<std::uint64_t> content_length(const http_request& head) {
  const auto digits = head.headers["Content-Length"];
  std::uint64_t length = 0;
  const auto* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, length);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return length;
}

/// The settings of a route.
struct form_route {
  form_options options;
  form_handler handler;
};

/// Collects the fields and files of a form, and enforces the limits. Its destructor removes the
/// files unless they are kept.
class form_builder final : public multipart_handler {
 public:
  form_builder(const form_options& options, const http_request& request)
      : options_(options), request_(request) {}

  bool handle_part(part_head head) override;
  bool handle_data(std::string_view bytes) override;
  bool handle_part_end() override;

  /// Adds a complete field. Returns false if the form is refused.
  bool add_field(std::string_view name, std::string value);
  /// Refuses the form.
  /// @return false
  bool refuse(unsigned status, std::string_view text);

  /// The response that refuses the form, after a call has returned false.
  [[nodiscard]] http_response take_refusal() { return *std::exchange(refusal_, std::nullopt); }
  [[nodiscard]] form take_form() { return std::move(form_); }
  void keep_files();

 private:
  bool open_file();

  const form_options& options_;
  const http_request& request_;
  form form_;
  std::optional<http_response> refusal_;
  part_head head_;                   // of the current part
  std::uint64_t size_ = 0;           // bytes of the current part so far
  file_sink* file_ = nullptr;        // receives the current part if it is a file
  std::unique_ptr<file_sink> sink_;  // the application's sink, if there is one
  std::vector<std::unique_ptr<detail::upload_file>>
      uploads_;  // files in the folder, complete or not
};

bool form_builder::refuse(unsigned status, std::string_view text) {
  refusal_ = plain_response(status, text);
  return false;
}

bool form_builder::add_field(std::string_view name, std::string value) {
  if (form_.fields.size() == options_.max_fields) {
    return refuse(413, "The form has too many fields.\n");
  }
  if (value.size() > options_.max_field_size) return refuse(413, "A field is too long.\n");
  auto& added = form_.fields.emplace_back();
  added.name = to_valid_utf8(name);
  added.value = std::move(value);
  return true;
}

bool form_builder::handle_part(part_head head) {
  head_ = std::move(head);
  head_.name = to_valid_utf8(head_.name);
  size_ = 0;
  if (!head_.filename) return add_field(head_.name, {});
  head_.filename = to_valid_utf8(*std::move(head_.filename));
  head_.content_type = to_valid_utf8(head_.content_type);
  // A file without a name is a control without a choice, unless it has bytes.
  return head_.filename->empty() || open_file();
}

bool form_builder::open_file() {
  if (form_.files.size() == options_.max_files) {
    return refuse(413, "The form has too many files.\n");
  }
  if (options_.open_file) {
    sink_ = options_.open_file(request_, head_);
    if (!sink_) return refuse(403, "The file is not accepted.\n");
    file_ = sink_.get();
    return true;
  }
  if (options_.folder.empty()) return refuse(403, "The form takes no files.\n");
  auto created = detail::upload_file::create(options_.folder, *head_.filename);
  if (!created) return refuse(507, cannot_write);
  file_ = uploads_.emplace_back(std::move(created)).get();
  return true;
}

bool form_builder::handle_data(std::string_view bytes) {
  size_ += bytes.size();
  if (!head_.filename) {
    if (size_ > options_.max_field_size) return refuse(413, "A field is too long.\n");
    form_.fields.back().value.append(bytes);
    return true;
  }
  if (size_ > options_.max_file_size) return refuse(413, "A file is too large.\n");
  if (file_ == nullptr && !open_file()) return false;
  return file_->receive(bytes) || refuse(507, cannot_write);
}

bool form_builder::handle_part_end() {
  if (file_ == nullptr) return true;
  auto* const file = std::exchange(file_, nullptr);
  if (!file->finish()) return refuse(507, cannot_write);
  auto& added = form_.files.emplace_back();
  added.name = std::move(head_.name);
  added.filename = *std::move(head_.filename);
  added.content_type = std::move(head_.content_type);
  added.size = size_;
  if (sink_) {
    sink_.reset();
  } else {
    added.path = uploads_.back()->path();
  }
  return true;
}

void form_builder::keep_files() {
  for (const auto& upload : uploads_) upload->keep();
}

/// Parses the bytes of a body to a form.
class form_parser {
 public:
  explicit form_parser(const form_options& options, const http_request& request)
      : built(options, request) {}
  virtual ~form_parser() = default;
  form_parser(const form_parser&) = delete;
  form_parser& operator=(const form_parser&) = delete;

  /// Parses the next bytes. Returns false if the form is refused.
  [[nodiscard]] virtual bool put(std::string_view bytes) = 0;
  /// Ends the form. Returns false if it is refused.
  [[nodiscard]] virtual bool finish() = 0;

  form_builder built;
};

class multipart_form_parser final : public form_parser {
 public:
  multipart_form_parser(const form_options& options, const http_request& request,
                        std::string_view boundary)
      : form_parser(options, request), parser_(boundary, built, limits_of(options)) {}

  bool put(std::string_view bytes) override {
    if (parser_.put(bytes)) return true;
    return parser_.error() != multipart_error::refused &&
           built.refuse(400, "Malformed form: " + std::string(parser_.error_message()) + ".\n");
  }

  bool finish() override {
    return parser_.complete() || built.refuse(400, "The form ends before its last boundary.\n");
  }

 private:
  static multipart_limits limits_of(const form_options& options) {
    multipart_limits limits;
    limits.max_header_size = options.max_header_size;
    limits.max_header_count = options.max_header_count;
    // form_content limits fields and files itself, and controls without a choice cost nothing.
    limits.max_parts = std::numeric_limits<std::size_t>::max();
    return limits;
  }

  multipart_parser parser_;
};

class urlencoded_form_parser final : public form_parser {
 public:
  urlencoded_form_parser(const form_options& options, const http_request& request)
      : form_parser(options, request), options_(options) {}

  bool put(std::string_view bytes) override {
    while (true) {
      const auto piece = bytes.substr(0, bytes.find('&'));
      if (too_long(pair_.size() + piece.size())) {
        return built.refuse(413, "A field is too long.\n");
      }
      pair_.append(piece);
      if (piece.size() == bytes.size()) return true;
      bytes.remove_prefix(piece.size() + 1);
      if (!finish()) return false;
    }
  }

  // A pair is complete.
  bool finish() override {
    for (auto& [name, value] : parse_form_urlencoded(pair_)) {
      if (!built.add_field(name, std::move(value))) return false;
    }
    pair_.clear();
    return true;
  }

 private:
  // An encoded byte takes at most three. The name may be as long as in a part's fields.
  [[nodiscard]] bool too_long(std::size_t pair_size) const {
    const auto size = pair_size / 3;
    return size > options_.max_field_size &&
           size - options_.max_field_size > options_.max_header_size;
  }

  const form_options& options_;
  std::string pair_;  // the name and the value so far
};

class form_sink final : public body_sink {
 public:
  /// @param boundary nothing for a form that is not multipart
  form_sink(std::shared_ptr<const form_route> route, const http_request& head,
            const std::optional<std::string>& boundary)
      : route_(std::move(route)), head_(head) {
    progress_.total = content_length(head);
    if (boundary) {
      parser_ = std::make_unique<multipart_form_parser>(route_->options, head_, *boundary);
    } else {
      parser_ = std::make_unique<urlencoded_form_parser>(route_->options, head_);
    }
  }

  ~form_sink() override {
    parser_.reset();
    try {
      report_end(false);
    } catch (...) {
      // A destructor must not throw, and nobody is left to report to.
    }
  }

  std::optional<http_response> receive(std::string_view bytes) override {
    progress_.received += bytes.size();
    if (progress_.received > route_->options.max_body_size) {
      parser_->built.refuse(413, "The form is too large.\n");
      return refuse();
    }
    if (!parser_->put(bytes)) return refuse();
    if (progress_.received - reported_ >= progress_interval) report();
    return std::nullopt;
  }

  void finish(const http_request& request, http_reply reply) override {
    if (!parser_->finish()) return reply(refuse());
    // If anything throws, the parser is destroyed, and removes the files.
    const auto parser = std::move(parser_);
    report_end(true);
    route_->handler(request, parser->built.take_form(), std::move(reply));
    parser->built.keep_files();
  }

 private:
  http_response refuse() {
    auto refusal = parser_->built.take_refusal();
    parser_.reset();
    report_end(false);
    return refusal;
  }

  void report() {
    reported_ = progress_.received;
    if (route_->options.on_progress) route_->options.on_progress(head_, progress_);
  }

  void report_end(bool complete) {
    if (std::exchange(progress_.ended, true)) return;
    progress_.complete = complete;
    report();
  }

  std::shared_ptr<const form_route> route_;
  http_request head_;
  form_progress progress_;
  std::uint64_t reported_ = 0;           // bytes at the last report
  std::unique_ptr<form_parser> parser_;  // until the form is complete or refused
};

}  // namespace

std::optional<std::string_view> form::find(std::string_view name) const {
  for (const auto& field : fields) {
    if (field.name == name) return field.value;
  }
  return std::nullopt;
}

body_handler receive_form(form_options options, form_handler handler) {
  if (!handler) throw std::invalid_argument("a route for forms needs a handler");
  detail::check_positive("max_body_size", options.max_body_size);
  detail::check_positive("max_file_size", options.max_file_size);
  detail::check_positive("max_field_size", options.max_field_size);
  detail::check_positive("max_header_size", options.max_header_size);
  detail::check_positive("max_header_count", options.max_header_count);
  if (options.max_files == 0 && options.max_fields == 0) {
    detail::refuse_option("max_fields", "0, as is max_files",
                          "be positive, or max_files has to be");
  }
  if (!options.open_file && !options.folder.empty()) {
    std::error_code error;
    if (!std::filesystem::is_directory(options.folder, error)) {
      throw std::invalid_argument("not a folder: " + options.folder.string());
    }
    options.folder = std::filesystem::absolute(options.folder);
  }
  const auto route =
      std::make_shared<const form_route>(form_route{std::move(options), std::move(handler)});

  return
      [route](const http_request& head) -> std::variant<std::unique_ptr<body_sink>, http_response> {
        if (route->options.authorize) {
          if (auto refusal = route->options.authorize(head)) return *std::move(refusal);
        }
        const auto type = head.headers["Content-Type"];
        if (is_media_type(type, "application/x-www-form-urlencoded")) {
          return std::make_unique<form_sink>(route, head, std::nullopt);
        }
        if (!is_media_type(type, "multipart/form-data")) {
          return plain_response(415,
                                "A form has to be multipart/form-data or "
                                "application/x-www-form-urlencoded.\n");
        }
        const auto boundary = multipart_boundary(type);
        if (!boundary) {
          return plain_response(400, "The Content-Type has no boundary, or not a valid one.\n");
        }
        return std::make_unique<form_sink>(route, head, boundary);
      };
}

}  // namespace socketio
