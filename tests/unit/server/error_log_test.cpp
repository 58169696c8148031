#include "error_log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>

namespace {

using socketio::handler_error;
using socketio::detail::error_log;

class ErrorLog : public ::testing::Test {
 protected:
  ErrorLog() { ::fcntl(ends_[0], F_SETFL, O_NONBLOCK); }
  ~ErrorLog() override {
    close_reader();
    ::close(ends_[1]);
  }

  void write(const std::string& what, std::string_view event = {}) {
    handler_error error{std::make_exception_ptr(std::runtime_error(what)), "event"};
    error.event = event;
    log_.write(error);
  }

  // What has been written since the last call.
  [[nodiscard]] std::string written() const {
    std::string all;
    std::array<char, 4096> buffer{};
    for (ssize_t bytes = 0; (bytes = ::read(ends_[0], buffer.data(), buffer.size())) > 0;) {
      all.append(buffer.data(), static_cast<std::size_t>(bytes));
    }
    return all;
  }

  void close_reader() {
    if (ends_[0] >= 0) ::close(std::exchange(ends_[0], -1));
  }

  static std::array<int, 2> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    return ends;
  }

  std::array<int, 2> ends_ = make_pipe();
  error_log::clock::time_point now_{};
  error_log log_{ends_[1], [this] { return now_; }};
};

TEST_F(ErrorLog, SaysWhatAndWhere) {
  write("argument 1 does not fit", "chat message");
  EXPECT_EQ(written(), "socketio: event \"chat message\": argument 1 does not fit\n");
  log_.write({std::make_exception_ptr(42), "middleware"});
  EXPECT_EQ(written(), "socketio: middleware: something that is not a std::exception\n");
  log_.write("a warning\nfor the operator");
  EXPECT_EQ(written(), "socketio: a warning for the operator\n");
}

TEST_F(ErrorLog, WritesABurstAndThenOneLineInAWhile) {
  for (int i = 0; i < 1000; ++i) write("again");
  std::string burst;
  for (std::size_t i = 0; i < error_log::burst; ++i) burst += "socketio: event: again\n";
  EXPECT_EQ(written(), burst);
  now_ += error_log::interval;
  write("later");
  write("and more");
  EXPECT_EQ(written(), "socketio: event: later (990 more errors left out)\n");
  // After a long silence the burst is back, and no more than that.
  now_ += 1000 * error_log::interval;
  for (int i = 0; i < 1000; ++i) write("again");
  EXPECT_EQ(written(), burst.replace(0, 23, "socketio: event: again (1 more errors left out)\n"));
}

TEST_F(ErrorLog, KeepsLinesShortAndFreeOfControlCharacters) {
  write("two\nlines\x1B[31m", std::string(100'000, 'x'));
  const auto line = written();
  EXPECT_EQ(line.size(), error_log::max_line_size);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  write("two\nlines\x1B[31m\x7F");
  EXPECT_EQ(written(), "socketio: event: two lines [31m \n");
}

TEST_F(ErrorLog, LosesLinesInsteadOfWaitingForAReader) {
  // Nobody reads, and the pipe is full.
  const std::string filling(4096, 'x');
  ::fcntl(ends_[1], F_SETFL, O_NONBLOCK);
  while (::write(ends_[1], filling.data(), filling.size()) > 0) {
  }
  ::fcntl(ends_[1], F_SETFL, 0);
  write("lost");
  const auto all = written();
  EXPECT_EQ(all.find("lost"), std::string::npos);
  write("read");
  EXPECT_EQ(written(), "socketio: event: read\n");
}

TEST_F(ErrorLog, SurvivesAReaderThatHasGone) {
  close_reader();
  write("nobody reads");  // SIGPIPE would end the process
}

TEST_F(ErrorLog, WritesToASocketWithoutWaiting) {
  std::array<int, 2> sockets{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()), 0);
  error_log log(sockets[0], [this] { return now_; });
  const std::string filling(4096, 'x');
  std::size_t filled = 0;
  for (ssize_t sent = 0;
       (sent = ::send(sockets[0], filling.data(), filling.size(), MSG_DONTWAIT)) > 0;) {
    filled += static_cast<std::size_t>(sent);
  }
  EXPECT_GT(filled, 0U);
  log.write({std::make_exception_ptr(std::runtime_error("lost")), "event"});
  ::close(sockets[1]);
  log.write({std::make_exception_ptr(std::runtime_error("nobody reads")), "event"});
  ::close(sockets[0]);
}

}  // namespace
