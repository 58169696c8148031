// What the programs of this folder begin with, compiled once for all.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <socketio/engineio/server.hpp>
#include <socketio/form.hpp>
#include <socketio/server.hpp>
#include <socketio/websocket.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
