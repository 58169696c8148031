// What the programs of this folder begin with, compiled once for all.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <socketio/contract.hpp>
#include <socketio/contract_documents.hpp>
#include <socketio/engineio/server.hpp>
#include <socketio/form.hpp>
#include <socketio/server.hpp>
#include <socketio/websocket.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

// The contracts of programs that have one.

struct undescribed {};

struct chat {
  using client_to_server =
      socketio::events<socketio::event<"chat message", void(std::string)>,
                       socketio::event<"sum", int(int, int)>,
                       socketio::event<"login", std::tuple<bool, std::string>(std::string)>>;
  using server_to_client = socketio::events<
      socketio::event<"chat message", void(std::string)>, socketio::event<"count", void(int)>,
      socketio::event<"any", void(socketio::json, std::map<std::string, int>,
                                  std::pair<int, std::string>, socketio::json)>,
      socketio::event<"any?", int(socketio::json)>, socketio::event<"name?", std::string(bool)>>;
  using server_side = socketio::events<socketio::event<"load?", int(std::string)>>;
};
struct quiet {};
