#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <socketio/engineio/shard.hpp>
#include <socketio/form.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engineio/fakes.hpp"
#include "files/upload_file.hpp"

namespace socketio {
namespace {

namespace fs = std::filesystem;
namespace fakes = engineio::fakes;
using namespace std::string_literals;

constexpr std::string_view multipart = "multipart/form-data; boundary=bound";
constexpr std::string_view urlencoded = "application/x-www-form-urlencoded";
constexpr std::string_view end = "--bound--\r\n";
constexpr std::size_t piece_size = std::size_t{64} * 1024;

std::string read(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string field_part(std::string_view name, std::string_view value) {
  return "--bound\r\nContent-Disposition: form-data; name=\""s.append(name)
      .append("\"\r\n\r\n")
      .append(value)
      .append("\r\n");
}

std::string file_head(std::string_view name, std::string_view filename) {
  return "--bound\r\nContent-Disposition: form-data; name=\""s.append(name)
      .append("\"; filename=\"")
      .append(filename)
      .append("\"\r\nContent-Type: text/x-test\r\n\r\n");
}

std::string file_part(std::string_view name, std::string_view filename, std::string_view content) {
  return file_head(name, filename).append(content).append("\r\n");
}

class temporary_folder {
 public:
  temporary_folder() {
    std::string name = (fs::temp_directory_path() / "form_test.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~temporary_folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }
  /// The number of files, including hidden ones.
  [[nodiscard]] std::ptrdiff_t count() const {
    return std::distance(fs::directory_iterator(path_), fs::directory_iterator());
  }
  /// The number of visible files. Unfinished ones are hidden where the file system needs a name.
  [[nodiscard]] std::ptrdiff_t visible_count() const {
    return std::count_if(
        fs::directory_iterator(path_), fs::directory_iterator(),
        [](const auto& entry) { return !entry.path().filename().string().starts_with('.'); });
  }

 private:
  fs::path path_;
};

class Form : public testing::Test {
 protected:
  Form() {
    options.folder = folder.path();
    handler = [this](const http_request&, form form_received, const http_reply& reply) {
      ++handled;
      received = std::move(form_received);
      reply(http_response(204));
    };
  }

  /// Begins a form, and discards the previous one.
  void begin(std::string_view content_type = multipart,
             std::optional<std::uint64_t> length = std::nullopt) {
    sink.reset();
    request = {};
    request.method = "POST";
    request.target = "/form";
    request.headers.append("Content-Type", content_type);
    if (length) request.headers.append("Content-Length", std::to_string(*length));
    answer = std::make_shared<fakes::answer>();
    auto begun = receive_form(options, handler)(request);
    if (auto* const refusal = std::get_if<http_response>(&begun)) {
      answer->response = std::move(*refusal);
    } else {
      sink = std::get<std::unique_ptr<body_sink>>(std::move(begun));
    }
  }

  /// Sends a piece of the body, which the form accepts or refuses.
  void put(std::string_view bytes) {
    ASSERT_NE(sink, nullptr);
    if (auto refusal = sink->receive(bytes)) answer->response = std::move(*refusal);
  }

  void put(std::string_view bytes, std::size_t size) {
    for (std::size_t at = 0; at < bytes.size() && answer->pending(); at += size) {
      put(bytes.substr(at, size));
    }
  }

  /// Ends the body.
  void finish() {
    if (!answer->pending()) return;
    sink->finish(request, http_reply(shard, std::make_unique<fakes::exchange>(answer)));
    context.restart();
    context.poll();
  }

  /// Sends a whole form, in pieces of a size. @return the status
  unsigned send(std::string_view body, std::string_view content_type = multipart,
                std::size_t size = piece_size) {
    begin(content_type);
    put(body, size);
    finish();
    return answer->status();
  }

  boost::asio::io_context context;
  std::shared_ptr<engineio::shard> shard = std::make_shared<engineio::shard>(context, 0);
  temporary_folder folder;
  form_options options;
  std::function<void(const http_request&, socketio::form, const socketio::http_reply&)> handler;
  int handled = 0;
  form received;
  http_request request;
  std::shared_ptr<fakes::answer> answer;
  std::unique_ptr<body_sink> sink;
};

TEST_F(Form, ReceivesFieldsAndFiles) {
  const auto body = field_part("text", "some text") + file_part("file", "a.TXT", "content") +
                    field_part("text", "more") + file_part("file", "b", "\r\n--boun\r\n") +
                    std::string(end);
  for (std::size_t size = 1; size <= body.size(); ++size) {
    ASSERT_EQ(send(body, multipart, size), 204u) << answer->body();
    ASSERT_EQ(received.fields.size(), 2u);
    EXPECT_EQ(received.fields[0].name, "text");
    EXPECT_EQ(received.fields[1].value, "more");
    EXPECT_EQ(received.find("text"), "some text");
    EXPECT_EQ(received.find("file"), std::nullopt);
    ASSERT_EQ(received.files.size(), 2u);
    const auto& file = received.files[0];
    EXPECT_EQ(file.name, "file");
    EXPECT_EQ(file.filename, "a.TXT");
    EXPECT_EQ(file.content_type, "text/x-test");
    EXPECT_EQ(file.size, 7u);
    EXPECT_EQ(file.path.parent_path(), folder.path());
    EXPECT_EQ(file.path.extension(), ".txt");
    EXPECT_EQ(file.path.stem().string().size(), 32u);
    EXPECT_EQ(read(file.path), "content");
    EXPECT_EQ(read(received.files[1].path), "\r\n--boun\r\n");
    EXPECT_FALSE(received.files[1].path.has_extension());
    EXPECT_NE(received.files[1].path, file.path);
    EXPECT_EQ(folder.count(), 2);
    for (const auto& kept : received.files) fs::remove(kept.path);
  }
}

TEST_F(Form, ReceivesFilesOfAnySize) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, piece_size - 1, piece_size,
                                 piece_size + 1, std::size_t{3'000'000}}) {
    std::string content(size, 'x');
    for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * 7919 >> 3U);
    ASSERT_EQ(send(file_part("f", "a.bin", content) + std::string(end)), 204u) << answer->body();
    ASSERT_EQ(received.files.size(), 1u);
    EXPECT_EQ(received.files[0].size, size);
    EXPECT_TRUE(read(received.files[0].path) == content);
  }
}

TEST_F(Form, ShowsAFileOnlyWhenItIsComplete) {
  begin();
  put(file_head("f", "a.txt") + "content");
  EXPECT_EQ(folder.visible_count(), 0);
  put("\r\n--bound\r");
  EXPECT_EQ(folder.visible_count(), 0);
  put("\n");
  ASSERT_EQ(folder.count(), 1);
  EXPECT_EQ(read(fs::directory_iterator(folder.path())->path()), "content");
}

TEST_F(Form, LeavesOutControlsWithoutAChoice) {
  ASSERT_EQ(send(file_part("f", "", "") + file_part("f", "", "x") + file_part("f", "a", "") +
                 std::string(end)),
            204u);
  ASSERT_EQ(received.files.size(), 2u);
  EXPECT_EQ(received.files[0].filename, "");
  EXPECT_EQ(read(received.files[0].path), "x");
  EXPECT_EQ(received.files[1].filename, "a");
  EXPECT_EQ(folder.count(), 2);
}

TEST_F(Form, NeverUsesTheClientsNames) {
  const std::vector<std::string> names = {"../../etc/passwd",
                                          "/etc/passwd",
                                          "C:\\windows\\x.exe",
                                          "..",
                                          ".htaccess",
                                          "a.txt/..",
                                          "a.t%0Dxt",
                                          "a.t%22t",
                                          "a.txt ",
                                          std::string(4'000, 'a') + ".jpg",
                                          "a." + std::string(4'000, 'b')};
  std::string body;
  for (const auto& name : names) body += file_part("f", name, "x");
  ASSERT_EQ(send(body.append(end)), 204u) << answer->body();
  ASSERT_EQ(received.files.size(), names.size());
  EXPECT_EQ(received.files[0].filename, names[0]);
  EXPECT_EQ(received.files[2].filename, names[2]);
  EXPECT_EQ(received.files[6].filename, "a.t\rxt");
  EXPECT_EQ(received.files[9].filename, names[9]);
  for (const auto& file : received.files) {
    EXPECT_EQ(file.path.parent_path(), folder.path());
    const auto name = file.path.filename().string();
    EXPECT_LE(name.size(), 32u + 4u) << name;
    EXPECT_EQ(name.find_first_not_of("0123456789abcdef"),
              name.size() > 32 ? 32 : std::string::npos);
    EXPECT_EQ(read(file.path), "x");
  }
  EXPECT_EQ(folder.count(), static_cast<std::ptrdiff_t>(names.size()));
}

TEST(UploadFile, KeepsOnlyHarmlessExtensions) {
  EXPECT_EQ(detail::safe_extension("a.txt"), ".txt");
  EXPECT_EQ(detail::safe_extension("a.tar.GZ"), ".gz");
  EXPECT_EQ(detail::safe_extension("C:\\a.b\\c.12345678"), ".12345678");
  for (const auto* name : {"", ".", "..", "a", "a.", ".txt", "a.123456789", "a.t-t", "a.t t",
                           "a.b/c", "a.b\\c", "b/.txt", "a.\xC3\xA9"}) {
    EXPECT_EQ(detail::safe_extension(name), "") << name;
  }
  EXPECT_EQ(detail::safe_extension("a.t\0t"s), "");
}

TEST(UploadFile, MayHaveAHiddenName) {
  const temporary_folder folder;
  auto file =
      detail::upload_file::create(folder.path(), "a.txt", detail::upload_file::beginning::hidden);
  ASSERT_NE(file, nullptr);
  ASSERT_EQ(folder.count(), 1);
  EXPECT_EQ(fs::directory_iterator(folder.path())->path().filename().string().front(), '.');
  EXPECT_TRUE(file->receive("con"));
  EXPECT_TRUE(file->receive("tent"));
  EXPECT_FALSE(fs::exists(file->path()));
  EXPECT_TRUE(file->finish());
  EXPECT_EQ(read(file->path()), "content");
  EXPECT_EQ(folder.count(), 1);
  file.reset();
  EXPECT_EQ(folder.count(), 0) << "it was not kept";

  file =
      detail::upload_file::create(folder.path(), "a.txt", detail::upload_file::beginning::hidden);
  EXPECT_TRUE(file->receive("content"));
  file.reset();
  EXPECT_EQ(folder.count(), 0) << "it was not complete";

  file = detail::upload_file::create(folder.path(), "", detail::upload_file::beginning::hidden);
  EXPECT_TRUE(file->finish());
  file->keep();
  file.reset();
  EXPECT_EQ(folder.count(), 1);
}

TEST_F(Form, ReplacesWhatIsNotUtf8InNames) {
  ASSERT_EQ(send(field_part("n\xFF", "v\xFF") +
                 file_part("n\xC3", "\xE2\x82\xAC\xE2\x82 \x80", "x") + std::string(end)),
            204u);
  EXPECT_EQ(received.fields.at(0).name, "n\xEF\xBF\xBD");
  EXPECT_EQ(received.fields.at(0).value, "v\xFF");
  EXPECT_EQ(received.files.at(0).name, "n\xEF\xBF\xBD");
  EXPECT_EQ(received.files.at(0).filename, "\xE2\x82\xAC\xEF\xBF\xBD \xEF\xBF\xBD");
}

TEST_F(Form, ReceivesUrlencodedForms) {
  const auto body = "a=1&b=x+y%20z&&a=%C3%A9&c&=d"s;
  for (std::size_t size = 1; size <= body.size(); ++size) {
    ASSERT_EQ(send(body, urlencoded, size), 204u);
    ASSERT_EQ(received.fields.size(), 5u);
    EXPECT_EQ(received.fields[0].name, "a");
    EXPECT_EQ(received.find("b"), "x y z");
    EXPECT_EQ(received.fields[2].value, "\xC3\xA9");
    EXPECT_EQ(received.find("c"), "");
    EXPECT_EQ(received.find(""), "d");
  }
  EXPECT_EQ(send("", "Application/X-WWW-Form-Urlencoded ; charset=utf-8"), 204u);
  EXPECT_TRUE(received.fields.empty());
}

TEST_F(Form, RefusesOtherContentTypes) {
  for (const auto type : {"", "text/plain", "multipart/mixed; boundary=b", "application/json"}) {
    EXPECT_EQ(send("x", type), 415u) << type;
    EXPECT_EQ(sink, nullptr);
    EXPECT_EQ(answer->response->headers["Content-Type"], "text/plain; charset=utf-8");
    EXPECT_FALSE(answer->body().empty());
  }
  EXPECT_EQ(send("x", "multipart/form-data"), 400u);
  EXPECT_EQ(answer->body(), "The Content-Type has no boundary, or not a valid one.\n");
  EXPECT_EQ(handled, 0);
}

TEST_F(Form, AsksForAuthorizationFirst) {
  options.authorize = [](const http_request& head) -> std::optional<http_response> {
    if (head.headers["Authorization"] == "secret") return std::nullopt;
    return http_response(401, "text/plain", "who?");
  };
  EXPECT_EQ(send("x", "text/plain"), 401u);
  EXPECT_EQ(answer->body(), "who?");

  http_request authorized;
  authorized.headers = {{"Authorization", "secret"}, {"Content-Type", multipart}};
  const auto begun = receive_form(options, handler)(authorized);
  EXPECT_TRUE(std::holds_alternative<std::unique_ptr<body_sink>>(begun));
}

TEST_F(Form, RefusesMalformedForms) {
  const auto file = file_part("f", "a.txt", "x");
  EXPECT_EQ(send(file + "--bound\r\n\r\n"), 400u);
  EXPECT_EQ(answer->body(), "Malformed form: a part needs exactly one Content-Disposition.\n");
  EXPECT_EQ(folder.count(), 0) << "the file before is removed at once";
  EXPECT_EQ(send(file + "--boundx"), 400u);
  EXPECT_EQ(send(""), 400u);
  EXPECT_EQ(answer->body(), "The form ends before its last boundary.\n");
  EXPECT_EQ(send(file), 400u);
  EXPECT_EQ(send(file_head("f", "a.txt") + "x"), 400u);
  EXPECT_EQ(send(file + "--bound-"), 400u);
  options.max_header_size = 40;
  EXPECT_EQ(send(file), 400u);
  EXPECT_EQ(answer->body(), "Malformed form: the fields of a part are too long.\n");
  EXPECT_EQ(folder.count(), 0);
  EXPECT_EQ(handled, 0);
}

TEST_F(Form, RefusesFormsAboveTheLimits) {
  options.max_files = 2;
  options.max_fields = 2;
  options.max_field_size = 10;
  options.max_file_size = 20;
  const auto refused = [this](const std::string& body, const std::string& text,
                              std::string_view type = multipart) {
    for (const std::size_t size : {piece_size, std::size_t{1}}) {
      EXPECT_EQ(send(body, type, size), 413u);
      EXPECT_EQ(answer->body(), text);
      EXPECT_EQ(folder.count(), 0);
    }
  };
  const auto file = file_part("f", "a", std::string(20, 'x'));
  const auto field = field_part("a", "1234567890");
  refused(file + file + file, "The form has too many files.\n");
  refused(file + file + file_part("f", "", "x"), "The form has too many files.\n");
  refused(file + file_head("f", "a") + std::string(30, 'x'), "A file is too large.\n");
  refused(field + field + field, "The form has too many fields.\n");
  refused(file + field_part("a", "12345678901"), "A field is too long.\n");
  refused("a&b&c", "The form has too many fields.\n", urlencoded);
  refused("a=12345678901", "A field is too long.\n", urlencoded);
  EXPECT_EQ(handled, 0);

  EXPECT_EQ(send(file + field + file + field + file_part("f", "", "") + std::string(end)), 204u);
  EXPECT_EQ(send("&a=1234567890&b=%31%32%33%34%35%36%37%38%39%30&", urlencoded), 204u);
  EXPECT_EQ(handled, 2);
}

TEST_F(Form, RefusesLongUrlencodedFieldsBeforeTheyEnd) {
  options.max_field_size = 10;
  options.max_header_size = 10;
  begin(urlencoded);
  put(std::string(62, 'a'));
  EXPECT_TRUE(answer->pending());
  put("a");
  EXPECT_EQ(answer->status(), 413u);
}

TEST_F(Form, CountsTheWholeBody) {
  const auto body = field_part("a", "x") + std::string(end);
  options.max_body_size = body.size();
  EXPECT_EQ(send(body), 204u);
  options.max_body_size = body.size() - 1;
  EXPECT_EQ(send(body), 413u);
  EXPECT_EQ(answer->body(), "The form is too large.\n");
}

TEST_F(Form, RefusesFilesThatItCannotWrite) {
  begin();
  fs::remove(folder.path());
  put(file_head("f", "a"));
  EXPECT_EQ(answer->status(), 507u);
  EXPECT_EQ(answer->body(), "The file cannot be written.\n");
}

// The limit makes the last write a short one, and lets the one after it fail.
TEST_F(Form, RefusesFilesWhenTheDiskIsFull) {
  auto* const previous = std::signal(SIGXFSZ, SIG_IGN);
  ::rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto limited = before;
  limited.rlim_cur = 100'000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limited), 0);
  const auto status =
      send(file_part("f", "a", "small") + file_head("f", "b") + std::string(200'000, 'x'));
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, previous);
  EXPECT_EQ(status, 507u);
  EXPECT_EQ(folder.count(), 0);
}

TEST_F(Form, RemovesFilesOfAFormThatIsCutOff) {
  begin();
  put(file_part("f", "a", "x") + file_head("f", "b") + "yz");
  EXPECT_EQ(folder.visible_count(), 1);
  sink.reset();
  EXPECT_EQ(folder.count(), 0);
  EXPECT_EQ(handled, 0);
}

TEST_F(Form, RemovesFilesIfTheHandlerThrows) {
  handler = [this](const http_request&, const form& whole, const http_reply&) {
    EXPECT_EQ(folder.count(), 1);
    EXPECT_EQ(read(whole.files.at(0).path), "x");
    throw std::runtime_error("no");
  };
  begin();
  put(file_part("f", "a", "x") + std::string(end));
  EXPECT_THROW(finish(), std::runtime_error);
  EXPECT_EQ(folder.count(), 0);
  sink.reset();
  context.poll();
  EXPECT_TRUE(answer->dropped) << "which is status 500";
}

TEST_F(Form, RepliesLater) {
  std::optional<http_reply> later;
  handler = [&](const http_request&, const form&, const http_reply& reply) { later = reply; };
  EXPECT_EQ(send(file_part("f", "a", "x") + std::string(end)), 0u);
  sink.reset();
  EXPECT_EQ(folder.count(), 1);
  (*later)(http_response(200));
  context.restart();
  context.poll();
  EXPECT_EQ(answer->status(), 200u);
}

// A sink that writes down what it is told.
class recording_sink final : public file_sink {
 public:
  explicit recording_sink(std::string& record) : record_(record) {}
  ~recording_sink() override { record_ += "gone;"; }
  bool receive(std::string_view bytes) override {
    record_.append(bytes).append(";");
    return bytes != "bad";
  }
  bool finish() override {
    record_ += "finished;";
    return !record_.starts_with("worse");
  }

 private:
  std::string& record_;
};

TEST_F(Form, HandsFilesToTheApplication) {
  std::string record;
  std::string names;
  options.folder.clear();
  options.open_file = [&](const http_request& head,
                          const part_head& part) -> std::unique_ptr<file_sink> {
    EXPECT_EQ(head.target, "/form");
    names += part.name + "=" + part.filename.value_or("none") + ";";
    if (part.filename == "forbidden") return nullptr;
    return std::make_unique<recording_sink>(record);
  };
  EXPECT_EQ(send(file_part("f", "a", "x") + file_part("g", "", "") + file_part("h", "b", "") +
                 std::string(end)),
            204u);
  EXPECT_EQ(names, "f=a;h=b;");
  EXPECT_EQ(record, "x;finished;gone;finished;gone;");
  ASSERT_EQ(received.files.size(), 2u);
  EXPECT_EQ(received.files[0].size, 1u);
  EXPECT_TRUE(received.files[0].path.empty());

  record.clear();
  EXPECT_EQ(send(file_part("f", "forbidden", "x")), 403u);
  EXPECT_EQ(record, "");
  EXPECT_EQ(send(file_part("f", "a", "bad") + std::string(end)), 507u);
  EXPECT_EQ(record, "bad;gone;");
  record.clear();
  EXPECT_EQ(send(file_part("f", "a", "worse") + std::string(end)), 507u);
  EXPECT_EQ(record, "worse;finished;gone;");
  record.clear();
  begin();
  put(file_head("f", "a") + "x");
  sink.reset();
  EXPECT_EQ(record, "x;gone;");
  EXPECT_EQ(handled, 1);
}

TEST_F(Form, ReportsProgress) {
  std::vector<form_progress> reports;
  options.on_progress = [&](const http_request& head, const form_progress& progress) {
    EXPECT_EQ(head.target, "/form");
    reports.push_back(progress);
  };
  const auto body = file_part("f", "a", std::string(200'000, 'x')) + std::string(end);
  begin(multipart, body.size());
  put(body, 1'000);
  finish();
  ASSERT_EQ(answer->status(), 204u);
  ASSERT_EQ(reports.size(), 4u);
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_GE(reports[i].received, last + 65'536);
    EXPECT_EQ(reports[i].total, body.size());
    EXPECT_FALSE(reports[i].ended);
    last = reports[i].received;
  }
  EXPECT_EQ(reports[3].received, body.size());
  EXPECT_TRUE(reports[3].ended);
  EXPECT_TRUE(reports[3].complete);
  sink.reset();
  EXPECT_EQ(reports.size(), 4u);

  // A form that is cut off, one refused in the middle, and one refused at the end.
  const std::vector<std::pair<std::string, std::function<void()>>> ends = {
      {field_part("a", "x"), [this] { sink.reset(); }}, {"--boundx", [] {}}, {"", [this] {
                                                                                finish();
                                                                              }}};
  for (const auto& [text, conclude] : ends) {
    reports.clear();
    begin();
    put(text);
    conclude();
    sink.reset();
    ASSERT_EQ(reports.size(), 1u);
    EXPECT_EQ(reports[0].received, text.size());
    EXPECT_EQ(reports[0].total, std::nullopt);
    EXPECT_TRUE(reports[0].ended);
    EXPECT_FALSE(reports[0].complete);
  }
}

TEST_F(Form, SwallowsExceptionsOfProgressInDestructors) {
  int calls = 0;
  options.on_progress = [&calls](const http_request&, const form_progress&) {
    ++calls;
    throw std::runtime_error("no");
  };
  begin();
  put(file_part("f", "a", "x"));
  EXPECT_NO_THROW(sink.reset());
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(folder.count(), 0);

  begin();
  put(file_part("f", "a", "x") + std::string(end));
  EXPECT_THROW(finish(), std::runtime_error);
  EXPECT_EQ(folder.count(), 0);
  EXPECT_NO_THROW(sink.reset());
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(handled, 0);
}

TEST_F(Form, TakesNoFilesWithoutAFolder) {
  options.folder.clear();
  EXPECT_EQ(send("name=value", "application/x-www-form-urlencoded"), 204U);
  EXPECT_EQ(received.find("name"), "value");
  EXPECT_EQ(send(file_part("f", "", "") + std::string(end)), 204U) << "no file is chosen";
  EXPECT_TRUE(received.files.empty());
  EXPECT_EQ(send(file_part("f", "a.txt", "x") + std::string(end)), 403U);
  EXPECT_EQ(answer->body(), "The form takes no files.\n");
  EXPECT_EQ(send(file_part("f", "", "x") + std::string(end)), 403U);
  EXPECT_EQ(handled, 2);
}

TEST_F(Form, NeedsAnExistingFolder) {
  options.folder = folder.path() / "none";
  EXPECT_THROW((void)receive_form(options, handler), std::invalid_argument);
  std::ofstream(folder.path() / "file") << "x";
  options.folder = folder.path() / "file";
  EXPECT_THROW((void)receive_form(options, handler), std::invalid_argument);
  options.folder = folder.path();
  EXPECT_THROW((void)receive_form(options, nullptr), std::invalid_argument);
}

}  // namespace
}  // namespace socketio
