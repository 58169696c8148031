#include "polling.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <variant>
#include <vector>

#include <socketio/protocol/content_coding.hpp>
#include <socketio/protocol/utf8.hpp>

#include "jsonp.hpp"
#include "wants_base64.hpp"

namespace socketio::engineio {
namespace {

using namespace std::chrono_literals;

// How long a closing transport waits for the client's next poll.
constexpr auto linger_timeout = 30s;

// With so many bytes a response takes no further packets, so that compressing it does not keep
// other clients waiting: the client's next poll comes at once.
constexpr std::size_t max_response_size = std::size_t{256} * 1024;

// Old versions mistake a payload for a script that an attacker has injected.
bool is_internet_explorer(const http_request& request) {
  const auto agent = request.headers["User-Agent"];
  return agent.find(";MSIE") != std::string_view::npos ||
         agent.find("Trident/") != std::string_view::npos;
}

bool is_binary_content(const http_request& request) {
  return request.headers["Content-Type"].starts_with("application/octet-stream");
}

// A packet that waits for the next poll, or for the end of an upgrade.
struct queued_packet {
  packet_type type;
  bool binary;
  std::variant<std::string, shared_bytes, shared_message> content;

  [[nodiscard]] std::string_view data() const {
    if (const auto* text = std::get_if<std::string>(&content)) return *text;
    if (const auto* bytes = std::get_if<shared_bytes>(&content)) return bytes->characters();
    return std::get<shared_message>(content)->data();
  }
  [[nodiscard]] bool compress() const {
    const auto* shared = std::get_if<shared_message>(&content);
    return shared == nullptr || (*shared)->compress();
  }
};

// A payload that has been posted.
struct posted_payload {
  std::unique_ptr<http_exchange> exchange;
  std::optional<std::string> decoded;  // instead of the request's body
  payload_view left{};                 // of the text

  [[nodiscard]] std::string_view text() const {
    return decoded ? *decoded : exchange->request().body;
  }
};

// Its states: open, until close() or end(); closing, until a poll has got the notice; closed.
class polling_transport final : public transport, private corked {
 public:
  polling_transport(const server& owner, shard& home, std::unique_ptr<http_exchange> exchange,
                    std::string_view opened)
      : server_(owner),
        home_(home),
        opened_(opened),
        reads_bytes_(!wants_base64(exchange->request())),
        poll_(std::move(exchange)) {}

 private:
  // --- The session's side

  [[nodiscard]] std::string_view name() const override { return "polling"; }
  [[nodiscard]] bool can_upgrade() const override { return true; }
  [[nodiscard]] bool writable() const override { return poll_ && queue_.empty(); }
  [[nodiscard]] std::size_t buffered() const override { return queued_bytes_; }

  void set_handler(transport_handler* handler) override { handler_ = handler; }

  void send(packet_type type, std::string_view data) override {
    enqueue({type, false, std::string(data)});
  }
  void send_text(std::string_view head, std::string&& rest) override {
    enqueue({packet_type::message, false, std::string(head).append(rest)});
  }
  void send_binary(std::string_view data) override {
    enqueue({packet_type::message, true, std::string(data)});
  }
  void send_binary(const shared_bytes& data) override {
    enqueue({packet_type::message, true, data});
  }
  void send(const shared_message& message) override {
    enqueue({packet_type::message, message->is_binary(), message});
  }
  void flush() override {
    if (poll_ && !queue_.empty()) respond_with_queue();
  }

  void handle(std::unique_ptr<http_exchange>& exchange) override {
    if (exchange->request().method == "GET") {
      receive_poll(std::move(exchange));
    } else if (exchange->request().method == "POST") {
      receive_payload(std::move(exchange));
    } else {
      http_response response(405);
      response.headers.append("Allow", "GET, POST");
      respond(*std::exchange(exchange, nullptr), std::move(response));
    }
  }

  bool begin_body(const std::weak_ptr<const std::function<void()>>& cut_off) override {
    if (!cut_off_body_.expired()) {
      handler_->handle_end("transport error", "data request overlap from client");
      return false;
    }
    cut_off_body_ = cut_off;
    return true;
  }

  void pause() override { paused_ = true; }
  void resume() override {
    paused_ = false;
    receive_held(false);
  }

  void body_failed(std::string_view why) override {
    if (receiving_) handler_->handle_end("transport error", why);
  }

  void make_way() override {
    // A client does not move while it waits for an answer.
    receive_held(true);
    if (poll_ && queue_.empty()) send(packet_type::noop, {});
  }

  void move_to(transport& next) override {
    receive_held(true);
    if (poll_) respond_with({packet_type::close});
    stop_receiving();
    for (const auto& packet : take_queue()) {
      if (packet.binary) {
        next.send_binary(packet.data());
      } else {
        next.send(packet.type, packet.data());
      }
    }
  }

  void stop_receiving() override {
    receiving_ = false;
    if (held_) accept(*std::exchange(held_, nullptr)->exchange);
    if (const auto cut_off = std::exchange(cut_off_body_, {}).lock()) (*cut_off)();
  }

  // The notice of closing needs a poll of its own, because the official clients act on it before
  // they handle messages in the same payload.
  bool close() override {
    closing_ = true;
    if (poll_ && queue_.empty()) {
      respond_with({packet_type::close});
      return true;
    }
    flush();
    deadline_.start(home_.timers(), linger_timeout);
    return false;
  }

  void end() override {
    stop_receiving();
    take_queue();
    if (poll_) respond_with({packet_type::close});
  }

  // --- Sending

  void enqueue(queued_packet packet) {
    if (overflowed_) return;
    const auto size = size_of(packet);
    queued_bytes_ += size;
    home_.counters().queue_bytes.add(size);
    if (queued_bytes_ > server_.settings().max_send_queue) {
      overflowed_ = true;
      take_queue();
      // Later, because the application is in the middle of sending.
      deadline_.start(home_.timers(), 0ms);
      return;
    }
    queue_.push_back(std::move(packet));
    // The response also takes the later packets of this turn.
    if (poll_) home_.cork(*this);
  }

  std::vector<queued_packet> take_queue() {
    home_.counters().queue_bytes.subtract(std::exchange(queued_bytes_, 0));
    return std::exchange(queue_, {});
  }

  // Takes the first packets of the queue: as many as one response may have, but at least one.
  std::vector<queued_packet> take_first() {
    std::size_t size = 0;
    auto end = queue_.begin();
    while (end != queue_.end() && size < max_response_size) size += size_of(*end++);
    if (end == queue_.end()) return take_queue();
    std::vector<queued_packet> first(std::make_move_iterator(queue_.begin()),
                                     std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
    queued_bytes_ -= size;
    home_.counters().queue_bytes.subtract(size);
    return first;
  }

  static std::size_t size_of(const queued_packet& packet) {
    return sizeof(packet) + packet.data().size();
  }

  void uncork() override { flush(); }

  void expire() {
    if (overflowed_) {
      handler_->handle_end("transport error", "the client does not poll, its queue is full");
    } else {
      take_queue();
      handler_->handle_closed();
    }
  }

  void respond_with_queue() {
    const auto& codec = handler_->codec();
    const auto size = queued_bytes_;
    const auto queue = take_first();
    const bool binary = codec.has_binary_payloads() && reads_bytes_ &&
                        !jsonp_index(poll_->request()) &&
                        std::any_of(queue.begin(), queue.end(),
                                    [](const queued_packet& each) { return each.binary; });
    std::string payload;
    payload.reserve(size - queued_bytes_ + 2 * queue.size());
    for (const auto& each : queue) {
      codec.append(payload, {each.type, each.data(), each.binary}, binary);
    }
    const bool compress = std::any_of(queue.begin(), queue.end(),
                                      [](const queued_packet& each) { return each.compress(); });
    respond(std::move(payload), binary, compress);
    if (queue_.empty()) handler_->handle_drain();
  }

  // Ends the poll with packets that have no data.
  void respond_with(std::initializer_list<packet_type> types) {
    std::string payload;
    for (const auto type : types) handler_->codec().append(payload, {type, {}}, false);
    respond(std::move(payload));
  }

  void respond(std::string payload, bool binary = false, bool compress = true) {
    // Take the poll first: if a hook throws, the client gets status 500, and may poll again.
    const auto poll = std::exchange(poll_, nullptr);
    const auto& request = poll->request();
    if (const auto index = jsonp_index(request)) payload = encode_jsonp(*index, payload);
    http_response response(200, binary ? "application/octet-stream" : "text/plain; charset=UTF-8",
                           std::move(payload));
    response.headers.append("cache-control", "no-store");
    if (is_internet_explorer(request)) response.headers.append("X-XSS-Protection", "0");
    const auto threshold = server_.settings().http_compression_threshold;
    if (compress && threshold && response.body.size() >= *threshold) {
      const auto coding = choose_content_coding(request.headers["Accept-Encoding"]);
      if (coding != content_coding::identity) {
        response.body = encode_content(coding, response.body);
        response.headers.append("Content-Encoding", name_of(coding));
      }
    }
    respond(*poll, std::move(response), std::exchange(opened_, {}));
  }

  void respond(http_exchange& exchange, http_response response,
               std::string_view opened = {}) const {
    server_.add_headers(exchange.request(), response.headers, opened);
    exchange.respond(std::move(response));
  }

  // --- Receiving

  void receive_poll(std::unique_ptr<http_exchange> exchange) {
    if (poll_) {
      respond(*exchange, http_response(400));
      handler_->handle_end("transport error", "overlap from client");
      return;
    }
    poll_ = std::move(exchange);
    if (closing_) {
      // The first poll after the queue was sent gets the notice.
      if (!queue_.empty()) {
        flush();
        return deadline_.start(home_.timers(), linger_timeout);
      }
      deadline_.stop();
      respond_with({packet_type::noop, packet_type::close});
      return handler_->handle_closed();
    }
    poll_->on_abort([this] {
      poll_.reset();
      handler_->handle_end("transport error", "poll connection closed prematurely");
    });
    flush();
  }

  void receive_payload(std::unique_ptr<http_exchange> exchange) {
    if (held_) {
      respond(*exchange, http_response(400));
      return handler_->handle_end("transport error", "data request overlap from client");
    }
    const auto& request = exchange->request();
    const bool jsonp = jsonp_index(request).has_value();
    const bool binary = is_binary_content(request);
    if (binary && (jsonp || !handler_->codec().has_binary_payloads())) {
      handler_->handle_end("transport error", "invalid content");
      return respond(*exchange, http_response(400));
    }
    posted_payload posted;
    if (jsonp) posted.decoded = decode_jsonp(request.body);
    // Like the reference server, read invalid UTF-8 as U+FFFD.
    const auto& text = posted.decoded ? *posted.decoded : request.body;
    if (!binary && !is_valid_utf8(text)) posted.decoded = to_valid_utf8(text);
    posted.exchange = std::move(exchange);
    posted.left = {posted.text(), binary};
    receive_packets(std::move(posted), false);
  }

  // Receives the packets of a payload, and answers it; the client sends its next one only then.
  // While receiving is paused, keeps what is left, unless all of it has to be received.
  void receive_packets(posted_payload&& posted, bool all) {
    while (receiving_ && (all || !paused_) && posted.left.more) {
      const auto received = handler_->codec().take_packet(posted.left);
      if (!received) {
        handler_->handle_end("parse error", {});
        return respond(*posted.exchange, http_response(400));
      }
      if (received->type == packet_type::close) {
        if (poll_) respond_with({packet_type::noop});
        handler_->handle_end("transport close", {});
      } else {
        handler_->handle_packet(*received, {received->data, received->binary});
      }
    }
    if (receiving_ && paused_ && !all) {
      held_ = std::make_unique<posted_payload>(std::move(posted));
      held_->left.rest = held_->text().substr(held_->text().size() - held_->left.rest.size());
    } else {
      accept(*posted.exchange);
    }
  }

  void accept(http_exchange& exchange) const {
    http_response response(200, "text/html", "ok");
    response.headers.append("cache-control", "no-store");
    respond(exchange, std::move(response));
  }

  // Receives what is left of the payload that has been held back, if there is one.
  void receive_held(bool all) {
    if (held_) receive_packets(std::move(*std::exchange(held_, nullptr)), all);
  }

  const server& server_;
  shard& home_;
  transport_handler* handler_ = nullptr;
  std::string_view opened_;               // the session's id, until the first response
  const bool reads_bytes_;                // whether the client reads binary payloads
  std::unique_ptr<http_exchange> poll_;   // waits for something to send
  std::unique_ptr<posted_payload> held_;  // waits for resume()
  // Closes the connection of the request whose body is being received, if there is one.
  std::weak_ptr<const std::function<void()>> cut_off_body_;
  std::vector<queued_packet> queue_;
  std::size_t queued_bytes_ = 0;
  bool overflowed_ = false;
  bool receiving_ = true;
  bool paused_ = false;
  bool closing_ = false;
  // Of the overflow, or of the poll that gets the notice of closing.
  member_timer<polling_transport, &polling_transport::expire> deadline_{*this};
};

}  // namespace

std::unique_ptr<transport> make_polling(const server& owner, shard& home,
                                        std::unique_ptr<http_exchange> exchange,
                                        std::string_view opened) {
  return std::make_unique<polling_transport>(owner, home, std::move(exchange), opened);
}

}  // namespace socketio::engineio
