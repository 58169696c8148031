#include <socketio/handler.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace socketio::detail {
namespace {

// The values of a JSON array, and what keeps them.
class parsed_values {
 public:
  explicit parsed_values(std::string_view text) {
    EXPECT_TRUE(document_.parse(text)) << text;
    document_.root().elements(values_);
  }

  [[nodiscard]] std::span<const json_view> get() const { return values_; }

 private:
  json_document document_;
  std::vector<json_view> values_;
};

template <class Handler>
std::string handle(Handler handler, std::string_view values) {
  const parsed_values parsed(values);
  return make_event_handler(std::move(handler))(incoming_event{"sum", parsed.get(), {}});
}

template <class Handler>
std::string acknowledge(Handler handler, error_code error, std::string_view values) {
  const parsed_values parsed(values);
  return make_ack_handler(std::move(handler))(error, parsed.get());
}

void throw_sum(int left, int right) {
  throw left + right;
}

TEST(EventHandler, ConvertsTheArguments) {
  std::string seen;
  EXPECT_EQ(handle(
                [&](int number, const std::string& text, bool flag, double real) {
                  seen =
                      std::to_string(number) + text + (flag ? "yes" : "no") + std::to_string(real);
                },
                R"([1,"two",true,0.5])"),
            "");
  EXPECT_EQ(seen, "1twoyes0.500000");
}

TEST(EventHandler, HandsOnTextAsItIsWritten) {
  constexpr std::string_view packet = R"(["relay",{"a" : [1, 2.50]},"\u0041"])";
  const parsed_values parsed(packet);
  incoming_event event{"relay", parsed.get().subspan(1), {}, packet};
  std::string seen;
  const auto handler = make_event_handler([&](raw_json first, raw_json second, raw_json missing) {
    encoded_arguments relayed;
    append_arguments(relayed, "again", first, second, missing);
    seen = relayed.json;
  });
  EXPECT_EQ(handler(event), "");
  EXPECT_EQ(seen, R"(["again",{"a" : [1, 2.50]},"\u0041",null])");
  event.json = {};
  EXPECT_EQ(handler(event), "argument 1 of event \"relay\" does not fit the handler's parameter")
      << "without the text, as with attachments";
}

TEST(EventHandler, WritesViewsAsTheirValues) {
  constexpr std::string_view values =
      R"([null,true,-7,18446744073709551615,1.50,"\u0041\n",[1,{"b":2}],{"c":null}])";
  std::string seen;
  const auto echo = [&](const json_view& a, const json_view& b, const json_view& c,
                        const json_view& d, const json_view& e, const json_view& f,
                        const json_view& g, const json_view& h) {
    encoded_arguments written;
    append_arguments(written, a, b, c, d, e, f, g, h);
    seen = written.json;
  };
  EXPECT_EQ(handle(echo, values), "");
  EXPECT_EQ(seen, R"([null,true,-7,18446744073709551615,1.5,"A\n",[1,{"b":2}],{"c":null}])");
}

TEST(EventHandler, TakesFunctionsOfEveryKind) {
  try {
    handle(&throw_sum, "[1,2]");
    ADD_FAILURE() << "the function was not called";
  } catch (int sum) {
    EXPECT_EQ(sum, 3);
  }
  int calls = 0;
  EXPECT_EQ(handle([&] { ++calls; }, "[1]"), "");
  EXPECT_EQ(handle([&]() noexcept { ++calls; }, "[]"), "");
  EXPECT_EQ(handle([&calls, local = 0]() mutable { calls += ++local; }, "[]"), "");
  EXPECT_EQ(handle(std::function<void(int)>([&](int by) { calls += by; }), "[7]"), "");
  EXPECT_EQ(calls, 10);
}

TEST(EventHandler, KeepsTheStateOfItsFunction) {
  std::vector<int> seen;
  auto handler = make_event_handler([&seen, count = 0]() mutable { seen.push_back(++count); });
  handler(incoming_event{"a", {}, {}});
  handler(incoming_event{"a", {}, {}});
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
}

TEST(EventHandler, LeavesOutArgumentsBeyondItsParameters) {
  int seen = 0;
  EXPECT_EQ(handle([&](int first) { seen = first; }, R"([1,"more",[2]])"), "");
  EXPECT_EQ(seen, 1);
}

TEST(EventHandler, TakesMissingArgumentsForNull) {
  bool called = false;
  EXPECT_EQ(handle([&](std::optional<int> first, const json& second,
                       json_view third) { called = !first && second.is_null() && third.is_null(); },
                   "[]"),
            "");
  EXPECT_TRUE(called);
}

TEST(EventHandler, IsNotCalledIfAnArgumentDoesNotFit) {
  bool called = false;
  const auto handler = [&](int, const std::string&) { called = true; };
  EXPECT_EQ(handle(handler, R"(["1","two"])"),
            R"(argument 1 of event "sum" does not fit the handler's parameter)");
  EXPECT_EQ(handle(handler, "[1,2]"),
            R"(argument 2 of event "sum" does not fit the handler's parameter)");
  EXPECT_EQ(handle(handler, "[1]"),
            R"(argument 2 of event "sum" does not fit the handler's parameter)");
  EXPECT_EQ(handle(handler, "[]"),
            R"(argument 1 of event "sum" does not fit the handler's parameter)");
  EXPECT_FALSE(called);
}

TEST(EventHandler, TakesAllArguments) {
  json seen;
  EXPECT_EQ(handle([&](const arguments& all) { seen = all.to_json(); }, "[1,[2]]"), "");
  EXPECT_EQ(seen, json::parse("[1,[2]]"));
  EXPECT_EQ(handle([&](int, const arguments& rest) { seen = rest.to_json(); }, "[1,2,3]"), "");
  EXPECT_EQ(seen, json::parse("[2,3]"));
  EXPECT_EQ(handle([&](std::optional<int>, std::optional<int>,
                       const arguments& rest) { seen = rest.to_json(); },
                   "[1]"),
            "");
  EXPECT_EQ(seen, json::array());
}

TEST(EventHandler, TakesAnAckThatTheClientDidNotAskFor) {
  bool asked = true;
  EXPECT_EQ(handle(
                [&](int, const ack& reply) {
                  asked = static_cast<bool>(reply);
                  reply("nothing happens");
                },
                "[1]"),
            "");
  EXPECT_FALSE(asked);
}

TEST(EventHandler, MovesValuesIntoItsParameters) {
  std::string seen;
  EXPECT_EQ(handle([&](std::string&& text) { seen = std::move(text); }, R"(["moved"])"), "");
  EXPECT_EQ(seen, "moved");
}

TEST(EventHandler, LetsExceptionsThrough) {
  EXPECT_THROW(handle([] { throw std::runtime_error("on purpose"); }, "[]"), std::runtime_error);
}

TEST(AckHandler, ConvertsTheValues) {
  std::string seen;
  EXPECT_EQ(acknowledge(
                [&](int number, const std::string& text) { seen = std::to_string(number) + text; },
                {}, R"([1,"two"])"),
            "");
  EXPECT_EQ(seen, "1two");
}

TEST(AckHandler, IsNotCalledForAFailureUnlessItTakesTheError) {
  bool called = false;
  EXPECT_EQ(acknowledge([&](int) { called = true; }, error::timed_out, "[]"), "");
  EXPECT_EQ(acknowledge([&] { called = true; }, error::disconnected, "[]"), "");
  EXPECT_FALSE(called);
}

TEST(AckHandler, IsToldAboutSuccessAndFailureIfItTakesTheError) {
  error_code seen = error::disconnected;
  int number = -1;
  std::string text = "unset";
  const auto handler = [&](error_code failure, int first, const std::string& second) {
    seen = failure;
    number = first;
    text = second;
  };
  EXPECT_EQ(acknowledge(handler, {}, R"([5,"a"])"), "");
  EXPECT_FALSE(seen);
  EXPECT_EQ(number, 5);
  EXPECT_EQ(text, "a");
  EXPECT_EQ(acknowledge(handler, error::timed_out, "[]"), "");
  EXPECT_EQ(seen, error::timed_out);
  EXPECT_EQ(number, 0) << "as if made by default";
  EXPECT_EQ(text, "");
}

TEST(AckHandler, MayTakeTheErrorAlone) {
  std::vector<error_code> seen;
  const auto handler = [&](error_code failure) { seen.push_back(failure); };
  EXPECT_EQ(acknowledge(handler, {}, "[1]"), "");
  EXPECT_EQ(acknowledge(handler, error::timed_out, "[]"), "");
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_FALSE(seen[0]);
  EXPECT_EQ(seen[1], error::timed_out);
}

TEST(AckHandler, GivesPartialValuesWithAnError) {
  error_code seen;
  json values;
  EXPECT_EQ(acknowledge(
                [&](error_code failure, const json& partial) {
                  seen = failure;
                  values = partial;
                },
                error::timed_out, "[[1,2]]"),
            "");
  EXPECT_EQ(seen, error::timed_out);
  EXPECT_EQ(values, json::parse("[1,2]"));
}

TEST(AckHandler, TellsWhatDoesNotFit) {
  bool called = false;
  EXPECT_NE(acknowledge([&](int) { called = true; }, {}, R"(["a"])"), "");
  EXPECT_NE(acknowledge([&](error_code, int) { called = true; }, {}, R"(["a"])"), "");
  EXPECT_FALSE(called);
}

TEST(TypedFunction, HasOneSignature) {
  const auto lambda = [](int) {};
  const auto generic = [](auto) {};
  EXPECT_TRUE(typed_function<decltype(lambda)>);
  EXPECT_TRUE(typed_function<std::function<void()>>);
  EXPECT_TRUE(typed_function<void (*)(int)>);
  EXPECT_FALSE(typed_function<decltype(generic)>);
  EXPECT_FALSE(typed_function<int>);
  EXPECT_FALSE(typed_function<std::string>);
  EXPECT_FALSE(typed_function<const char*>);
}

}  // namespace
}  // namespace socketio::detail
