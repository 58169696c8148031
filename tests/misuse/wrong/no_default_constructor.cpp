// error: parameters that follow an error_code need default constructors

struct point {
  explicit point(int);
};
template <class Json>
void from_json(const Json&, point&) {}
template <>
struct nlohmann::adl_serializer<point> {
  template <class Json>
  static point from_json(const Json& value) {
    return point(value.template get<int>());
  }
};

void misuse(const socketio::socket& socket) {
  socket.emit("x", [](socketio::error_code, const point&) {});
}
