#include "demo_options.hpp"

#include <initializer_list>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

demo_options parse(std::initializer_list<std::string_view> arguments) {
  return parse_demo_options(std::vector(arguments));
}

// What the parser says against a command line.
std::string refusal(std::initializer_list<std::string_view> arguments) {
  try {
    (void)parse(arguments);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

TEST(DemoOptions, HasDefaultsThatTheHelpNames) {
  const auto options = parse({});
  EXPECT_EQ(options.command, demo_command::serve);
  EXPECT_EQ(options.port, 3000);
  EXPECT_EQ(options.cross_port, std::nullopt);
  EXPECT_EQ(options.host, "");
  EXPECT_EQ(options.web, "web");
  EXPECT_EQ(options.source, std::nullopt);
  EXPECT_EQ(options.uploads, "");
  EXPECT_EQ(options.threads, 1U);
  for (const auto* line : {"(default 3000)", "(default: every address)", "(default: web)",
                           "(default: no second port)", "(default 1)"}) {
    EXPECT_THAT(std::string(demo_usage), testing::HasSubstr(line));
  }
}

TEST(DemoOptions, ReadsEachValueInBothForms) {
  for (const bool joined : {false, true}) {
    std::vector<std::string> words;
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
             {"--port", "4000"},
             {"--host", "::1"},
             {"--web", "pages"},
             {"--source", "code"},
             {"--uploads", "kept"},
             {"--threads", "256"},
             {"--tls-cert", "cert.pem"},
             {"--tls-key", "key.pem"},
             {"--cross-port", "0"},
             {"--origin", "https://chat.example"},
             {"--cross-origin", "https://other.example:8443"}}) {
      if (joined) {
        words.push_back(name + "=" + value);
      } else {
        words.insert(words.end(), {name, value});
      }
    }
    const auto options =
        parse_demo_options(std::vector<std::string_view>(words.begin(), words.end()));
    EXPECT_EQ(options.command, demo_command::serve);
    EXPECT_EQ(options.port, 4000);
    EXPECT_EQ(options.host, "::1");
    EXPECT_EQ(options.web, "pages");
    EXPECT_EQ(options.source, "code");
    EXPECT_EQ(options.uploads, "kept");
    EXPECT_EQ(options.threads, 256U);
    EXPECT_EQ(options.tls_certificate, "cert.pem");
    EXPECT_EQ(options.tls_key, "key.pem");
    EXPECT_EQ(options.cross_port, 0);
    EXPECT_EQ(options.origin, "https://chat.example");
    EXPECT_EQ(options.cross_origin, "https://other.example:8443");
  }
}

TEST(DemoOptions, KnowsEveryOptionThatTheHelpNamesWithAValue) {
  const std::string usage(demo_usage);
  const std::regex option("\n  (--[a-z-]+) [A-Z]+ ");
  std::set<std::string> names;
  for (std::sregex_iterator found(usage.begin(), usage.end(), option), end; found != end; ++found) {
    names.insert((*found)[1]);
  }
  EXPECT_EQ(names.size(), 11U);
  for (const auto& name : names)
    EXPECT_THAT(refusal({name}), testing::StartsWith(name + " needs "));
}

TEST(DemoOptions, HelpAndVersionNeedNothingElse) {
  for (const auto* help : {"-h", "--help"}) {
    EXPECT_EQ(parse({help}).command, demo_command::help);
    EXPECT_EQ(parse({"--port", "4000", help, "--no-such-option"}).command, demo_command::help);
    EXPECT_EQ(parse({"inspect", help}).command, demo_command::help);
  }
  EXPECT_EQ(parse({"--version"}).command, demo_command::version);
}

TEST(DemoOptions, NamesWhatItDoesNotKnow) {
  EXPECT_EQ(refusal({"--prot", "4000"}), "--prot is no option");
  EXPECT_EQ(refusal({"--prot=4000"}), "--prot is no option");
  EXPECT_EQ(refusal({"-p"}), "-p is no option");
  EXPECT_EQ(refusal({"4000"}), "4000 is no command");
  EXPECT_EQ(refusal({"--help=all"}), "--help takes no value");
  EXPECT_EQ(refusal({"--version="}), "--version takes no value");
}

TEST(DemoOptions, SaysThatAValueIsMissing) {
  EXPECT_EQ(refusal({"--port"}), "--port needs a number from 0 to 65535");
  EXPECT_EQ(refusal({"--port="}), "--port needs a number from 0 to 65535");
  EXPECT_EQ(refusal({"--port", "--threads", "2"}), "--port needs a number from 0 to 65535");
  EXPECT_EQ(refusal({"--web"}), "--web needs a folder");
}

TEST(DemoOptions, SaysWhichValuesItTakes) {
  for (const auto* wrong : {"65536", "-1", "80x", "0x50", " 80", "1e3"}) {
    EXPECT_EQ(refusal({"--port", wrong}),
              std::string("--port takes a number from 0 to 65535, not ") + wrong);
  }
  EXPECT_EQ(refusal({"--threads", "0"}), "--threads takes a number from 1 to 256, not 0");
  EXPECT_EQ(refusal({"--threads", "257"}), "--threads takes a number from 1 to 256, not 257");
  for (const auto* wrong : {"chat.example", "https://", "ws://chat.example", "https://a/b",
                            "https://a?b", "https://me@chat.example"}) {
    EXPECT_EQ(refusal({"--origin", wrong}),
              std::string("--origin takes an origin such as https://chat.example, not ") + wrong);
  }
  EXPECT_EQ(parse({"--origin=https://a/", "--cross-origin=http://b"}).origin, "https://a");
}

TEST(DemoOptions, SaysWhichOptionIsMissingBesideAnother) {
  EXPECT_EQ(refusal({"--tls-cert", "cert.pem"}), "--tls-cert needs --tls-key");
  EXPECT_EQ(refusal({"--tls-key", "key.pem"}), "--tls-key needs --tls-cert");
  EXPECT_EQ(refusal({"--origin", "https://a"}), "--origin needs --cross-origin");
  EXPECT_EQ(refusal({"--cross-origin", "https://a"}), "--cross-origin needs --origin");
}

TEST(DemoOptions, InspectsAFileOrTheStandardInput) {
  EXPECT_EQ(parse({"inspect"}).command, demo_command::inspect);
  EXPECT_EQ(parse({"inspect"}).inspected_file, "");
  EXPECT_EQ(parse({"inspect", "dump.txt"}).command, demo_command::inspect);
  EXPECT_EQ(parse({"inspect", "dump.txt"}).inspected_file, "dump.txt");
  EXPECT_EQ(refusal({"inspect", "--port=1"}), "--port=1 is no option of inspect");
  EXPECT_EQ(refusal({"inspect", "a", "b"}), "inspect takes one file");
}

}  // namespace
