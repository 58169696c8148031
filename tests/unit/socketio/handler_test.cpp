#include <socketio/handler.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace socketio::detail {
namespace {

struct point {
  int x = 0;
  int y = 0;
};

template <class Json>
void from_json(const Json& value, point& to) {
  value.at("x").get_to(to.x);
  value.at("y").get_to(to.y);
}

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

// What does not fit, in words; empty if all does.
std::string text_of(const std::optional<mismatch>& wrong) {
  if (!wrong) return {};
  return std::to_string(wrong->position) + ": " + wrong->expected + ", not " + wrong->given;
}

template <class Handler>
std::string handle(Handler handler, std::string_view values) {
  const parsed_values parsed(values);
  return text_of(make_event_handler(std::move(handler))(incoming_event{"sum", parsed.get(), {}}));
}

template <class Handler>
std::string acknowledge(Handler handler, error_code error, std::string_view values) {
  const parsed_values parsed(values);
  return text_of(
      make_ack_handler<socketio::detail::asked::one>(std::move(handler))(error, parsed.get()));
}

// What the client has sent instead of what a handler takes.
template <class Parameter>
std::string misfit_of(std::string_view values) {
  return handle([](Parameter) { ADD_FAILURE() << "the handler was called"; }, values);
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

struct tally {
  int sum = 0;
  std::string told = {};

  void add(int number) { sum += number; }
  void tell(const std::string& text, int times) const { throw text + std::to_string(times + sum); }
  void hear(error_code error, int number) { told = error.message() + std::to_string(number); }
};

void add_to(tally& into, int factor, int number) {
  into.sum += factor * number;
}

TEST(EventHandler, MayBeAMemberFunction) {
  tally counted;
  EXPECT_EQ(handle(std::bind_front(&tally::add, &counted), "[3]"), "");
  EXPECT_EQ(handle(std::bind_front(&tally::add, std::ref(counted)), "[4,5]"), "");
  EXPECT_EQ(handle(std::bind_front(add_to, std::ref(counted), 10), "[2]"), "");
  EXPECT_EQ(counted.sum, 27);
  EXPECT_EQ(handle(std::bind_front(&tally::add, &counted), R"(["3"])"),
            "1: integer -2147483648 to 2147483647, not string");
  try {
    handle(std::bind_front(&tally::tell, std::make_unique<tally>(tally{1}), "x"), "[2]");
    ADD_FAILURE() << "it has not been called";
  } catch (const std::string& text) {
    EXPECT_EQ(text, "x3");
  }
  EXPECT_EQ(acknowledge(std::bind_front(&tally::hear, &counted), {}, "[7]"), "");
  EXPECT_EQ(counted.told, "Success7");
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
  EXPECT_EQ(text_of(handler(event)), "");
  EXPECT_EQ(seen, R"(["again",{"a" : [1, 2.50]},"\u0041",null])");
  event.json = {};
  EXPECT_EQ(text_of(handler(event)), "1: anything but binary, not object")
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
  EXPECT_EQ(handle(handler, R"(["1","two"])"), "1: integer -2147483648 to 2147483647, not string");
  EXPECT_EQ(handle(handler, "[1,2]"), "2: string, not number 2");
  EXPECT_EQ(handle(handler, "[1]"), "2: string, not nothing");
  EXPECT_EQ(handle(handler, "[1,null]"), "2: string, not null");
  EXPECT_EQ(handle(handler, "[]"), "1: integer -2147483648 to 2147483647, not nothing");
  EXPECT_FALSE(called);
}

TEST(EventHandler, TellsWhatItsParameterTakesAndWhatCame) {
  EXPECT_EQ(misfit_of<std::uint8_t>("[300]"), "1: integer 0 to 255, not number 300");
  EXPECT_EQ(misfit_of<std::uint8_t>("[1.5]"), "1: integer 0 to 255, not number 1.5");
  EXPECT_EQ(misfit_of<double>("[true]"), "1: number, not boolean");
  EXPECT_EQ(misfit_of<bool>("[{}]"), "1: boolean, not object");
  EXPECT_EQ(misfit_of<std::string_view>("[[]]"), "1: string, not array");
  EXPECT_EQ(misfit_of<binary>(R"(["AA=="])"), "1: binary, not string");
  EXPECT_EQ(misfit_of<std::optional<std::string>>("[1]"), "1: string or null, not number 1");
  EXPECT_EQ(misfit_of<std::vector<std::string>>(R"([["a",2]])"),
            "1: array of string, not array with number 2 at index 1");
  EXPECT_EQ(misfit_of<std::vector<std::string>>(R"(["a"])"), "1: array of string, not string");
  const auto map = misfit_of<std::map<std::string, int>>(R"([{"a":"b"}])");
  EXPECT_TRUE(map.starts_with("1: object, not object (")) << map;
}

TEST(EventHandler, TellsWhyAnOwnTypeCannotBeRead) {
  const auto text = misfit_of<point>(R"([{"x":1}])");
  EXPECT_TRUE(text.starts_with("1: socketio::detail::(anonymous namespace)::point, not object ("))
      << text;
  EXPECT_NE(text.find("key 'y' not found"), std::string::npos) << text;
}

TEST(EventHandler, HoldsWhatCanOnlyBeMoved) {
  int seen = 0;
  auto handler = make_event_handler(
      [&seen, factor = std::make_unique<int>(2)](int number) { seen = number * *factor; });
  const parsed_values parsed("[21]");
  const auto moved = std::move(handler);
  EXPECT_EQ(text_of(moved(incoming_event{"double", parsed.get(), {}})), "");
  EXPECT_EQ(seen, 42);
}

TEST(EventHandler, RefusesWhatIsEmpty) {
  EXPECT_THROW(make_event_handler(std::function<void(int)>()), std::invalid_argument);
  EXPECT_THROW(make_event_handler(static_cast<void (*)(int)>(nullptr)), std::invalid_argument);
  EXPECT_THROW(make_ack_handler<socketio::detail::asked::one>(std::function<void(int)>()),
               std::invalid_argument);
  EXPECT_THROW(make_any_handler(any_handler()), std::invalid_argument);
  EXPECT_THROW(make_task(std::function<void()>()), std::invalid_argument);
}

TEST(EventHandler, IgnoresWhatItsFunctionReturns) {
  int calls = 0;
  EXPECT_EQ(handle([&] { return ++calls; }, "[]"), "");
  EXPECT_EQ(calls, 1);
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
  EXPECT_FALSE(called);
  std::vector<error_code> seen;
  const auto told = [&](error_code failure, int number) {
    seen.push_back(failure);
    EXPECT_EQ(number, 0);
  };
  EXPECT_EQ(acknowledge(told, {}, R"(["a"])"), "") << "the function itself has been told";
  EXPECT_EQ(acknowledge(told, error::timed_out, R"(["a"])"), "");
  EXPECT_EQ(seen, (std::vector<error_code>{error::bad_answer, error::timed_out}));
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

TEST(Functor, IsWhatHasAnyCallOperator) {
  const auto generic = [](auto) {};
  EXPECT_TRUE(functor<decltype(generic)>);
  EXPECT_TRUE(functor<std::function<void()>>);
  EXPECT_FALSE(functor<int>);
  EXPECT_FALSE(functor<std::string>);
  EXPECT_FALSE(functor<json>);
}

}  // namespace
}  // namespace socketio::detail
