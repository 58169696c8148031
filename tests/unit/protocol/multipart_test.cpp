#include <socketio/protocol/multipart.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace socketio;
using namespace std::string_literals;

struct part {
  std::string name;
  std::optional<std::string> filename;
  std::string content_type;
  std::string content;
  bool ended = true;

  bool operator==(const part&) const = default;
};

part field(std::string name, std::string content) {
  return {std::move(name), std::nullopt, "text/plain", std::move(content)};
}

part file(std::string name, std::string filename, std::string type, std::string content) {
  return {std::move(name), std::move(filename), std::move(type), std::move(content)};
}

part cut_off(part whole) {
  whole.ended = false;
  return whole;
}

std::ostream& operator<<(std::ostream& stream, const part& found) {
  return stream << "{" << testing::PrintToString(found.name) << ", filename "
                << testing::PrintToString(found.filename) << ", " << found.content_type << ", "
                << testing::PrintToString(found.content) << (found.ended ? "}" : ", cut off}");
}

struct outcome {
  std::vector<part> parts;
  multipart_error error = multipart_error::none;
  std::string message{};
  bool complete = false;

  bool operator==(const outcome&) const = default;
};

std::ostream& operator<<(std::ostream& stream, const outcome& found) {
  return stream << testing::PrintToString(found.parts) << ", error "
                << static_cast<int>(found.error) << " '" << found.message << "', complete "
                << found.complete;
}

// Collects parts, and returns false from the call that brings the text to refuse.
class collector final : public multipart_handler {
 public:
  explicit collector(std::optional<std::string_view> refused = {}) : refused_(refused) {}

  bool handle_part(part_head head) override {
    parts.push_back({head.name, head.filename, head.content_type, {}, false});
    heads.push_back(std::move(head));
    return heads.back().name != refused_;
  }
  bool handle_data(std::string_view bytes) override {
    EXPECT_FALSE(bytes.empty());
    parts.back().content.append(bytes);
    return !refused_ || !parts.back().content.ends_with(*refused_);
  }
  bool handle_part_end() override {
    parts.back().ended = true;
    return "end of " + parts.back().name != refused_;
  }

  std::vector<part> parts;
  std::vector<part_head> heads;

 private:
  std::optional<std::string_view> refused_;
};

// Parses pieces. Each lies in memory of exactly its size, which is freed right after the call.
outcome parse_pieces(const std::vector<std::string_view>& pieces, const multipart_limits& limits,
                     std::optional<std::string_view> refused = {}) {
  collector receiver(refused);
  multipart_parser parser("bound", receiver, limits);
  for (const auto piece : pieces) {
    const auto memory = std::make_unique<char[]>(piece.size());
    std::copy(piece.begin(), piece.end(), memory.get());
    if (!parser.put({memory.get(), piece.size()})) break;
  }
  const bool failed = parser.error() != multipart_error::none;
  EXPECT_EQ(parser.error_message().empty(), !failed);
  EXPECT_EQ(parser.put({}), !failed);
  return {std::move(receiver.parts), parser.error(), std::string(parser.error_message()),
          parser.complete()};
}

// Parses a body whole, in pieces of each size, and in each split into two; all have to agree.
outcome parse(std::string_view body, const multipart_limits& limits = {},
              std::optional<std::string_view> refused = {}) {
  auto whole = parse_pieces({body}, limits, refused);
  for (std::size_t size = 1; size < body.size(); ++size) {
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0; at < body.size(); at += size) pieces.push_back(body.substr(at, size));
    EXPECT_EQ(parse_pieces(pieces, limits, refused), whole) << "in pieces of " << size;
    EXPECT_EQ(parse_pieces({body.substr(0, size), body.substr(size)}, limits, refused), whole)
        << "split at " << size;
  }
  return whole;
}

outcome complete(std::vector<part> parts) {
  return {std::move(parts), multipart_error::none, "", true};
}

outcome malformed(std::string message, std::vector<part> parts = {}) {
  return {std::move(parts), multipart_error::malformed, std::move(message)};
}

// Parses a form with one part of one byte that has this Content-Disposition.
outcome parse_disposition(std::string_view disposition) {
  return parse(
      "--bound\r\nContent-Disposition: "s.append(disposition).append("\r\n\r\nx\r\n--bound--"));
}

std::string name_of(std::string_view disposition) {
  const auto parsed = parse_disposition(disposition);
  return parsed.complete ? parsed.parts.at(0).name : parsed.message;
}

std::string filename_of(std::string_view disposition) {
  const auto parsed = parse_disposition(disposition);
  return parsed.complete ? parsed.parts.at(0).filename.value_or("no filename") : parsed.message;
}

std::string named_part(std::string_view name, std::string_view content) {
  return "--bound\r\nContent-Disposition: form-data; name=\""s.append(name)
      .append("\"\r\n\r\n")
      .append(content)
      .append("\r\n");
}

TEST(MultipartBoundary, MayBeQuoted) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=bound"), "bound");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data;BOUNDARY=\"bound\""), "bound");
  EXPECT_EQ(multipart_boundary("multipart/form-data ; charset=utf-8 ;; boundary=bound;"), "bound");
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=\"a b\""), "a b");
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=----=_Part_1:2/3?(4),5'6+7.8"),
            "----=_Part_1:2/3?(4),5'6+7.8");
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=" + std::string(70, 'b')),
            std::string(70, 'b'));
}

TEST(MultipartBoundary, IsMissingOrMalformed) {
  for (const auto& type :
       {""s, "multipart/form-data"s, "multipart/form-data; boundary"s,
        "multipart/form-data; boundary="s, "multipart/form-data; boundary=\"\""s,
        "multipart/form-data; boundary=\"bound"s, "multipart/form-data; boundary=\"bound\"x"s,
        "multipart/form-data; boundary=bo und"s, "multipart/form-data; boundary=\"bound \""s,
        "multipart/form-data; boundary=\"bo\rund\""s, "multipart/form-data; boundary=b\xC3\xB6"s,
        "multipart/form-data; boundary=a; boundary=b"s, "multipart/form-data, boundary=bound"s,
        "multipart/mixed; boundary=bound"s, "multipart/form-datax; boundary=bound"s,
        "multipart/form-data; boundary=" + std::string(71, 'b')}) {
    EXPECT_EQ(multipart_boundary(type), std::nullopt) << type;
  }
}

TEST(MultipartParser, RefusesToBeginWithoutABoundary) {
  collector receiver;
  EXPECT_THROW(multipart_parser("", receiver), std::invalid_argument);
  EXPECT_THROW(multipart_parser("a\rb", receiver), std::invalid_argument);
  EXPECT_THROW(multipart_parser(std::string(71, 'b'), receiver), std::invalid_argument);
}

TEST(MultipartParser, FindsFieldsAndFiles) {
  constexpr std::string_view body =
      "--bound\r\n"
      "Content-Disposition: form-data; name=\"text\"\r\n"
      "\r\n"
      "some\r\ntext\r\n"
      "--bound\r\n"
      "Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n"
      "Content-Type: image/png\r\n"
      "\r\n"
      "\x89PNG\r\n\x1A\n\r\n"
      "--bound--\r\n";
  EXPECT_EQ(parse(body), complete({field("text", "some\r\ntext"),
                                   file("file", "a.png", "image/png", "\x89PNG\r\n\x1A\n")}));
}

TEST(MultipartParser, KeepsAllFieldsOfAPart) {
  collector receiver;
  multipart_parser parser("bound", receiver);
  EXPECT_TRUE(
      parser.put("--bound\r\ncontent-disposition:form-data;name=a\r\nX-Empty:\r\n"
                 "X-Blanks: \t b c \t\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ==\r\n"
                 "--bound--"));
  ASSERT_TRUE(parser.complete());
  const auto& headers = receiver.heads.at(0).headers;
  ASSERT_EQ(headers.size(), 4u);
  EXPECT_EQ(headers["X-Empty"], "");
  EXPECT_EQ(headers["X-Blanks"], "b c");
  EXPECT_EQ(headers.at(0).first, "content-disposition");
  EXPECT_EQ(receiver.parts.at(0).content, "YQ==") << "transfer encodings are not undone";
}

TEST(MultipartParser, FindsEmptyFormsAndParts) {
  EXPECT_EQ(parse("--bound--"), complete({}));
  EXPECT_EQ(parse("--bound--\r\n"), complete({}));
  EXPECT_EQ(parse(named_part("a", "") + named_part("b", "") + "--bound--"),
            complete({field("a", ""), field("b", "")}));
  // The end of the blank line is also the line end before the boundary.
  EXPECT_EQ(parse("--bound\r\nContent-Disposition: form-data; name=a\r\n\r\n--bound--"),
            complete({field("a", "")}));
}

TEST(MultipartParser, IgnoresPreambleAndEpilogue) {
  EXPECT_EQ(parse("a preamble --bound\r\n-\r\n\r\n" + named_part("a", "x") +
                  "--bound--an epilogue\r\n--bound\r\nof any kind"),
            complete({field("a", "x")}));
  EXPECT_EQ(parse("\r\n" + named_part("a", "x") + "--bound--"), complete({field("a", "x")}));
}

TEST(MultipartParser, AcceptsBlanksAfterABoundary) {
  EXPECT_EQ(parse("--bound \t \r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n"
                  "--bound\t\r\nContent-Disposition: form-data; name=b\r\n\r\ny\r\n--bound-- \t"),
            complete({field("a", "x"), field("b", "y")}));
}

TEST(MultipartParser, DistinguishesBoundariesFromSimilarContent) {
  for (const auto content : {"\r",
                             "\n",
                             "\r\r",
                             "\r\n",
                             "\n\r",
                             "\r\n\r\n",
                             "\r\n-",
                             "\r\n--",
                             "\r\n--boun",
                             "\r\r\n--boun",
                             "\r\n\r\n--boun",
                             "--bound",
                             "x--bound--",
                             "\n--bound",
                             "\r--bound",
                             "\r\n-bound",
                             "\r\n--Bound\r\n",
                             "\r\n--boun\r\n--boun\r\n--boun",
                             "-",
                             "--",
                             "--boun",
                             "---bound",
                             "\r\n---bound--",
                             "\r\n--bou\r"}) {
    // At the very beginning of the content, "--bound" would be a boundary.
    const auto guarded = std::string(content).starts_with("--bound") ? "x"s + content : content;
    EXPECT_EQ(parse(named_part("a", guarded) + "--bound--"), complete({field("a", guarded)}));
  }
}

TEST(MultipartParser, PassesContentOnAsItArrives) {
  collector receiver;
  multipart_parser parser("bound", receiver);
  EXPECT_TRUE(parser.put("--bound\r\nContent-Disposition: form-data; name=a\r\n\r\n12345"));
  EXPECT_EQ(receiver.parts.at(0).content, "12345");
  EXPECT_EQ(parser.buffered(), 0u);
  EXPECT_TRUE(parser.put("6\r\n--bou"));
  EXPECT_EQ(receiver.parts.at(0).content, "123456");
  EXPECT_EQ(parser.buffered(), 7u);
  EXPECT_TRUE(parser.put("x"));
  EXPECT_EQ(receiver.parts.at(0).content, "123456\r\n--boux");
  EXPECT_EQ(parser.buffered(), 0u);
  EXPECT_FALSE(receiver.parts.at(0).ended);
}

TEST(MultipartParser, IsNotCompleteWithoutTheClosingBoundary) {
  const auto body = named_part("a", "x") + "--bound--";
  for (std::size_t size = 0; size < body.size(); ++size) {
    const auto found = parse_pieces({std::string_view(body).substr(0, size)}, {});
    EXPECT_FALSE(found.complete) << size;
    EXPECT_EQ(found.error, multipart_error::none) << size;
  }
}

TEST(MultipartParser, RefusesABoundaryFollowedBySomethingElse) {
  const auto message = "a boundary is not followed by a line end"s;
  for (const auto end : {"x", "\n", "-x", "-\r\n", " x", " -- ", "\rx", "\r\r\n", "\t--"}) {
    EXPECT_EQ(parse("--bound"s + end), malformed(message)) << end;
    EXPECT_EQ(parse(named_part("a", "x") + "--bound" + end),
              malformed(message, {cut_off(field("a", "x"))}))
        << end;
  }
}

TEST(MultipartParser, RefusesMalformedFields) {
  const auto head = "--bound\r\nContent-Disposition: form-data; name=a\r\n"s;
  for (const auto& line : {"no colon"s, ": no name"s, "blank : before"s, "a b: c"s, "nul: \0x"s,
                           "bare: \rx"s, "bell: \x07"s, "delete: \x7F"s}) {
    EXPECT_EQ(parse(head + line + "\r\n\r\nx"), malformed("a field of a part is malformed"))
        << line;
  }
  EXPECT_EQ(parse(head + " folded\r\n\r\nx"), malformed("a field of a part is folded"));
  EXPECT_EQ(parse("--bound\r\n\tfolded\r\n\r\nx"), malformed("a field of a part is folded"));
  EXPECT_EQ(parse(head + "X: y\n\r\nx"), malformed("a field of a part does not end with CR LF"));
  EXPECT_EQ(parse(head + "\nx"), malformed("a field of a part does not end with CR LF"));
}

TEST(MultipartParser, RefusesPartsThatAreNotFormData) {
  const auto missing = malformed("a part needs exactly one Content-Disposition");
  EXPECT_EQ(parse("--bound\r\n\r\nx"), missing);
  EXPECT_EQ(parse("--bound\r\nContent-Type: text/plain\r\n\r\nx"), missing);
  EXPECT_EQ(parse("--bound\r\nContent-Disposition: form-data; name=a\r\n"
                  "Content-Disposition: form-data; name=b\r\n\r\nx"),
            missing);
  for (const auto other : {"", "attachment; name=a", "form-datax; name=a", "name=a"}) {
    EXPECT_EQ(name_of(other), "a part's Content-Disposition is not form-data") << other;
  }
  for (const auto none :
       {"form-data", "form-data;", "form-data; filename=a", "form-data; name*=a"}) {
    EXPECT_EQ(name_of(none), "a part has no name") << none;
  }
  for (const auto wrong :
       {"form-data; name", "form-data; name=", "form-data; =a", "form-data; name=\"a",
        "form-data; name=\"a\\\"", "form-data; name=\"a\"b", "form-data; name=a b",
        "form-data; na me=a", "form-data; name=a; name=b", "form-data; name=a; NAME=a",
        "form-data; name=a\"b\"", "form-data; name = a", "form-data; name=a;b=;",
        "form-data; name=x;a=1;b=1;c=1;d=1;e=1;f=1;g=1;h=1;i=1;j=1;k=1;l=1"
        ";m=1;n=1;o=1;p=1"}) {
    EXPECT_EQ(name_of(wrong), "a part's Content-Disposition is malformed") << wrong;
  }
}

TEST(MultipartParser, ReadsNames) {
  EXPECT_EQ(name_of("form-data; name=\"a b;c=d\""), "a b;c=d");
  EXPECT_EQ(name_of("FORM-DATA ;\tNAME=a ; x=y;"), "a");
  EXPECT_EQ(name_of("form-data; name=\"\""), "");
  EXPECT_EQ(name_of("form-data; name=\"caf\xC3\xA9\""), "caf\xC3\xA9");
  EXPECT_EQ(name_of("form-data; name=\"%22quoted%22%0D%0A%41%0a%\""), "\"quoted\"\r\n%41%0a%");
}

TEST(MultipartParser, ReadsFilenames) {
  EXPECT_EQ(filename_of("form-data; name=a"), "no filename");
  EXPECT_EQ(filename_of("form-data; name=a; filename=\"\""), "");
  EXPECT_EQ(filename_of("form-data; filename=b.txt; name=a"), "b.txt");
  EXPECT_EQ(filename_of("form-data; name=a; filename=\"C:\\dir\\file.txt\""), "C:\\dir\\file.txt");
  EXPECT_EQ(filename_of("form-data; name=a; filename=\"a\\\"b\\\\c\""), "a\"b\\c");
  EXPECT_EQ(filename_of("form-data; name=a; filename=\"../a/%2F\xFF\""), "../a/%2F\xFF");
  EXPECT_EQ(filename_of("form-data; name=a; filename*=UTF-8''b.txt"), "no filename");
  EXPECT_EQ(filename_of("form-data; name=a; filename=b; filename*=UTF-8''c"), "b");
}

TEST(MultipartParser, LimitsTheNumberOfParts) {
  multipart_limits limits;
  limits.max_parts = 2;
  const auto two = named_part("a", "x") + named_part("b", "y");
  EXPECT_EQ(parse(two + "--bound--", limits), complete({field("a", "x"), field("b", "y")}));
  EXPECT_EQ(parse(two + named_part("c", "z") + "--bound--", limits),
            (outcome{{field("a", "x"), field("b", "y")},
                     multipart_error::too_many_parts,
                     "there are too many parts"}));
}

TEST(MultipartParser, LimitsTheSizeOfFields) {
  constexpr std::string_view head = "Content-Disposition: form-data; name=a\r\n\r\n";
  const auto body = "--bound\r\n"s.append(head).append("x\r\n--bound--");
  multipart_limits limits;
  limits.max_header_size = head.size();
  EXPECT_EQ(parse(body, limits), complete({field("a", "x")}));
  const outcome too_long{
      {}, multipart_error::header_too_large, "the fields of a part are too long"};
  limits.max_header_size = head.size() - 1;
  EXPECT_EQ(parse(body, limits), too_long);
  limits.max_header_size = 20;
  EXPECT_EQ(parse("--bound\r\n" + std::string(21, 'x'), limits), too_long);
  EXPECT_EQ(parse("--bound\r\n" + std::string(21, 'x') + "\n", limits), too_long);
  EXPECT_EQ(parse("--bound\r\n" + std::string(20, 'x'), limits), outcome{});
}

TEST(MultipartParser, CountsTheSizeOfFieldsForEachPart) {
  multipart_limits limits;
  limits.max_header_size = 50;
  EXPECT_EQ(
      parse(named_part("a", "x") + named_part("b", std::string(100, 'y')) + "--bound--", limits),
      complete({field("a", "x"), field("b", std::string(100, 'y'))}));
}

TEST(MultipartParser, LimitsTheNumberOfFields) {
  multipart_limits limits;
  limits.max_header_count = 2;
  const auto head = "--bound\r\nContent-Disposition: form-data; name=a\r\nX: 1\r\n"s;
  EXPECT_EQ(parse(head + "\r\nx\r\n--bound--", limits), complete({field("a", "x")}));
  EXPECT_EQ(parse(head + "Y: 2\r\n\r\nx\r\n--bound--", limits),
            (outcome{{}, multipart_error::header_too_large, "a part has too many fields"}));
}

TEST(MultipartParser, EndsWhenTheHandlerRefuses) {
  const auto body = named_part("a", "x") + named_part("b", "yz") + "--bound--";
  const auto refused = [&](std::string_view text, std::vector<part> parts) {
    EXPECT_EQ(parse(body, {}, text),
              (outcome{std::move(parts), multipart_error::refused, "refused"}))
        << text;
  };
  refused("a", {cut_off(field("a", ""))});
  refused("x", {cut_off(field("a", "x"))});
  refused("end of a", {field("a", "x")});
  refused("b", {field("a", "x"), cut_off(field("b", ""))});
  refused("end of b", {field("a", "x"), field("b", "yz")});
}

TEST(MultipartParser, EndsWhenTheHandlerRefusesTheBeginningOfABoundary) {
  EXPECT_EQ(parse(named_part("a", "x\r\n--bou!") + "--bound--", {}, "!"),
            (outcome{{cut_off(field("a", "x\r\n--bou!"))}, multipart_error::refused, "refused"}));
  // The handler refuses bytes that the parser had held back.
  collector receiver("\r\n--bou");
  multipart_parser parser("bound", receiver);
  EXPECT_TRUE(parser.put("--bound\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--bou"));
  ASSERT_EQ(parser.buffered(), 7u);
  EXPECT_FALSE(parser.put("x\r\n--bound--"));
  EXPECT_EQ(receiver.parts.at(0).content, "x\r\n--bou");
  EXPECT_FALSE(parser.complete());
}

TEST(FormUrlencoded, DecodesPairsInTheirOrder) {
  using pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(parse_form_urlencoded(""), pairs());
  EXPECT_EQ(parse_form_urlencoded("&&"), pairs());
  EXPECT_EQ(parse_form_urlencoded("b=1&a=2&b=3"), (pairs{{"b", "1"}, {"a", "2"}, {"b", "3"}}));
  EXPECT_EQ(parse_form_urlencoded("a&b=&=c&=&d=e=f"),
            (pairs{{"a", ""}, {"b", ""}, {"", "c"}, {"", ""}, {"d", "e=f"}}));
  EXPECT_EQ(parse_form_urlencoded("a+b=c+d%2B%26%3d%C3%A9"), (pairs{{"a b", "c d+&=\xC3\xA9"}}));
  EXPECT_EQ(parse_form_urlencoded("a=%&b=%4&c=%4x&d=%00"),
            (pairs{{"a", "%"}, {"b", "%4"}, {"c", "%4x"}, {"d", "\0"s}}));
}

}  // namespace
