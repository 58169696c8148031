#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

#include <socketio/engineio/decision.hpp>
#include <socketio/engineio/middleware_list.hpp>

namespace socketio::detail {

void middleware_list::add(http_middleware added) {
  if (!added) throw std::invalid_argument("use() needs a middleware");
  middlewares_.push_back(std::move(added));
}

void middleware_list::run(engineio::shard& home, std::shared_ptr<passage> passing,
                          receiver receive) const {
  step(home, std::move(passing), 0, std::move(receive));
}

void middleware_list::step(engineio::shard& home, std::shared_ptr<passage> passing,
                           std::size_t position, receiver receive) const {
  const auto& request = *passing->request;
  auto& fields = passing->fields;
  decision<http_next::outcome>::ask(
      home, "request middleware",
      [&](const auto& asked) {
        middlewares_[position](request, fields, http_next([asked](http_next::outcome outcome) {
                                 asked->settle(std::move(outcome));
                               }));
      },
      [this, &home, passing = std::move(passing), position,
       receive = std::move(receive)](std::optional<http_next::outcome> outcome) mutable {
        if (passing->request == nullptr) return;
        if (!outcome) outcome = http_next::failure();
        if (const auto* passed = std::get_if<http_next::pass>(&*outcome)) {
          passing->request->attached.set(passed->attached);
          if (position + 1 < middlewares_.size()) {
            return step(home, std::move(passing), position + 1, std::move(receive));
          }
        }
        receive(*std::move(outcome));
      });
}

}  // namespace socketio::detail
