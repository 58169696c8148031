// error: the name of a socketio::described type begins with a capital letter

template <>
struct socketio::described<undescribed> {
  static constexpr std::string_view name = "undescribed";
  using fields = socketio::fields<>;
};
struct wrong {
  using client_to_server = socketio::events<socketio::event<"text", void(undescribed)>>;
};

auto misuse() {
  return socketio::write_async_api<wrong>({"Wrong", "1.0.0"});
}
