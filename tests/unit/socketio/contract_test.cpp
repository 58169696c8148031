// What a contract lets through, the reasons of disconnects, and the documents of a contract.
#include <array>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include <socketio/contract.hpp>
#include <socketio/contract_documents.hpp>
#include <socketio/protocol/json.hpp>

namespace {

using socketio::disconnect_reason;
using socketio::event;
using socketio::events;
using socketio::json;
using socketio::detail::converts_to;
using socketio::detail::takes;
using socketio::detail::to_declared;

struct empty_contract {};

TEST(Contract, HasNoEventsInTheListsThatItLeavesOut) {
  static_assert(std::is_same_v<socketio::detail::client_to_server<empty_contract>, events<>>);
  static_assert(std::is_same_v<socketio::detail::server_to_client<empty_contract>, events<>>);
  static_assert(std::is_same_v<socketio::detail::server_side<empty_contract>, events<>>);
  static_assert(std::is_void_v<socketio::detail::found_event<events<>, "any">>);
}

TEST(Contract, FindsEventsByTheirWholeNames) {
  using first = event<"name", void()>;
  using second = event<"name two", int(int)>;
  using list = events<first, second>;
  static_assert(std::is_same_v<socketio::detail::found_event<list, "name">, first>);
  static_assert(std::is_same_v<socketio::detail::found_event<list, "name two">, second>);
  static_assert(std::is_void_v<socketio::detail::found_event<list, "nam">>);
  static_assert(std::is_void_v<socketio::detail::found_event<list, "">>);
}

TEST(Contract, ConvertsValuesOnlyWhereNothingIsLost) {
  static_assert(converts_to<int, short>());
  static_assert(converts_to<std::uint8_t, int>());
  static_assert(converts_to<double, int>());
  static_assert(converts_to<double, float>());
  static_assert(!converts_to<int, double>());
  static_assert(!converts_to<int, bool>());
  static_assert(!converts_to<bool, int>());
  static_assert(!converts_to<int, char>());
  static_assert(!converts_to<bool, const char*>());
  static_assert(converts_to<bool, std::true_type>());
  static_assert(converts_to<std::string, char[5]>());
  static_assert(converts_to<std::string, std::string_view>());
  static_assert(!converts_to<std::string, json>());
  static_assert(!converts_to<std::string, int>());
  static_assert(converts_to<json, std::vector<int>>());
  static_assert(converts_to<json, socketio::raw_json>());
  static_assert(!converts_to<json, std::set<void*>>());
  static_assert(converts_to<std::optional<std::string>, char[5]>());
  static_assert(converts_to<std::optional<std::string>, std::optional<std::string_view>>());
  static_assert(converts_to<std::optional<int>, std::nullopt_t>());
  static_assert(!converts_to<int, std::optional<int>>());
  static_assert(converts_to<socketio::binary, std::span<const std::uint8_t>>());
  static_assert(!converts_to<socketio::binary, std::string>());
  static_assert(converts_to<std::tuple<int, std::string>, std::tuple<short, const char*>>());
  static_assert(!converts_to<std::tuple<int, std::string>, std::tuple<short>>());
  static_assert(!converts_to<std::vector<int>, std::vector<std::string>>());
}

TEST(Contract, RefusesNumbersThatTheDeclaredTypeDoesNotHold) {
  EXPECT_EQ(to_declared<std::uint8_t>(255), 255);
  EXPECT_THROW(to_declared<std::uint8_t>(256), std::invalid_argument);
  EXPECT_THROW(to_declared<unsigned>(-1), std::invalid_argument);
  EXPECT_THROW(to_declared<std::int64_t>(std::numeric_limits<std::uint64_t>::max()),
               std::invalid_argument);
  EXPECT_EQ(to_declared<double>(3), 3.0);
  EXPECT_EQ(to_declared<float>(0.5), 0.5F);
  EXPECT_THROW(to_declared<float>(1e39), std::invalid_argument);
  EXPECT_THROW(to_declared<std::optional<std::uint8_t>>(256), std::invalid_argument);
}

TEST(Contract, GivesHandlersTheDeclaredTypesAndViewsOfThem) {
  static_assert(takes<int, int>());
  static_assert(!takes<long, int>());
  static_assert(!takes<bool, int>());
  static_assert(takes<std::string_view, std::string>());
  static_assert(!takes<std::string, int>());
  static_assert(takes<json, int>());
  static_assert(takes<socketio::json_view, std::vector<int>>());
  static_assert(takes<socketio::raw_json, int>());
  static_assert(!takes<socketio::raw_json, socketio::binary>());
  static_assert(!takes<int, json>());
  static_assert(takes<std::optional<int>, int>());
  static_assert(takes<std::optional<std::string_view>, std::optional<std::string>>());
  static_assert(!takes<std::string, std::optional<std::string>>());
  static_assert(takes<std::span<const std::byte>, socketio::binary>());
  static_assert(takes<std::vector<std::string_view>, std::vector<std::string>>());
  static_assert(
      takes<std::map<std::string, std::string_view>, std::map<std::string, std::string>>());
  static_assert(takes<std::string, disconnect_reason>());
  static_assert(!takes<int, disconnect_reason>());
}

TEST(DisconnectReason, HasTheTextsOfTheReference) {
  EXPECT_EQ(to_string(disconnect_reason::transport_error), "transport error");
  EXPECT_EQ(to_string(disconnect_reason::server_shutting_down), "server shutting down");
  for (int i = 0; i <= static_cast<int>(disconnect_reason::other); ++i) {
    const auto reason = static_cast<disconnect_reason>(i);
    EXPECT_EQ(socketio::disconnect_reason_of(to_string(reason)), reason);
    EXPECT_EQ(json(reason), to_string(reason));
    EXPECT_EQ(json(to_string(reason)).get<disconnect_reason>(), reason);
  }
  EXPECT_EQ(socketio::disconnect_reason_of("carrier pigeon lost"), disconnect_reason::other);
  EXPECT_EQ(to_string(static_cast<disconnect_reason>(100)), "other");
}

struct node {
  std::vector<node> children;
};
struct another {};
struct identity {};

struct everything {
  using client_to_server =
      events<event<"plain", void()>,
             event<"several words", void(bool, std::int8_t, std::uint64_t, float, std::string)>,
             event<"several-words", int(std::optional<std::string>, std::optional<int>)>,
             event<"missing", void(int, std::optional<std::string>, std::optional<int>)>,
             event<"answered", std::tuple<int, json>(socketio::binary)>>;
  using server_to_client =
      events<event<"node", void(node, identity)>, event<"quoted\"", std::tuple<>()>,
             event<"lists", void(std::vector<std::vector<int>>, std::array<int, 3>, std::set<int>,
                                 std::pair<int, std::string>)>,
             event<"maps", void(std::map<std::string, std::optional<bool>>, std::map<int, int>)>,
             event<"choice", void(std::vector<std::variant<int, std::string>>)>>;
};
struct same_names {
  using client_to_server = events<event<"two", void(node, another)>>;
};

}  // namespace

template <>
struct socketio::described<node> {
  static constexpr std::string_view name = "Node";
  using fields = socketio::fields<socketio::field<"children", std::vector<node>>,
                                  socketio::field<"it's", std::optional<int>>>;
};
template <>
struct socketio::described<another> {
  static constexpr std::string_view name = "Node";
  using fields = socketio::fields<>;
};
template <>
struct socketio::described<identity> {
  using same_as = std::string;
};

namespace {

TEST(ContractDocuments, DescribeAContractInTypeScript) {
  EXPECT_EQ(socketio::write_typescript<everything>(),
            R"(// Written from the server's contract: do not edit.

// A browser receives an ArrayBuffer, and Node.js a Buffer; both are sent alike.
export type Bytes = ArrayBuffer | Uint8Array;

export interface Node {
  children: Array<Node>;
  "it's"?: number | null;
}

export interface ServerToClientEvents {
  node: (value1: Node, value2: string) => void;
  "quoted\"": (answer: () => void) => void;
  lists: (value1: Array<Array<number>>, value2: Array<number>, value3: Array<number>, value4: [number, string]) => void;
  maps: (value1: Record<string, boolean | null>, value2: Array<[number, number]>) => void;
  choice: (value: Array<number | string>) => void;
}

export interface ClientToServerEvents {
  plain: () => void;
  "several words": (value1: boolean, value2: number, value3: number, value4: number, value5: string) => void;
  "several-words": (value1: string | null, value2: number | null, answer: (value: number) => void) => void;
  missing: (value1: number, value2?: string | null, value3?: number | null) => void;
  answered: (value: Bytes, answer: (value1: number, value2: unknown) => void) => void;
}
)");
}

TEST(ContractDocuments, DescribeAContractInAsyncApi) {
  socketio::async_api_info info("Everything", "1.0.0");
  info.nsp = "/all";
  const auto document = json::parse(socketio::write_async_api<everything>(info));
  EXPECT_EQ(document.at("asyncapi"), "3.0.0");
  EXPECT_EQ(document.at("info"), json({{"title", "Everything"}, {"version", "1.0.0"}}));
  const auto& channel = document.at("channels").at("events");
  EXPECT_EQ(channel.at("address"), "/all");
  // From five events and five, of which three are answered.
  EXPECT_EQ(channel.at("messages").size(), 13U);
  EXPECT_EQ(document.at("operations").size(), 10U);

  const auto& operation = document.at("operations").at("receive.answered");
  EXPECT_EQ(operation.at("action"), "receive");
  EXPECT_EQ(operation.at("messages"),
            json::parse(R"([{"$ref":"#/channels/events/messages/receive.answered"}])"));
  EXPECT_EQ(operation.at("reply").at("messages"),
            json::parse(R"([{"$ref":"#/channels/events/messages/receive.answered.answer"}])"));
  EXPECT_EQ(document.at("operations").at("send.node").at("action"), "send");

  const auto& messages = document.at("components").at("messages");
  EXPECT_EQ(messages.at("receive.several_words").at("name"), "several words");
  EXPECT_EQ(messages.at("receive.several-words").at("name"), "several-words");
  EXPECT_EQ(messages.at("send.quoted_").at("name"), "quoted\"");
  const auto payload_of = [&](const char* key) { return messages.at(key).at("payload"); };
  EXPECT_EQ(payload_of("receive.plain"),
            json::parse(R"({"type":"array","additionalItems":false,"minItems":0,"maxItems":0})"));
  EXPECT_EQ(payload_of("receive.several_words").at("items"),
            json::parse(R"([{"type":"boolean"},{"type":"integer","minimum":-128,"maximum":127},
              {"type":"integer","minimum":0},{"type":"number"},{"type":"string"}])"));
  EXPECT_EQ(payload_of("receive.missing").at("minItems"), 1);
  EXPECT_EQ(payload_of("receive.missing").at("items").at(1),
            json::parse(R"({"anyOf":[{"type":"string"},{"type":"null"}]})"));
  EXPECT_EQ(payload_of("receive.answered").at("items"),
            json::parse(R"([{"type":"string","format":"binary"}])"));
  EXPECT_EQ(payload_of("receive.answered.answer").at("items"),
            json::parse(R"([{"type":"integer","minimum":-2147483648,"maximum":2147483647},{}])"));
  EXPECT_EQ(payload_of("send.lists").at("items").at(1).at("minItems"), 3);
  EXPECT_EQ(payload_of("send.maps").at("items").at(0).at("additionalProperties"),
            json::parse(R"({"anyOf":[{"type":"boolean"},{"type":"null"}]})"));
  EXPECT_EQ(document.at("components").at("schemas").at("Node"),
            json::parse(R"({"type":"object","properties":{
              "children":{"type":"array","items":{"$ref":"#/components/schemas/Node"}},
              "it's":{"anyOf":[{"type":"integer","minimum":-2147483648,"maximum":2147483647},
                               {"type":"null"}]}},"required":["children"]})"));
}

TEST(ContractDocuments, RefuseTwoTypesOfOneName) {
  EXPECT_THROW(static_cast<void>(socketio::write_typescript<same_names>()), std::invalid_argument);
}

}  // namespace
