// error: an acknowledgement is not acknowledged: it takes no function

void misuse(const socketio::ack& reply) {
  reply(1, [] {});
}
