#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <socketio/static_files.hpp>

#include "gunzip.hpp"

namespace socketio {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

constexpr std::string_view digits = "0123456789";
constexpr std::string_view modified = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view a_second_before = "Sun, 06 Nov 1994 08:49:36 GMT";

/// The whole body, read piece by piece if it has a source.
std::string content_of(const http_response& response) {
  if (!response.source) return response.body;
  EXPECT_EQ(response.body, "");
  std::string content;
  char piece[1000];
  while (const auto count = response.source->read(piece)) content.append(piece, count);
  EXPECT_EQ(content.size(), response.source->size());
  return content;
}

/// What HTTP's Content-Length says.
std::uint64_t length_of(const http_response& response) {
  return response.source ? response.source->size() : response.body.size();
}

class StaticFiles : public testing::Test {
 protected:
  StaticFiles() {
    std::string name = (fs::temp_directory_path() / "static_files_test.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    base_ = name;
    root_ = base_ / "root";
    fs::create_directories(root_ / "folder" / "deep");
    fs::create_directories(root_ / "bare");
    fs::create_directories(root_ / ".git");
    fs::create_directories(base_ / "root-sibling");
    write(root_ / "index.html", "<p>root");
    write(root_ / "digits.txt", digits);
    write(root_ / "empty.txt", "");
    write(root_ / "a b%c.txt", "odd name");
    write(root_ / "caf\xc3\xa9.txt", "utf-8 name");
    write(root_ / "%2e%2e", "not a dot segment");
    write(root_ / ".hidden", "secret");
    write(root_ / ".git" / "config", "secret");
    write(root_ / "folder" / "index.html", "<p>folder");
    write(root_ / "folder" / "deep" / "x.js", "x()");
    write(base_ / "outside.txt", "secret");
    write(base_ / "root-sibling" / "x.txt", "secret");
  }

  ~StaticFiles() override {
    std::error_code ignored;
    fs::remove_all(base_, ignored);
  }

  static void write(const fs::path& path, std::string_view content) {
    std::ofstream(path, std::ios::binary) << content;
    const auto time = std::chrono::sys_seconds(std::chrono::seconds(784111777));
    fs::last_write_time(path, std::chrono::file_clock::from_sys(time));
  }

  using fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// Requests a path below the route `/files`, or the route itself if the path is empty.
  [[nodiscard]] http_response request(std::string_view method, std::string_view path,
                                      fields headers = {}, std::string_view query = {}) const {
    http_request request;
    request.method = method;
    request.target = "/files"s.append(path).append(query);
    request.headers = http_fields(headers);
    return static_files(root_, options_).serve(request, path);
  }

  [[nodiscard]] http_response get(std::string_view path, fields headers = {}) const {
    return request("GET", path, headers);
  }

  [[nodiscard]] std::string tag_of(std::string_view path) const {
    return std::string(get(path).headers["ETag"]);
  }

  fs::path base_;
  fs::path root_;
  static_files_options options_;
};

TEST_F(StaticFiles, ServesAFileWithItsFields) {
  const auto response = get("/digits.txt");
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.body, digits);
  EXPECT_EQ(response.headers["Content-Type"], "text/plain; charset=utf-8");
  EXPECT_EQ(response.headers["Last-Modified"], modified);
  EXPECT_EQ(response.headers["Cache-Control"], "no-cache");
  EXPECT_EQ(response.headers["X-Content-Type-Options"], "nosniff");
  EXPECT_EQ(response.headers["Accept-Ranges"], "bytes");
  EXPECT_EQ(response.headers["ETag"], "\"a-2ebc98a1-0\"");
  EXPECT_EQ(response.headers["Vary"], "Accept-Encoding");
  for (std::size_t i = 0; i < response.headers.size(); ++i) {
    EXPECT_EQ(response.headers.count(response.headers.at(i).first), 1u);
  }
}

TEST_F(StaticFiles, ServesAFileForAnotherPath) {
  http_request request;
  request.method = "GET";
  const static_files files(root_, options_);
  for (const auto* target : {"/", "/login", "/login/?next=/"}) {
    request.target = target;
    EXPECT_EQ(files.serve(request, "digits.txt").body, digits) << target;
    EXPECT_EQ(files.serve(request, "digits.txt/").status, 404U) << target;
    EXPECT_EQ(files.serve(request, "folder/").body, "<p>folder") << target;
  }
}

TEST_F(StaticFiles, DecodesNames) {
  EXPECT_EQ(get("digits.txt").body, digits) << "the leading slash may belong to the route";
  EXPECT_EQ(get("/folder/deep/x.js").body, "x()");
  EXPECT_EQ(get("/%66older/deep/x%2Ejs").body, "x()");
  EXPECT_EQ(get("/a%20b%25c.txt").body, "odd name");
  EXPECT_EQ(get("/caf%C3%A9.txt").body, "utf-8 name");
  EXPECT_EQ(get("/%252e%252e").body, "not a dot segment");
  EXPECT_EQ(get("/empty.txt").status, 200u);
  EXPECT_EQ(get("/empty.txt").body, "");
}

TEST_F(StaticFiles, ServesEveryByteOfABigFile) {
  std::string content;
  for (int i = 0; i < 300'000; ++i) content.push_back(static_cast<char>(i * 7));
  write(root_ / "big.bin", content);
  EXPECT_TRUE(content_of(get("/big.bin")) == content);
  EXPECT_EQ(content_of(get("/big.bin", {{"Range", "bytes=70000-"}})), content.substr(70'000));
  EXPECT_EQ(content_of(get("/big.bin", {{"Range", "bytes=1-20000"}})), content.substr(1, 20'000));
}

TEST_F(StaticFiles, ReadsABigFileWhileItIsSent) {
  // A sparse file, bigger than memory.
  constexpr auto size = std::uint64_t{1} << 40U;
  write(root_ / "huge.bin", "begin");
  fs::resize_file(root_ / "huge.bin", size);
  const auto whole = get("/huge.bin");
  ASSERT_TRUE(whole.source);
  EXPECT_EQ(whole.body, "");
  EXPECT_EQ(whole.source->size(), size);
  char piece[5];
  EXPECT_EQ(whole.source->read(piece), sizeof piece);
  EXPECT_EQ(std::string_view(piece, sizeof piece), "begin");

  const auto part = get("/huge.bin", {{"Range", "bytes=100000-"}});
  ASSERT_TRUE(part.source);
  EXPECT_EQ(part.source->size(), size - 100'000);
  EXPECT_EQ(part.headers["Content-Range"], "bytes 100000-1099511627775/1099511627776");

  const auto head = request("HEAD", "/huge.bin");
  ASSERT_TRUE(head.source);
  EXPECT_EQ(head.source->size(), size);
}

TEST_F(StaticFiles, HoldsSmallFilesAndStreamsOthers) {
  write(root_ / "small.bin", std::string(16 * 1024, 'a'));
  write(root_ / "more.bin", std::string(16 * 1024 + 1, 'a'));
  EXPECT_FALSE(get("/small.bin").source);
  EXPECT_EQ(get("/small.bin").body.size(), 16u * 1024);
  EXPECT_TRUE(get("/more.bin").source);
  EXPECT_FALSE(get("/more.bin", {{"Range", "bytes=5-10"}}).source);
}

TEST_F(StaticFiles, EndsEarlyIfTheFileShrinks) {
  write(root_ / "file.bin", std::string(100'000, 'a'));
  const auto response = get("/file.bin");
  ASSERT_TRUE(response.source);
  std::string piece(40'000, '\0');
  EXPECT_EQ(response.source->read(piece), piece.size());
  fs::resize_file(root_ / "file.bin", 50'000);
  EXPECT_EQ(response.source->read(piece), 10'000u);
  EXPECT_EQ(response.source->read(piece), 0u);
  EXPECT_EQ(response.source->size(), 100'000u);
}

TEST_F(StaticFiles, SendsNoMoreThanItAnnouncedIfTheFileGrows) {
  write(root_ / "file.bin", std::string(100'000, 'a'));
  const auto response = get("/file.bin");
  fs::resize_file(root_ / "file.bin", 200'000);
  EXPECT_EQ(content_of(response), std::string(100'000, 'a'));
}

TEST_F(StaticFiles, SendsTheFileThatWasOpened) {
  write(root_ / "file.bin", std::string(100'000, 'a'));
  const auto response = get("/file.bin");
  fs::remove(root_ / "file.bin");
  write(root_ / "file.bin", std::string(100'000, 'b'));
  EXPECT_EQ(content_of(response), std::string(100'000, 'a'));
}

TEST_F(StaticFiles, AnswersHeadLikeGet) {
  const auto response = request("HEAD", "/digits.txt", {{"Range", "bytes=0-1"}});
  EXPECT_EQ(response.status, 200u) << "ranges are defined for GET only";
  EXPECT_EQ(response.body.size(), digits.size());
  EXPECT_EQ(request("HEAD", "/none").status, 404u);
}

TEST_F(StaticFiles, RefusesOtherMethods) {
  for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"}) {
    const auto response = request(method, "/digits.txt");
    EXPECT_EQ(response.status, 405u) << method;
    EXPECT_EQ(response.headers["Allow"], "GET, HEAD");
  }
}

TEST_F(StaticFiles, ServesNothingOutsideTheFolder) {
  for (const auto* path : {"/none.txt",
                           "/digits.txt/",
                           "/digits.txt/x",
                           "/bare/",
                           "/bare/none",
                           "/../outside.txt",
                           "/../root/digits.txt",
                           "/../root-sibling/x.txt",
                           "/folder/../digits.txt",
                           "/folder/../../outside.txt",
                           "/./digits.txt",
                           "/folder/./index.html",
                           "/..",
                           "/../",
                           "/.",
                           "/%2e%2e/outside.txt",
                           "/%2E%2E/outside.txt",
                           "/.%2e/outside.txt",
                           "/%2e./outside.txt",
                           "/%2e%2e%2foutside.txt",
                           "/..%2foutside.txt",
                           "/..%2Foutside.txt",
                           "/folder%2findex.html",
                           "/folder%5cindex.html",
                           "/folder\\index.html",
                           "/..\\outside.txt",
                           "/..%5Coutside.txt",
                           "/digits.txt%00",
                           "/digits.txt%00.html",
                           "/%00",
                           "//",
                           "//digits.txt",
                           "/folder//index.html",
                           "/folder/index.html//",
                           "//etc/passwd",
                           "/etc/passwd",
                           "/%2fetc%2fpasswd",
                           "/.hidden",
                           "/%2ehidden",
                           "/.git/config",
                           "/.git/",
                           "/...",
                           "/digits.txt%",
                           "/%zz",
                           "/%252e%252e/outside.txt",
                           "/..%c0%afoutside.txt",
                           "/%c0%ae%c0%ae/outside.txt"}) {
    const auto response = get(path);
    EXPECT_EQ(response.status, 404u) << path;
    EXPECT_EQ(response.body, "Not Found\n") << path;
    EXPECT_EQ(response.headers["X-Content-Type-Options"], "nosniff") << path;
  }
  EXPECT_EQ(get("/" + std::string(10'000, 'a')).status, 404u);
  std::string deep;
  for (int i = 0; i < 3000; ++i) deep += "/a";
  EXPECT_EQ(get(deep).status, 404u);
}

TEST_F(StaticFiles, FollowsSymbolicLinksInsideTheFolderOnly) {
  fs::create_symlink("digits.txt", root_ / "inside.txt");
  fs::create_symlink(root_ / "folder", root_ / "folder-link");
  fs::create_symlink(base_ / "outside.txt", root_ / "outside.txt");
  fs::create_symlink("../outside.txt", root_ / "relative.txt");
  fs::create_symlink(base_, root_ / "up");
  fs::create_symlink(base_ / "root-sibling", root_ / "sibling");
  fs::create_symlink(base_ / "outside.txt", root_ / "bare" / "index.html");
  fs::create_symlink("loop", root_ / "loop");
  fs::create_symlink("nowhere", root_ / "dangling");
  fs::create_symlink(".hidden", root_ / "to-hidden");
  fs::create_symlink(".git", root_ / "to-git");
  fs::create_symlink(".git/config", root_ / "to-config");
  EXPECT_EQ(get("/inside.txt").body, digits);
  EXPECT_EQ(get("/folder-link/deep/x.js").body, "x()");
  for (const auto* path : {"/outside.txt", "/relative.txt", "/up/outside.txt", "/up/", "/up",
                           "/sibling/x.txt", "/bare/", "/bare/index.html", "/loop", "/dangling",
                           "/to-hidden", "/to-git/config", "/to-config"}) {
    EXPECT_EQ(get(path).status, 404u) << path;
  }
}

TEST_F(StaticFiles, AsksToTryAgainWhenItIsOutOfDescriptors) {
  // Without descriptors UndefinedBehaviorSanitizer cannot look at a fixture, only at this.
  const static_files files(root_, options_);
  const auto ask = [&files](std::string_view path) {
    http_request request;
    request.method = "GET";
    request.target = path;
    return files.serve(request, path);
  };
  ::rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int lowest_free = ::dup(0);
  ASSERT_GE(lowest_free, 0);
  ::close(lowest_free);
  // The folder can be opened, a file in it cannot.
  for (const int left : {0, 1}) {
    const ::rlimit limited{static_cast<::rlim_t>(lowest_free + left), before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limited), 0);
    const auto existing = ask("/digits.txt");
    const auto folder = ask("/folder/");
    const auto missing = ask("/missing.txt");
    ::setrlimit(RLIMIT_NOFILE, &before);
    for (const auto* response : {&existing, &folder}) {
      EXPECT_EQ(response->status, 503u);
      EXPECT_EQ(response->headers["Retry-After"], "1");
    }
    EXPECT_EQ(missing.status, 404u);
  }
  EXPECT_EQ(get("/digits.txt").body, digits);
}

TEST_F(StaticFiles, ServesRegularFilesOnly) {
  ASSERT_EQ(::mkfifo((root_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(get("/pipe").status, 404u) << "and does not wait for a writer";
}

TEST_F(StaticFiles, ServesTheIndexOfAFolder) {
  for (const auto* path : {"/", "/folder/"}) {
    const auto response = get(path);
    EXPECT_EQ(response.status, 200u) << path;
    EXPECT_EQ(response.headers["Content-Type"], "text/html; charset=utf-8");
  }
  EXPECT_EQ(get("/").body, "<p>root");
  EXPECT_EQ(get("/folder/").body, "<p>folder");
}

TEST_F(StaticFiles, RedirectsToTheFolderWithASlash) {
  EXPECT_EQ(get("/folder").status, 301u);
  EXPECT_EQ(get("/folder").headers["Location"], "/files/folder/");
  EXPECT_EQ(get("/%66older").headers["Location"], "/files/%66older/");
  EXPECT_EQ(get("").headers["Location"], "/files/");
  EXPECT_EQ(request("GET", "/folder", {}, "?a=/b&c").headers["Location"], "/files/folder/?a=/b&c");
}

TEST_F(StaticFiles, RedirectsToNoOtherHost) {
  const static_files files(root_);
  for (const auto* target : {"//folder", "///folder", "/\\folder", "\\\\folder", "/\\/folder"}) {
    http_request request;
    request.method = "GET";
    request.target = target;
    const auto response = files.serve(request, "folder");
    EXPECT_EQ(response.status, 301u) << target;
    EXPECT_EQ(response.headers["Location"], "/folder/") << target;
  }
}

TEST_F(StaticFiles, TagChangesWithSizeAndTime) {
  const auto tag = tag_of("/digits.txt");
  EXPECT_EQ(tag_of("/digits.txt"), tag);
  write(root_ / "digits.txt", "012345678");
  const auto shorter = tag_of("/digits.txt");
  EXPECT_NE(shorter, tag);
  fs::last_write_time(root_ / "digits.txt",
                      fs::last_write_time(root_ / "digits.txt") + std::chrono::milliseconds(1));
  EXPECT_NE(tag_of("/digits.txt"), shorter);
}

TEST_F(StaticFiles, DoesNotSendALastModifiedInTheFuture) {
  fs::last_write_time(root_ / "digits.txt",
                      fs::file_time_type::clock::now() + std::chrono::hours(1));
  const auto response = get("/digits.txt");
  EXPECT_EQ(response.status, 200u);
  EXPECT_FALSE(response.headers.find("Last-Modified"));
}

struct condition {
  unsigned status;
  std::initializer_list<std::pair<std::string_view, std::string_view>> headers;
};

TEST_F(StaticFiles, ChecksPreconditionsInTheirOrder) {
  const auto tag = tag_of("/digits.txt");
  const auto weak = "W/" + tag;
  const auto listed = "\"x, y\" ,, W/\"z\", " + tag;
  const auto weakly_listed = "\"x\"," + weak + ",\"z\"";
  const std::string_view rfc850 = "Sunday, 06-Nov-94 08:49:37 GMT";
  const std::string_view asctime = "Sun Nov  6 08:49:37 1994";
  const std::string_view asctime_before = "Sun Nov  6 08:49:36 1994";
  const condition conditions[] = {
      {304, {{"If-None-Match", tag}}},
      {304, {{"If-None-Match", weak}}},
      {304, {{"If-None-Match", "*"}}},
      {304, {{"If-None-Match", listed}}},
      {304, {{"If-None-Match", weakly_listed}}},
      {304, {{"If-None-Match", "\"x\""}, {"If-None-Match", tag}}},
      {200, {{"If-None-Match", "\"x\""}}},
      {200, {{"If-None-Match", "x"}}},
      {200, {{"If-None-Match", ""}}},
      {200, {{"If-None-Match", "\"unfinished"}}},
      {304, {{"If-Modified-Since", modified}}},
      {304, {{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:38 GMT"}}},
      {304, {{"If-Modified-Since", rfc850}}},
      {304, {{"If-Modified-Since", asctime}}},
      {200, {{"If-Modified-Since", a_second_before}}},
      {200, {{"If-Modified-Since", asctime_before}}},
      {200, {{"If-Modified-Since", "Thu, 31 Feb 2000 00:00:00 GMT"}}},
      {200, {{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT x"}}},
      {200, {{"If-Modified-Since", "yesterday"}}},
      {200, {{"If-Modified-Since", "784111777"}}},
      // If-None-Match takes precedence over If-Modified-Since.
      {200, {{"If-None-Match", "\"x\""}, {"If-Modified-Since", modified}}},
      {304, {{"If-None-Match", tag}, {"If-Modified-Since", a_second_before}}},
      {200, {{"If-Match", tag}}},
      {200, {{"If-Match", "*"}}},
      {412, {{"If-Match", weak}}},
      {412, {{"If-Match", "\"x\""}}},
      {412, {{"If-Match", "\"x\""}, {"If-None-Match", tag}}},
      {304, {{"If-Match", tag}, {"If-None-Match", tag}}},
      {200, {{"If-Unmodified-Since", modified}}},
      {412, {{"If-Unmodified-Since", a_second_before}}},
      {200, {{"If-Unmodified-Since", "yesterday"}}},
      // If-Match takes precedence over If-Unmodified-Since, and preconditions over ranges.
      {200, {{"If-Match", tag}, {"If-Unmodified-Since", a_second_before}}},
      {304, {{"If-None-Match", tag}, {"Range", "bytes=0-1"}}},
      {206, {{"If-None-Match", "\"x\""}, {"Range", "bytes=0-1"}}},
  };
  for (const auto& [status, headers] : conditions) {
    std::string text;
    for (const auto& [name, value] : headers) text.append(name).append(": ").append(value) += '\n';
    SCOPED_TRACE(text);
    const auto response = get("/digits.txt", headers);
    EXPECT_EQ(response.status, status);
    if (status == 304) {
      EXPECT_EQ(response.body, "");
      EXPECT_EQ(response.headers["ETag"], tag);
      EXPECT_EQ(response.headers["Last-Modified"], modified);
      EXPECT_EQ(response.headers["Cache-Control"], "no-cache");
      EXPECT_FALSE(response.headers.find("Content-Type"));
    }
  }
}

TEST_F(StaticFiles, SendsSingleRanges) {
  struct sample {
    std::string_view range;
    std::string_view content;
    std::string_view content_range;
  };
  for (const auto& [range, content, content_range] : {
           sample{"bytes=0-0", "0", "bytes 0-0/10"},
           sample{"bytes=2-4", "234", "bytes 2-4/10"},
           sample{"Bytes=2-4", "234", "bytes 2-4/10"},
           sample{"bytes=9-9", "9", "bytes 9-9/10"},
           sample{"bytes=7-", "789", "bytes 7-9/10"},
           sample{"bytes=0-", "0123456789", "bytes 0-9/10"},
           sample{"bytes=7-99", "789", "bytes 7-9/10"},
           sample{"bytes=7-99999999999999999999999", "789", "bytes 7-9/10"},
           sample{"bytes=-3", "789", "bytes 7-9/10"},
           sample{"bytes=-10", "0123456789", "bytes 0-9/10"},
           sample{"bytes=-99999999999999999999999", "0123456789", "bytes 0-9/10"},
       }) {
    const auto response = get("/digits.txt", {{"Range", range}});
    EXPECT_EQ(response.status, 206u) << range;
    EXPECT_EQ(response.body, content) << range;
    EXPECT_EQ(response.headers["Content-Range"], content_range) << range;
    EXPECT_EQ(response.headers["Content-Type"], "text/plain; charset=utf-8");
    EXPECT_EQ(response.headers["Last-Modified"], modified);
  }
}

TEST_F(StaticFiles, SendsTheWholeFileForOtherRanges) {
  for (const auto* range :
       {"bytes=0-1,3-4", "bytes=0-1,", "bytes=,0-1", "bytes=4-2", "bytes=-", "bytes=", "bytes=1",
        "bytes=a-b", "bytes=1-b", "bytes=+1-2", "bytes= 1-2", "bytes=1 -2", "bytes=--1",
        "bytes=1-2-3", "bytes 1-2", "lines=1-2", "1-2", "", "bytes=0x1-2"}) {
    const auto response = get("/digits.txt", {{"Range", range}});
    EXPECT_EQ(response.status, 200u) << range;
    EXPECT_EQ(response.body, digits) << range;
    EXPECT_FALSE(response.headers.find("Content-Range")) << range;
  }
  EXPECT_EQ(get("/digits.txt", {{"Range", "bytes=0-1"}, {"Range", "bytes=0-1"}}).status, 200u);
}

TEST_F(StaticFiles, RefusesRangesBeyondTheEnd) {
  for (const auto* range :
       {"bytes=10-", "bytes=10-20", "bytes=99999999999999999999999-", "bytes=-0"}) {
    const auto response = get("/digits.txt", {{"Range", range}});
    EXPECT_EQ(response.status, 416u) << range;
    EXPECT_EQ(response.headers["Content-Range"], "bytes */10") << range;
  }
  for (const auto* range : {"bytes=0-", "bytes=-1", "bytes=0-0"}) {
    const auto response = get("/empty.txt", {{"Range", range}});
    EXPECT_EQ(response.status, 416u) << range;
    EXPECT_EQ(response.headers["Content-Range"], "bytes */0") << range;
  }
}

TEST_F(StaticFiles, SendsARangeOnlyOfTheFileThatTheClientHas) {
  const auto tag = tag_of("/digits.txt");
  const auto status_if = [&](std::string_view condition) {
    return get("/digits.txt", {{"Range", "bytes=0-1"}, {"If-Range", condition}}).status;
  };
  EXPECT_EQ(status_if(tag), 206u);
  EXPECT_EQ(status_if(modified), 206u);
  EXPECT_EQ(status_if("W/" + tag), 200u);
  EXPECT_EQ(status_if("\"x\""), 200u);
  EXPECT_EQ(status_if(a_second_before), 200u);
  EXPECT_EQ(status_if("Sun, 06 Nov 1994 08:49:38 GMT"), 200u) << "a date has to match exactly";
  EXPECT_EQ(status_if("*"), 200u);
  EXPECT_EQ(status_if(""), 200u);
}

TEST_F(StaticFiles, SendsTheCacheControlOfItsOptions) {
  options_.cache_control = "public, max-age=31536000, immutable";
  EXPECT_EQ(get("/digits.txt").headers["Cache-Control"], options_.cache_control);
  const auto unchanged = get("/digits.txt", {{"If-None-Match", "*"}});
  EXPECT_EQ(unchanged.status, 304u);
  EXPECT_EQ(unchanged.headers["Cache-Control"], options_.cache_control);
  options_.cache_control = "";
  EXPECT_FALSE(get("/digits.txt").headers.find("Cache-Control"));
  EXPECT_FALSE(get("/digits.txt", {{"If-None-Match", "*"}}).headers.find("Cache-Control"));
}

/// A folder with text that is worth compressing.
class StaticFilesGzip : public StaticFiles {
 protected:
  StaticFilesGzip() { write(root_ / "text.txt", text_); }

  /// Requests with a browser's Accept-Encoding.
  [[nodiscard]] http_response get_gzip(std::string_view path) const {
    return get(path, {{"Accept-Encoding", "gzip, deflate, br"}});
  }

  std::string text_ = [] {
    std::string text;
    for (int line = 0; line < 10'000; ++line)
      text.append(std::to_string(line)).append(" bottles\n");
    return text;
  }();
};

TEST_F(StaticFilesGzip, CompressesText) {
  const auto response = get_gzip("/text.txt");
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.headers["Content-Encoding"], "gzip");
  EXPECT_EQ(response.headers["Content-Type"], "text/plain; charset=utf-8");
  EXPECT_EQ(response.headers["Vary"], "Accept-Encoding");
  EXPECT_EQ(response.headers["Cache-Control"], "no-cache");
  EXPECT_EQ(response.headers["Last-Modified"], modified);
  EXPECT_EQ(response.headers["X-Content-Type-Options"], "nosniff");
  EXPECT_FALSE(response.headers.find("Accept-Ranges")) << "ranges are of the file as it is";
  const auto coded = content_of(response);
  EXPECT_LT(coded.size(), text_.size() / 2);
  EXPECT_EQ(gunzip(coded), text_);
}

TEST_F(StaticFilesGzip, FollowsAcceptEncoding) {
  for (const auto* accepted : {"gzip", "GZIP", "br, gzip;q=0.5", "*", "x, *;q=0.1", "gzip;q=1.0"}) {
    const auto response = get("/text.txt", {{"Accept-Encoding", accepted}});
    EXPECT_EQ(response.headers["Content-Encoding"], "gzip") << accepted;
    EXPECT_EQ(gunzip(content_of(response)), text_) << accepted;
  }
  for (const auto* accepted : {"gzip;q=0", "gzip; q=0.000", "*;q=0", "gzip;q=0, *", "identity",
                               "br", "deflate", "", "gzipped"}) {
    const auto response = get("/text.txt", {{"Accept-Encoding", accepted}});
    EXPECT_FALSE(response.headers.find("Content-Encoding")) << accepted;
    EXPECT_EQ(content_of(response), text_) << accepted;
    EXPECT_EQ(response.headers["Vary"], "Accept-Encoding") << accepted;
  }
  EXPECT_EQ(content_of(get("/text.txt")), text_);
}

TEST_F(StaticFilesGzip, CompressesCompressibleTypesOnly) {
  for (const auto* name : {"a.html", "a.css", "a.js", "a.mjs", "a.json", "a.map", "a.svg", "a.xml",
                           "a.wasm", "a.webmanifest", "a.csv", "a.md", "a.cpp", "a.hpp", "a.ttf"}) {
    write(root_ / name, text_);
    const auto response = get_gzip("/"s + name);
    EXPECT_EQ(response.headers["Content-Encoding"], "gzip") << name;
    EXPECT_EQ(response.headers["Vary"], "Accept-Encoding") << name;
  }
  for (const auto* name :
       {"a.png", "a.jpg", "a.woff2", "a.mp4", "a.zip", "a.gz", "a.pdf", "a.bin"}) {
    write(root_ / name, text_);
    const auto response = get_gzip("/"s + name);
    EXPECT_FALSE(response.headers.find("Content-Encoding")) << name;
    EXPECT_FALSE(response.headers.find("Vary")) << name;
    EXPECT_EQ(response.headers["Accept-Ranges"], "bytes") << name;
    EXPECT_EQ(content_of(response), text_) << name;
  }
}

TEST_F(StaticFilesGzip, CompressesFilesWithinTheLimits) {
  options_.gzip_min_size = 100;
  options_.gzip_max_size = 200;
  for (const auto& [size, coded] :
       {std::pair<std::size_t, bool>{99, false}, {100, true}, {200, true}, {201, false}}) {
    write(root_ / "sized.txt", std::string(size, 'a'));
    const auto response = get_gzip("/sized.txt");
    EXPECT_EQ(response.headers.find("Content-Encoding").has_value(), coded) << size;
    EXPECT_EQ(response.headers["Vary"], "Accept-Encoding") << size;
    const auto content = content_of(response);
    EXPECT_EQ(coded ? gunzip(content) : content, std::string(size, 'a'));
  }
  options_.gzip_min_size = 0;
  EXPECT_EQ(gunzip(content_of(get_gzip("/empty.txt"))), "");
}

TEST_F(StaticFilesGzip, MayBeSwitchedOff) {
  options_.gzip = false;
  write(root_ / "text.txt.gz", "sibling");
  const auto response = get_gzip("/text.txt");
  EXPECT_EQ(content_of(response), text_);
  EXPECT_FALSE(response.headers.find("Content-Encoding"));
  EXPECT_FALSE(response.headers.find("Vary"));
}

TEST_F(StaticFilesGzip, AnswersHeadLikeGet) {
  const fields both = {{"Accept-Encoding", "gzip"}};
  const auto whole = get("/text.txt", both);
  const auto head = request("HEAD", "/text.txt", both);
  EXPECT_EQ(head.status, 200u);
  EXPECT_EQ(length_of(head), length_of(whole));
  ASSERT_EQ(head.headers.size(), whole.headers.size());
  for (std::size_t i = 0; i < head.headers.size(); ++i) {
    EXPECT_EQ(head.headers.at(i), whole.headers.at(i));
  }
  // HEAD ignores ranges.
  EXPECT_EQ(request("HEAD", "/text.txt", {{"Accept-Encoding", "gzip"}, {"Range", "bytes=0-1"}})
                .headers["ETag"],
            whole.headers["ETag"]);
  EXPECT_EQ(length_of(request("HEAD", "/text.txt")), text_.size());
}

TEST_F(StaticFilesGzip, HasAnEntityTagOfItsOwn) {
  const auto identity = tag_of("/text.txt");
  const std::string coded(get_gzip("/text.txt").headers["ETag"]);
  EXPECT_EQ(coded, identity.substr(0, identity.size() - 1) + "-gzip\"");
  const auto weak = "W/" + coded;
  const auto both = identity + ", " + coded;
  struct sample {
    unsigned status;
    std::string_view encoding;
    std::string_view field;
    std::string_view tags;
  };
  for (const auto& [status, encoding, field, tags] : {
           sample{304, "gzip", "If-None-Match", coded},
           sample{304, "gzip", "If-None-Match", weak},
           sample{304, "gzip", "If-None-Match", both},
           sample{200, "gzip", "If-None-Match", identity},
           sample{304, "identity", "If-None-Match", identity},
           sample{200, "identity", "If-None-Match", coded},
           sample{304, "gzip", "If-Modified-Since", modified},
           sample{200, "gzip", "If-Match", coded},
           sample{412, "gzip", "If-Match", identity},
           sample{412, "gzip", "If-Match", weak},
           sample{412, "identity", "If-Match", coded},
       }) {
    const auto response = get("/text.txt", {{"Accept-Encoding", encoding}, {field, tags}});
    EXPECT_EQ(response.status, status) << encoding << ' ' << field << ' ' << tags;
    if (status != 304) continue;
    EXPECT_EQ(response.headers["ETag"], encoding == "gzip" ? coded : identity);
    EXPECT_EQ(response.headers["Vary"], "Accept-Encoding");
    EXPECT_EQ(response.headers["Cache-Control"], "no-cache");
    EXPECT_FALSE(response.headers.find("Content-Encoding"));
    EXPECT_FALSE(response.headers.find("Content-Type"));
    EXPECT_EQ(content_of(response), "");
  }
}

TEST_F(StaticFilesGzip, SendsRangesOfTheFileAsItIs) {
  const auto identity = tag_of("/text.txt");
  const std::string coded(get_gzip("/text.txt").headers["ETag"]);
  write(root_ / "text.txt.gz", "sibling");
  const auto part = get("/text.txt", {{"Accept-Encoding", "gzip"}, {"Range", "bytes=2-8"}});
  EXPECT_EQ(part.status, 206u);
  EXPECT_EQ(part.body, text_.substr(2, 7));
  EXPECT_EQ(part.headers["ETag"], identity);
  EXPECT_EQ(part.headers["Vary"], "Accept-Encoding");
  EXPECT_FALSE(part.headers.find("Content-Encoding"));
  EXPECT_EQ(part.headers["Content-Range"], "bytes 2-8/" + std::to_string(text_.size()));

  // A client that holds the beginning of the gzip form must not get a range of the identity form.
  const auto resumed =
      get("/text.txt", {{"Accept-Encoding", "gzip"}, {"Range", "bytes=2-8"}, {"If-Range", coded}});
  EXPECT_EQ(resumed.status, 200u);
  EXPECT_EQ(content_of(resumed), text_);
  EXPECT_EQ(resumed.headers["ETag"], identity);
}

TEST_F(StaticFilesGzip, PrefersTheSibling) {
  write(root_ / "text.txt.gz", "whatever is in it");
  const auto response = get_gzip("/text.txt");
  EXPECT_EQ(content_of(response), "whatever is in it");
  EXPECT_EQ(response.headers["Content-Encoding"], "gzip");
  EXPECT_EQ(response.headers["Content-Type"], "text/plain; charset=utf-8");
  EXPECT_EQ(response.headers["Vary"], "Accept-Encoding");
  const std::string tag(response.headers["ETag"]);
  EXPECT_EQ(tag, "\"11-2ebc98a1-0-gzip\"");
  EXPECT_EQ(get("/text.txt", {{"Accept-Encoding", "gzip"}, {"If-None-Match", tag}}).status, 304u);
  EXPECT_EQ(content_of(get("/text.txt")), text_);
  EXPECT_EQ(content_of(get("/text.txt", {{"Accept-Encoding", "gzip;q=0"}})), text_);
  EXPECT_EQ(length_of(request("HEAD", "/text.txt", {{"Accept-Encoding", "gzip"}})), 17u);

  write(root_ / "text.txt.gz", std::string(100'000, 'z'));
  EXPECT_EQ(content_of(get_gzip("/text.txt")), std::string(100'000, 'z'));
  EXPECT_NE(get_gzip("/text.txt").headers["ETag"], tag) << "it is another one";

  const auto itself = get_gzip("/text.txt.gz");
  EXPECT_EQ(itself.headers["Content-Type"], "application/gzip");
  EXPECT_FALSE(itself.headers.find("Content-Encoding"));
}

TEST_F(StaticFilesGzip, TakesTheSiblingOfFilesThatItWouldNotCompress) {
  write(root_ / "digits.txt.gz", "sibling");
  EXPECT_EQ(content_of(get_gzip("/digits.txt")), "sibling") << "the limits are for compressing";
  write(root_ / "index.html.gz", "index");
  EXPECT_EQ(content_of(get_gzip("/")), "index");
  write(root_ / "a.png", "picture");
  write(root_ / "a.png.gz", "sibling");
  EXPECT_EQ(content_of(get_gzip("/a.png")), "picture");
}

TEST_F(StaticFilesGzip, IgnoresAStaleSibling) {
  const auto sibling = root_ / "text.txt.gz";
  write(sibling, "stale");
  const auto time = fs::last_write_time(sibling);
  fs::last_write_time(sibling, time - std::chrono::milliseconds(1));
  EXPECT_EQ(gunzip(content_of(get_gzip("/text.txt"))), text_);
  fs::last_write_time(sibling, time + std::chrono::milliseconds(1));
  EXPECT_EQ(content_of(get_gzip("/text.txt")), "stale");
}

TEST_F(StaticFilesGzip, TakesNoSiblingFromElsewhere) {
  const auto sibling = root_ / "text.txt.gz";
  fs::create_symlink(base_ / "outside.txt", sibling);
  EXPECT_EQ(gunzip(content_of(get_gzip("/text.txt"))), text_);
  fs::remove(sibling);
  fs::create_directory(sibling);
  EXPECT_EQ(gunzip(content_of(get_gzip("/text.txt"))), text_);
  fs::remove(sibling);
  ASSERT_EQ(::mkfifo(sibling.c_str(), 0600), 0);
  EXPECT_EQ(gunzip(content_of(get_gzip("/text.txt"))), text_);
  fs::remove(sibling);
  fs::create_symlink("digits.txt", sibling);
  EXPECT_EQ(content_of(get_gzip("/text.txt")), digits) << "a link inside the folder is followed";
  fs::remove(root_ / "text.txt");
  EXPECT_EQ(get_gzip("/text.txt").status, 404u) << "a sibling stands beside something";
}

TEST_F(StaticFilesGzip, CachesCompressedFiles) {
  const auto content_from = [&](const static_files& files, std::string_view path) {
    http_request request;
    request.method = "GET";
    request.target = path;
    request.headers = {{"Accept-Encoding", "gzip"}};
    return gunzip(content_of(files.serve(request, path)));
  };
  // A change that keeps size and time shows what comes from the cache.
  const std::string before(2000, 'a');
  const std::string after(2000, 'b');
  for (const auto cache_size : {std::uint64_t{1} << 20U, std::uint64_t{0}}) {
    write(root_ / "kept.txt", before);
    options_.gzip_cache_size = cache_size;
    const static_files files(root_, options_);
    EXPECT_EQ(content_from(files, "/kept.txt"), before);
    write(root_ / "kept.txt", after);
    EXPECT_EQ(content_from(files, "/kept.txt"), cache_size == 0 ? after : before);
  }

  // The cache has room for one of the two files.
  options_.gzip_cache_size = 40;
  write(root_ / "kept.txt", before);
  const static_files files(root_, options_);
  EXPECT_EQ(content_from(files, "/kept.txt"), before);
  write(root_ / "other.txt", std::string(2000, 'c'));
  EXPECT_EQ(content_from(files, "/other.txt"), std::string(2000, 'c'));
  write(root_ / "kept.txt", after);
  EXPECT_EQ(content_from(files, "/kept.txt"), after) << "the other one has taken its place";

  // The server notices a change of the modification time.
  std::ofstream(root_ / "kept.txt", std::ios::binary) << before;
  EXPECT_EQ(content_from(files, "/kept.txt"), before);
}

TEST_F(StaticFiles, NeedsAFolder) {
  EXPECT_THROW(static_files(root_ / "none"), std::invalid_argument);
  EXPECT_THROW(static_files(root_ / "digits.txt"), std::invalid_argument);
  fs::create_symlink(root_, base_ / "link");
  http_request request;
  request.method = "GET";
  request.target = "/digits.txt";
  EXPECT_EQ(static_files(base_ / "link").serve(request, request.path()).body, digits);
  EXPECT_EQ(static_files(root_ / "folder" / "..").serve(request, request.path()).body, digits);
}

TEST(ContentTypeOf, DependsOnTheExtension) {
  EXPECT_EQ(content_type_of("a.html"), "text/html; charset=utf-8");
  EXPECT_EQ(content_type_of("A.HTML"), "text/html; charset=utf-8");
  EXPECT_EQ(content_type_of("a.min.js"), "text/javascript; charset=utf-8");
  EXPECT_EQ(content_type_of("a.mjs"), "text/javascript; charset=utf-8");
  EXPECT_EQ(content_type_of("a.css"), "text/css; charset=utf-8");
  EXPECT_EQ(content_type_of("a.txt"), "text/plain; charset=utf-8");
  EXPECT_EQ(content_type_of("a.md"), "text/markdown; charset=utf-8");
  EXPECT_EQ(content_type_of("a.csv"), "text/csv; charset=utf-8");
  EXPECT_EQ(content_type_of("a.json"), "application/json");
  EXPECT_EQ(content_type_of("a.js.map"), "application/json");
  EXPECT_EQ(content_type_of("a.svg"), "image/svg+xml");
  EXPECT_EQ(content_type_of("a.png"), "image/png");
  EXPECT_EQ(content_type_of("a.jpg"), "image/jpeg");
  EXPECT_EQ(content_type_of("a.jpeg"), "image/jpeg");
  EXPECT_EQ(content_type_of("a.gif"), "image/gif");
  EXPECT_EQ(content_type_of("a.webp"), "image/webp");
  EXPECT_EQ(content_type_of("favicon.ico"), "image/x-icon");
  EXPECT_EQ(content_type_of("a.wasm"), "application/wasm");
  EXPECT_EQ(content_type_of("a.woff2"), "font/woff2");
  EXPECT_EQ(content_type_of("a.pdf"), "application/pdf");
  EXPECT_EQ(content_type_of("a.xml"), "application/xml");
  EXPECT_EQ(content_type_of("a.mp3"), "audio/mpeg");
  EXPECT_EQ(content_type_of("a.mp4"), "video/mp4");
  EXPECT_EQ(content_type_of("a.webm"), "video/webm");
  EXPECT_EQ(content_type_of("a.zip"), "application/zip");
  EXPECT_EQ(content_type_of("a.tar.gz"), "application/gzip");
  EXPECT_EQ(content_type_of("a.cpp"), "text/plain; charset=utf-8");
  EXPECT_EQ(content_type_of("a.hpp"), "text/plain; charset=utf-8");
  EXPECT_EQ(content_type_of("a.webmanifest"), "application/manifest+json");
  for (const auto* name : {"", "html", "a", "a.", "a.htmlx", "a.html.bak", "js"}) {
    EXPECT_EQ(content_type_of(name), "application/octet-stream") << name;
  }
}

}  // namespace
}  // namespace socketio
