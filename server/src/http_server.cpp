#include <stdexcept>

#include <socketio/detail/check_option.hpp>
#include <socketio/engineio/cors.hpp>
#include <socketio/engineio/identifier.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/form.hpp>
#include <socketio/http_server.hpp>
#include <socketio/static_files.hpp>
#include <socketio/websocket.hpp>

#include "http_server_state.hpp"

namespace socketio {
namespace {

namespace asio = boost::asio;

// Whether the path of a file has only one spelling, so that no other spelling of it bypasses a
// route or a CORS policy for the path.
bool is_plain(std::string_view path) {
  if (path.starts_with('/') || path.find("//") != std::string_view::npos) return false;
  for (auto escape = path.find('%'); escape != std::string_view::npos;
       escape = path.find('%', escape + 1)) {
    const auto decoded = percent_decode(path.substr(escape, 3));
    const bool needless =
        decoded.size() == 1 &&
        std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")
                .find(decoded.front()) != std::string_view::npos;
    if (needless) return false;
  }
  return true;
}

}  // namespace

http_server::http_server(const http_server_options& options)
    : state_(std::make_unique<state>(options)) {
  for (std::size_t i = 0; i < options.threads; ++i) state_->add_own_shard();
}

http_server::http_server(const asio::any_io_executor& executor, const http_server_options& options)
    : state_(std::make_unique<state>(options)) {
  for (std::size_t i = 0; i < options.threads; ++i) {
    state_->add_shard(std::make_shared<engineio::shard>(executor, i));
  }
}

http_server::http_server(asio::io_context& context, const http_server_options& options)
    : http_server(context.get_executor(), options) {}

http_server::http_server(const context_list& contexts, const http_server_options& options)
    : state_(std::make_unique<state>(options)) {
  detail::check_range("the number of contexts", contexts.size(), 1, engineio::max_shards);
  for (std::size_t i = 0; i < contexts.size(); ++i) {
    state_->add_shard(std::make_shared<engineio::shard>(contexts[i].get(), i));
  }
}

http_server::~http_server() = default;

void http_server::use(http_middleware middleware) {
  state_->requests.add_middleware(std::move(middleware));
}

void http_server::use(std::string_view pattern, http_middleware middleware) {
  if (!middleware) throw std::invalid_argument("use() needs a middleware");
  detail::path_table<std::monostate> paths;
  paths.at(pattern);
  use([paths = std::move(paths), middleware = std::move(middleware)](
          const http_request& request, http_fields& response_headers, http_next next) {
    if (paths.find(request.path()).found == nullptr) return next();
    middleware(request, response_headers, std::move(next));
  });
}

void http_server::add_route(std::string_view method, std::string_view pattern, http_handler handler,
                            std::optional<std::uint64_t> max_body_size) {
  detail::router::route added;
  if (handler) {
    added.handler = [handler = std::move(handler)](
                        engineio::shard& current, std::string_view rest,
                        std::unique_ptr<engineio::http_exchange> exchange) {
      const auto& request = exchange->request();
      handler(request, rest, http_reply(current.shared_from_this(), std::move(exchange)));
    };
  }
  state_->requests.add_route(method, pattern, std::move(added), max_body_size);
}

void http_server::receive(std::string_view method, std::string_view pattern, body_handler handler,
                          std::optional<std::uint64_t> max_body_size) {
  detail::router::route added;
  added.receiver = std::move(handler);
  state_->requests.add_route(method, pattern, std::move(added), max_body_size);
}

void http_server::form(std::string_view pattern, form_options options, form_handler handler) {
  const auto max_body_size = options.max_body_size;
  receive("POST", pattern, receive_form(std::move(options), std::move(handler)), max_body_size);
}

websocket::endpoint http_server::websocket(std::string_view pattern, websocket::route route) {
  return websocket::endpoint(state_->requests.add_endpoint(pattern, std::move(route)));
}

void http_server::cors(std::string_view pattern, cors_options options) {
  state_->requests.add_policy(pattern, std::move(options));
}

void http_server::serve_folder(std::string_view path, const std::filesystem::path& folder) {
  serve_folder(path, folder, {});
}

void http_server::serve_folder(std::string_view path, const std::filesystem::path& folder,
                               static_files_options options) {
  if (!path.ends_with('/')) detail::refuse_text("the path of a folder", path, "end with a slash");
  const auto files = std::make_shared<const static_files>(folder, std::move(options));
  get(std::string(path) + "*",
      [files](const http_request& request, std::string_view rest, const http_reply& reply) {
        reply(is_plain(rest) ? files->serve(request, rest) : http_response(404));
      });
}

void http_server::serve_file(std::string_view path, const std::filesystem::path& file) {
  serve_file(path, file, {});
}

void http_server::serve_file(std::string_view path, const std::filesystem::path& file,
                             static_files_options options) {
  const auto name = file.filename().string();
  if (!std::filesystem::is_regular_file(file) || name.starts_with('.')) {
    detail::refuse_text("the file to serve", file.string(), "be a file without a leading dot");
  }
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  get(path, [files = std::make_shared<const static_files>(folder, std::move(options)),
             escaped = percent_encode(name)](const http_request& request) {
    return files->serve(request, escaped);
  });
}

void http_server::attach(engineio::server& engine, std::string_view path) {
  state_->requests.add_engine(path, engine);
}

std::uint16_t http_server::listen(std::uint16_t port) {
  listen_options options;
  options.port = port;
  return listen(options);
}

std::uint16_t http_server::listen(const listen_options& options) {
  return listen(options, {});
}

std::uint16_t http_server::listen(const listen_options& options,
                                  const std::function<void()>& prepare) {
  auto opened = detail::listener::open(state_->shards.front()->executor(), options);
  const auto port = opened.front()->port();
  state_->listen(std::move(opened), prepare);
  return port;
}

void http_server::run() {
  state_->run();
}

void http_server::close() {
  start_close({});
}

void http_server::start_close(close_completion handler) {
  state_->close(std::move(handler));
}

void http_server::on_signal(std::function<void()> handler) {
  if (!handler) throw std::invalid_argument("on_signal() needs a handler");
  state_->on_signal(std::move(handler));
}

void http_server::on_error(error_handler handler) {
  state_->on_error = std::move(handler);
}

void http_server::report(const handler_error& error) const {
  state_->tell(error);
}

const std::vector<std::shared_ptr<engineio::shard>>& http_server::shards() const {
  return state_->shards;
}

const http_server_options& http_server::options() const {
  return state_->server_options;
}

std::size_t http_server::connections_count() const {
  std::size_t count = 0;
  for (const auto& shard : state_->shards) count += shard->counters().connections.value();
  return count;
}

std::vector<engineio::statistics> http_server::statistics() const {
  std::vector<engineio::statistics> all;
  for (const auto& shard : state_->shards) {
    all.push_back(shard->read_statistics());
    all.back().queue_bytes += state_->connections.queued_bytes(*shard);
  }
  return all;
}

}  // namespace socketio
