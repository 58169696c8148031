#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <socketio/contract.hpp>
#include <socketio/described.hpp>

/// A contract with types of all kinds, for tests.
namespace contract_test {

struct point {
  double x = 0;
  double y = 0;

  [[nodiscard]] bool operator==(const point&) const = default;
};
template <class Json>
void to_json(Json& json, const point& from) {
  json = {{"x", from.x}, {"y", from.y}};
}
template <class Json>
void from_json(const Json& json, point& to) {
  json.at("x").get_to(to.x);
  json.at("y").get_to(to.y);
}

enum class color { red, green };
template <class Json>
void to_json(Json& json, color from) {
  json = from == color::red ? "red" : "green";
}
template <class Json>
void from_json(const Json& json, color& to) {
  to = json.template get<std::string>() == "red" ? color::red : color::green;
}

// A shape contains shapes.
struct shape {
  std::string name;
  std::vector<point> points;
  std::optional<color> filled;
  std::vector<shape> parts;
};
template <class Json>
void to_json(Json& json, const shape& from) {
  json = {{"name", from.name}, {"points", from.points}, {"parts", from.parts}};
  if (from.filled) json["filled"] = *from.filled;
}
template <class Json>
void from_json(const Json& json, shape& to) {
  json.at("name").get_to(to.name);
  json.at("points").get_to(to.points);
  json.at("parts").get_to(to.parts);
  if (json.contains("filled")) to.filled = json.at("filled").template get<color>();
}

// The same for both directions: what a client sends, all receive.
using shared = socketio::event<"chat message", void(std::string)>;

struct contract {
  using client_to_server = socketio::events<
      shared, socketio::event<"sum", int(int, int)>,
      socketio::event<"divide", std::tuple<int, int>(int, int)>,
      socketio::event<"draw", point(shape)>, socketio::event<"paint", void(color)>,
      socketio::event<"image", std::size_t(socketio::binary)>,
      socketio::event<"join", void(std::string, std::optional<std::string>)>,
      socketio::event<"count", std::map<std::string, int>(std::vector<std::string>)>,
      socketio::event<"done", std::tuple<>()>, socketio::event<"anything", void(socketio::json)>>;
  using server_to_client = socketio::events<
      shared, socketio::event<"message", void(std::string, int)>,
      socketio::event<"welcome", void(std::string, std::uint8_t, std::optional<std::string>)>,
      socketio::event<"name?", std::string(bool)>, socketio::event<"size?", std::tuple<int, int>()>,
      socketio::event<"image", void(socketio::binary)>,
      socketio::event<"shape", void(shape, std::array<int, 2>, std::pair<std::string, double>)>,
      socketio::event<"anything", void(socketio::json)>>;
  using server_side = socketio::events<socketio::event<"load?", int(std::string)>,
                                       socketio::event<"news", void(std::string)>>;
};

}  // namespace contract_test

template <>
struct socketio::described<contract_test::point> {
  static constexpr std::string_view name = "Point";
  using fields = socketio::fields<socketio::field<"x", double>, socketio::field<"y", double>>;
};
template <>
struct socketio::described<contract_test::color> {
  static constexpr std::string_view name = "Color";
  static constexpr std::array<std::string_view, 2> values = {"red", "green"};
};
template <>
struct socketio::described<contract_test::shape> {
  static constexpr std::string_view name = "Shape";
  using fields = socketio::fields<socketio::field<"name", std::string>,
                                  socketio::field<"points", std::vector<contract_test::point>>,
                                  socketio::field<"filled", std::optional<contract_test::color>>,
                                  socketio::field<"parts", std::vector<contract_test::shape>>>;
};
