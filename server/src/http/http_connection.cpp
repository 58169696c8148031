#include "http_connection.hpp"

#include <algorithm>
#include <utility>

#include "http_response_serializer.hpp"

namespace socketio::detail {

using engineio::add_missing_fields;

namespace {

// Responses to requests that arrive in one piece leave in one write, up to this size.
constexpr std::size_t pipelining_threshold = std::size_t{64} * 1024;

// A body that a sink receives has to grow by so much within body_timeout.
constexpr std::uint64_t least_body_progress = std::uint64_t{64} * 1024;

// How many bytes of a body source to read at once.
constexpr std::size_t source_piece_size = std::size_t{64} * 1024;

// Why a body will not be complete, in the reference server's words.
std::string_view failure_of_body(unsigned status) {
  switch (status) {
    case 408:
      return "http request timeout";
    case 413:
      return "payload too large";
    default:
      return "data request connection closed prematurely";
  }
}

http_response internal_error() {
  return {500, "text/plain", std::string(reason_phrase(500))};
}

// Like Node.js, the server closes a connection whose request to upgrade it refuses: the client may
// already speak the other protocol.
bool asks_for_upgrade(const http_request& request) {
  return request.headers.has_token("Connection", "upgrade") && request.headers.find("Upgrade");
}

}  // namespace

// The request that waits for its response. The handler may keep it longer than the connection
// lives.
class http_connection::exchange final : public engineio::http_exchange {
 public:
  exchange(std::shared_ptr<http_connection> connection, http_request&& request)
      : connection_(std::move(connection)), request_(std::move(request)) {}

  ~exchange() override {
    if (!answered_) connection_->respond(request_, internal_error(), true);
  }

  [[nodiscard]] http_request& request() override { return request_; }

  void respond(http_response response) override {
    if (std::exchange(answered_, true)) return;
    connection_->respond(request_, std::move(response));
  }

  std::shared_ptr<engineio::websocket_connection> upgrade(
      http_response response, const engineio::websocket_settings& settings) override {
    answered_ = true;
    return connection_->upgrade(std::move(response), settings);
  }

  void on_abort(std::function<void()> aborted) override {
    if (!answered_) connection_->on_abort_ = std::move(aborted);
  }

 private:
  std::shared_ptr<http_connection> connection_;
  http_request request_;
  bool answered_ = false;
};

http_connection::http_connection(http_host& host, carrier& connection)
    : host_(host), connection_(&connection) {}

void http_connection::begin() {
  connection_->set_deadline(host_.options().header_timeout);
}

void http_connection::receive(std::span<char>& data) {
  // Pipelined requests wait for their turn, and until the client reads the responses.
  if (connection_->output().size() > pipelining_threshold) connection_->flush();
  held_back_ = connection_->blocked();
  if (stage_ == stage::response || stage_ == stage::admission || held_back_) return;
  if (stage_ == stage::between) {
    if (data.empty()) return;
    stage_ = stage::head;
    http_limits limits;
    limits.max_header_size = host_.options().max_header_size;
    limits.max_header_count = host_.options().max_header_count;
    parser_.emplace(limits);
    due_deadline_ = host_.options().header_timeout;
  }
  while (true) {
    if (stage_ == stage::head && parser_->head_complete() && !head_received()) return;
    if (!body_received()) return;
    if (parser_->complete()) return request_received();
    if (data.empty()) return await_more();
    data = data.subspan(parser_->put({data.data(), data.size()}));
    if (const auto status = parser_->error_status(); status != 0) return refuse(status);
  }
}

bool http_connection::head_received() {
  auto& request = parser_->request();
  auto& shard = host_.shard_for(request, *connection_, std::exchange(first_request_, false));
  if (&shard != &connection_->home()) {
    connection_->move_to(shard);
    return false;
  }
  stage_ = stage::body;
  request.remote_address = connection_->remote_address();
  request.secure = connection_->is_tls();
  if (request.secure) request.client_subject = connection_->client_subject();
  parser_->set_body_limit(host_.max_body_size(request));
  parser_->put({});  // reports a declared length above the limit
  if (const auto status = parser_->error_status(); status != 0) {
    refuse(status);
    return false;
  }
  return ask_for_admission() && open_body();
}

bool http_connection::ask_for_admission() {
  stage_ = stage::admission;
  auto decision = host_.admit(connection_->home(), parser_->request(),
                              [weak = weak_from_this()](std::optional<http_response> response) {
                                if (const auto self = weak.lock())
                                  self->admitted(std::move(response));
                              });
  passing_ = std::move(decision.passing);
  if (decision.waits) {
    due_deadline_.reset();
    connection_->clear_deadline();
    return false;
  }
  if (!decision.response) return true;
  answer(*std::move(decision.response));
  return false;
}

void http_connection::admitted(std::optional<http_response> response) {
  passing_->request = nullptr;
  if (response) return answer(*std::move(response));
  if (shutting_down_ && !parser_->complete()) return finish();
  if (!open_body()) return;
  if (parser_->complete()) request_received();
  if (connection_ != nullptr) connection_->resume();
}

void http_connection::answer(http_response response) {
  stage_ = stage::body;
  if (!parser_->complete()) return refuse(std::move(response));
  const auto request = take_request();
  respond(request, std::move(response), true);
}

bool http_connection::open_body() {
  stage_ = stage::body;
  const bool complete = parser_->complete();
  std::variant<body_reception, http_response> begun;
  try {
    begun = host_.begin_body(connection_->home(), parser_->request(), complete,
                             [this] { connection_->abort("the session has ended"); });
  } catch (...) {
    connection_->home().report(std::current_exception(), "body handler");
    begun = internal_error();
  }
  if (auto* refusal = std::get_if<http_response>(&begun)) {
    refuse(std::move(*refusal));
    return false;
  }
  body_ = std::get<body_reception>(std::move(begun));
  due_deadline_ = host_.options().body_timeout;
  body_progress_ = 0;
  if (parser_->expects_continue()) {
    connection_->output().append(std::string_view("HTTP/1.1 100 Continue\r\n\r\n"));
    connection_->flush_later();
  }
  return true;
}

bool http_connection::body_received() {
  if (!body_.sink) return true;
  auto& bytes = parser_->request().body;
  if (bytes.empty()) return true;
  std::optional<http_response> refusal;
  try {
    refusal = body_.sink->receive(bytes);
  } catch (...) {
    connection_->home().report(std::current_exception(), "body sink");
    refusal = internal_error();
  }
  if (refusal) {
    refuse(*std::move(refusal));
    return false;
  }
  body_progress_ += bytes.size();
  bytes.clear();
  if (body_progress_ >= least_body_progress) {
    body_progress_ = 0;
    due_deadline_ = host_.options().body_timeout;
  }
  return true;
}

http_request http_connection::take_request() {
  keep_alive_ = parser_->keep_alive();
  auto request = std::move(parser_->request());
  parser_.reset();
  version_ = request.version;
  head_request_ = request.method == "HEAD";
  stage_ = stage::response;
  due_deadline_.reset();
  connection_->clear_deadline();
  return request;
}

void http_connection::request_received() {
  auto request = take_request();
  auto sink = std::exchange(body_, {}).sink;
  host_.serve(connection_->home(), std::move(sink),
              std::make_unique<exchange>(shared_from_this(), std::move(request)));
}

void http_connection::await_more() {
  if (const auto due = std::exchange(due_deadline_, std::nullopt)) connection_->set_deadline(*due);
}

void http_connection::body_failed(std::string_view why) {
  if (parser_ && stage_ == stage::body)
    host_.body_failed(connection_->home(), parser_->request(), why);
}

void http_connection::respond(const http_request& request, http_response response, bool by_host) {
  on_abort_ = nullptr;
  if (connection_ == nullptr) return;
  host_.add_headers(request, response.headers, by_host);
  add_passing_fields(response);
  if (shutting_down_ || response.headers.has_token("Connection", "close") ||
      (response.status >= 400 && asks_for_upgrade(request))) {
    keep_alive_ = false;
  }
  send(std::move(response), head_request_);
}

void http_connection::add_passing_fields(http_response& response) {
  // While the host decides, the application may change the fields.
  if (!passing_ || stage_ == stage::admission) return;
  add_missing_fields(response.headers, passing_->fields);
  passing_.reset();
}

void http_connection::send(http_response response, bool head) {
  connection_->output().append(serialize_response(response, version_, keep_alive_, head));
  if (response.source && !head && may_have_body(response.status)) {
    source_left_ = response.source->size();
    source_ = std::move(response.source);
    stage_ = stage::response;
    send_body();
  } else {
    response_sent();
  }
}

void http_connection::send_body() {
  if (source_left_ > 0) {
    std::string piece(
        static_cast<std::size_t>(std::min<std::uint64_t>(source_left_, source_piece_size)), '\0');
    try {
      piece.resize(source_->read(piece));
    } catch (...) {
      connection_->home().report(std::current_exception(), "body source");
      piece.clear();
    }
    if (piece.empty()) {
      source_.reset();
      return connection_->abort("a body could not be read");
    }
    source_left_ -= piece.size();
    connection_->output().append(std::move(piece));
  }
  if (source_left_ > 0) {
    connection_->set_deadline(host_.options().write_timeout);
    connection_->flush_later();
  } else {
    source_.reset();
    response_sent();
  }
}

void http_connection::refuse(unsigned status) {
  // Errors about a body have none themselves, as in the reference server.
  const auto body =
      status == 413 || stage_ == stage::body ? std::string{} : std::string(reason_phrase(status));
  refuse(http_response(status, "text/plain", body));
}

void http_connection::refuse(http_response response) {
  bool head = false;
  if (parser_->head_complete()) {
    head = parser_->request().method == "HEAD";
    host_.add_headers(parser_->request(), response.headers, true);
  }
  add_passing_fields(response);
  body_ = {};
  body_failed(failure_of_body(response.status));
  forget_request();
  keep_alive_ = false;
  send(std::move(response), head);
}

void http_connection::response_sent() {
  stage_ = stage::between;
  if (!keep_alive_ || shutting_down_) return finish();
  connection_->set_deadline(host_.options().write_timeout);
  connection_->flush_later();
  connection_->resume();
}

void http_connection::finish() {
  forget_request();
  std::exchange(connection_, nullptr)->finish();
}

void http_connection::forget_request() {
  if (passing_) passing_->request = nullptr;
  passing_.reset();
  body_ = {};
  parser_.reset();
}

void http_connection::written() {
  if (source_) {
    if (connection_->output().size() < source_piece_size) send_body();
    return;
  }
  if (held_back_ && connection_->output().empty()) connection_->resume();
  if (stage_ != stage::between) return;
  if (connection_->output().empty()) {
    connection_->set_deadline(host_.options().keep_alive_timeout);
  } else {
    connection_->set_deadline(host_.options().write_timeout);
  }
}

std::shared_ptr<engineio::websocket_connection> http_connection::upgrade(
    http_response response, const engineio::websocket_settings& settings) {
  on_abort_ = nullptr;
  add_passing_fields(response);
  auto* connection = std::exchange(connection_, nullptr);
  if (connection == nullptr) return host_.open_websocket(nullptr, settings);
  connection->output().append(serialize_response(response, version_, true, false));
  connection->clear_deadline();
  auto stream = host_.open_websocket(connection, settings);
  connection->flush_later();
  connection->resume();
  // Later, because the caller has to set the WebSocket's handler first.
  if (shutting_down_) connection->shut_down_later();
  return stream;
}

bool http_connection::input_ended() {
  if (held_back_) return true;  // receive() is called again when the client has read
  if (stage_ == stage::response || stage_ == stage::admission) {
    // An exchange with on_abort() treats this client as disconnected, as Node.js does. Others
    // wait, but not for ever, since the client may have closed its socket.
    if (on_abort_) return false;
    if (!source_) connection_->set_deadline(host_.options().write_timeout);
  } else if (parser_ && !parser_->idle()) {
    refuse(400);
  } else {
    finish();
  }
  return true;
}

void http_connection::ended(std::string_view /*error*/) {
  body_ = {};
  body_failed(failure_of_body(0));
  connection_ = nullptr;
  forget_request();
  source_.reset();
  // The function may destroy the exchange, which holds this connection.
  if (const auto aborted = std::exchange(on_abort_, nullptr)) aborted();
}

void http_connection::timed_out() {
  if (parser_ && !parser_->idle()) {
    refuse(408);
  } else {
    // An idle connection, or a client that does not read, gets no response.
    connection_->drop_output();
    finish();
  }
}

void http_connection::shut_down() {
  shutting_down_ = true;
  if (stage_ != stage::response && stage_ != stage::admission) finish();
}

void http_connection::abandoned() {
  connection_ = nullptr;
  forget_request();
  source_.reset();
  on_abort_ = nullptr;
}

}  // namespace socketio::detail
