// error: the contract declares no answer for this event: use emit()

void misuse(const socketio::typed_namespace<chat>& io) {
  io.to("room").emit_with_ack<"count">(1);
}
