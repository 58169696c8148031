// What packet_scratch offers to codecs that have a packet's values as a json.
#include <socketio/protocol/socketio_packet.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace {

using socketio::decode_result;
using socketio::decoder_options;
using socketio::json;
using socketio::json_type;
using socketio::packet_header;
using socketio::packet_scratch;
using socketio::packet_type;

json binary(std::string_view bytes) {
  return json::binary({bytes.begin(), bytes.end()});
}

class PacketScratch : public ::testing::Test {
 protected:
  decode_result read(packet_type type, const json& values, std::string_view nsp = "/") {
    packet_header header;
    header.type = type;
    header.nsp = nsp;
    return scratch_.read_value(header, values);
  }
  decode_result read_event(const json& value) {
    return read(packet_type::event, json::array({"e", value}));
  }
  [[nodiscard]] json value() const { return scratch_.packet().values.at(1).to_json(); }

  packet_scratch scratch_;
};

TEST_F(PacketScratch, ReadsValues) {
  const json nested = {{"list", json::array({1, nullptr, binary("one")})}, {"two", binary("two")}};
  {
    const std::string nsp = "/a namespace that is not kept";
    ASSERT_EQ(read(packet_type::event, json::array({"e", nested}), nsp), decode_result::packet);
  }
  EXPECT_EQ(scratch_.packet().header.nsp, "/a namespace that is not kept");
  EXPECT_EQ(scratch_.packet().header.attachments, 2U);
  EXPECT_EQ(scratch_.packet().attachments.size(), 2U);
  EXPECT_EQ(scratch_.packet().event_name, "e");
  EXPECT_EQ(value(), nested);
  ASSERT_EQ(read_event("text"), decode_result::packet);
  EXPECT_EQ(scratch_.packet().json, R"(["e","text"])");
  EXPECT_EQ(scratch_.packet().header.nsp, "/");
}

TEST_F(PacketScratch, ReadsPacketsWithoutValues) {
  EXPECT_EQ(read(packet_type::connect, nullptr), decode_result::packet);
  EXPECT_TRUE(scratch_.packet().values.empty());
  EXPECT_EQ(read(packet_type::disconnect, nullptr), decode_result::packet);
  EXPECT_EQ(read(packet_type::event, nullptr), decode_result::error);
  EXPECT_EQ(scratch_.error(), "missing payload");
}

TEST_F(PacketScratch, RefusesValuesThatTheTypeDoesNotHave) {
  EXPECT_EQ(read(packet_type::connect, json::array()), decode_result::error);
  EXPECT_EQ(read(packet_type::event, json::object()), decode_result::error);
  EXPECT_EQ(read(packet_type::event, 1), decode_result::error);
  EXPECT_EQ(read(packet_type::event, json::array({"disconnect"})), decode_result::error);
}

TEST_F(PacketScratch, LimitsDepthAndAttachments) {
  json deep = 1;
  for (int i = 0; i < 127; ++i) deep = json::array({std::move(deep)});
  EXPECT_EQ(read_event(deep), decode_result::packet);
  EXPECT_EQ(read_event(json::array({std::move(deep)})), decode_result::error);
  EXPECT_EQ(scratch_.error(), "nested too deeply");
  EXPECT_EQ(read_event(json(10, binary("x"))), decode_result::packet);
  EXPECT_EQ(read_event(json(11, binary("x"))), decode_result::error);
  EXPECT_EQ(scratch_.error(), "too many attachments");
}

TEST_F(PacketScratch, RefusesObjectsThatLookLikePlaceholdersBesideBytes) {
  const json look_alike = {{"_placeholder", true}, {"num", 0}};
  ASSERT_EQ(read_event(look_alike), decode_result::packet);
  EXPECT_EQ(value(), look_alike);
  EXPECT_EQ(scratch_.packet().values.at(1).type(), json_type::object);
  EXPECT_EQ(read_event({{"a", look_alike}, {"b", binary("x")}}), decode_result::error);
  EXPECT_EQ(scratch_.error(), "illegal attachments");
  EXPECT_EQ(read_event({{"_placeholder", false}, {"b", binary("x")}}), decode_result::packet);
}

TEST_F(PacketScratch, KeepsNoLargeText) {
  ASSERT_EQ(read_event(std::string(10'000, 'x')), decode_result::packet);
  EXPECT_GE(scratch_.take_text().capacity(), 10'000U);
  ASSERT_EQ(read_event(std::string(1'000'000, 'x')), decode_result::packet);
  EXPECT_LT(scratch_.take_text().capacity(), 1'000'000U);
}

}  // namespace
