// socketio-bench-floor: the least that any server on Asio has to do, which is to move the same
// bytes over the same number of sockets. It has no protocol: a connection says how long its records
// are; for each record the server sends one back, or one to everybody of the connection's group.
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <list>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "../conformance/program.hpp"
#include "record_client.hpp"

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class connection;

// The state that all connections share.
struct shared_state {
  std::map<std::uint32_t, std::vector<connection*>> groups;
  std::list<connection> connections;
  std::vector<char> input = std::vector<char>(std::size_t{64} * 1024);
  std::vector<char> output = std::vector<char>(std::size_t{1} << 20U, 'x');
};

class connection {
 public:
  connection(tcp::socket socket, shared_state& shared)
      : socket_(std::move(socket)), shared_(shared) {
    socket_.set_option(tcp::no_delay(true));
    socket_.non_blocking(true);
  }

  void start(std::list<connection>::iterator self) {
    self_ = self;
    wait();
  }

  // Sends that many bytes of any value; those that do not fit into the socket follow later.
  void send(std::size_t count) {
    owed_ += count;
    if (!blocked_) write();
  }

 private:
  void wait() {
    socket_.async_wait(tcp::socket::wait_read, [this](error_code error) {
      if (!error) receive();
    });
  }

  void receive() {
    error_code error;
    auto count = socket_.read_some(asio::buffer(shared_.input), error);
    if (error && error != asio::error::would_block) return end();
    const char* begin = shared_.input.data();
    if (hello_received_ < sizeof hello_) {
      const auto part = std::min(count, sizeof hello_ - hello_received_);
      std::memcpy(reinterpret_cast<char*>(&hello_) + hello_received_, begin, part);
      hello_received_ += part;
      count -= part;
      if (hello_received_ == sizeof hello_) greet();
    }
    received_ += count;
    if (hello_.request_size != 0 && received_ >= hello_.request_size) {
      const auto records = received_ / hello_.request_size;
      received_ %= hello_.request_size;
      answer(records * hello_.reply_size);
    }
    wait();
  }

  void greet() {
    if (hello_.group != 0) shared_.groups[hello_.group].push_back(this);
    asio::write(socket_, asio::buffer(&hello_, sizeof hello_));
  }

  void answer(std::size_t bytes) {
    if (hello_.group == 0) {
      send(bytes);
    } else {
      for (auto* member : shared_.groups[hello_.group]) member->send(bytes);
    }
  }

  void write() {
    blocked_ = false;
    while (owed_ > 0) {
      error_code error;
      const auto size = std::min(owed_, shared_.output.size());
      owed_ -= socket_.write_some(asio::buffer(shared_.output.data(), size), error);
      // The next read notices that the connection has ended.
      if (error && error != asio::error::would_block) owed_ = 0;
      if (error != asio::error::would_block) continue;
      blocked_ = true;
      socket_.async_wait(tcp::socket::wait_write, [this](error_code failed) {
        if (!failed) write();
      });
      return;
    }
  }

  void end() {
    if (hello_.group != 0) std::erase(shared_.groups[hello_.group], this);
    shared_.connections.erase(self_);
  }

  tcp::socket socket_;
  shared_state& shared_;
  std::list<connection>::iterator self_;
  bench::record_hello hello_;
  std::size_t hello_received_ = 0;
  std::size_t received_ = 0;  // bytes of the incomplete record
  std::size_t owed_ = 0;      // bytes still to send
  bool blocked_ = false;      // waits until the socket takes more
};

void accept(tcp::acceptor& acceptor, shared_state& shared) {
  acceptor.async_accept([&](error_code error, tcp::socket socket) {
    if (error) return;
    shared.connections.emplace_front(std::move(socket), shared);
    shared.connections.front().start(shared.connections.begin());
    accept(acceptor, shared);
  });
}

}  // namespace

int main(int argc, char** argv) {
  return test_program::run([&] {
    const test_program::command_line arguments(argc, argv, {"--port"});
    const auto port = static_cast<std::uint16_t>(arguments.number("--port", 0));
    asio::io_context context(1);
    shared_state shared;
    tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), port});
    asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](error_code, int) { context.stop(); });
    accept(acceptor, shared);
    std::cout << "listening on tcp://localhost:" << acceptor.local_endpoint().port() << std::endl;
    context.run();
  });
}
