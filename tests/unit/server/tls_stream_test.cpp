// TLS between a stream and OpenSSL's client, over a pair of sockets.
#include "net/tls_stream.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "integration/certificate.hpp"
#include "net/stream.hpp"
#include "net/tls_context.hpp"

namespace socketio::detail {
namespace {

constexpr std::size_t buffer_size = std::size_t{64} * 1024;

// The server's end, and the client's.
struct socket_pair {
  socket_pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) != 0) {
      throw std::runtime_error("socketpair");
    }
    server = unique_descriptor(ends[0]);
    client = unique_descriptor(ends[1]);
  }

  unique_descriptor server;
  unique_descriptor client;
};

class tls_client {
 public:
  explicit tls_client(int descriptor)
      : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free),
        ssl_(SSL_new(context_.get()), SSL_free) {
    SSL_set_fd(ssl_.get(), descriptor);
    SSL_set_connect_state(ssl_.get());
  }

  // Returns whether the handshake is complete on this side.
  bool handshake() { return SSL_do_handshake(ssl_.get()) == 1; }
  [[nodiscard]] bool write(std::string_view text) {
    std::size_t written = 0;
    return SSL_write_ex(ssl_.get(), text.data(), text.size(), &written) == 1;
  }
  // What has arrived.
  std::string read() {
    std::string all;
    std::array<char, 4096> buffer{};
    std::size_t bytes = 0;
    while (SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &bytes) == 1) {
      all.append(buffer.data(), bytes);
    }
    return all;
  }
  // Whether the server has said that nothing follows.
  [[nodiscard]] bool ended() { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  void shutdown() { SSL_shutdown(ssl_.get()); }

 private:
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
};

class tls_streams : public ::testing::Test {
 protected:
  struct result {
    io_status status;
    std::string text;
  };

  result read() {
    std::vector<char> buffer(buffer_size);
    std::size_t bytes = 0;
    const auto status = server.read(buffer, bytes);
    return {status, std::string(buffer.data(), bytes)};
  }
  // Writes what follows the first `done` bytes, and counts them.
  io_status write(std::vector<std::string> pieces, std::size_t& done) {
    std::vector<iovec> buffers;
    auto skipped = done;
    for (auto& piece : pieces) {
      const auto part = std::min(skipped, piece.size());
      skipped -= part;
      if (part < piece.size()) buffers.push_back({piece.data() + part, piece.size() - part});
    }
    std::size_t bytes = 0;
    const auto status = server.write(buffers, bytes);
    done += bytes;
    return status;
  }
  void handshake() {
    bool complete = false;
    for (int steps = 0; !complete && steps < 10; ++steps) {
      complete = client.handshake();
      ASSERT_EQ(read().status, io_status::want_read);
    }
    ASSERT_TRUE(complete);
    EXPECT_EQ(client.read(), "") << "session tickets are no data";
  }

  integration::temporary_folder folder;
  tls_context context{integration::make_certificate(folder.path())};
  socket_pair sockets;
  tls_stream server{context, sockets.server.get()};
  tls_client client{sockets.client.get()};
};

TEST_F(tls_streams, shake_hands_within_the_first_reads) {
  EXPECT_EQ(read().status, io_status::want_read);
  handshake();
  EXPECT_TRUE(client.write("hello"));
  const auto [status, text] = read();
  EXPECT_EQ(status, io_status::done);
  EXPECT_EQ(text, "hello");
  EXPECT_FALSE(server.more_to_read());
  EXPECT_EQ(read().status, io_status::want_read);
}

TEST_F(tls_streams, read_all_records_at_once) {
  handshake();
  for (const auto* const text : {"one ", "two ", "three"}) EXPECT_TRUE(client.write(text));
  EXPECT_EQ(read().text, "one two three");
  EXPECT_FALSE(server.more_to_read()) << "none is left that the socket would not show";
}

TEST_F(tls_streams, know_when_a_read_leaves_bytes) {
  handshake();
  const std::string large(3 * tls_stream::record_size, 'x');
  EXPECT_TRUE(client.write(large));
  auto all = read().text;
  EXPECT_LT(all.size(), large.size());
  EXPECT_TRUE(server.more_to_read());
  while (server.more_to_read()) all += read().text;
  EXPECT_EQ(all, large);
}

TEST_F(tls_streams, write_several_buffers) {
  handshake();
  const std::string large(2 * tls_stream::record_size, 'y');
  std::size_t done = 0;
  EXPECT_EQ(write({"one ", "two ", large, " three"}, done), io_status::done);
  EXPECT_EQ(done, 4 + 4 + large.size() + 6);
  EXPECT_EQ(client.read(), "one two " + large + " three");
}

TEST_F(tls_streams, continue_when_the_peer_takes_more) {
  handshake();
  const std::vector<std::string> pieces{std::string(1'000'000, 'a'), std::string(1'000'000, 'b')};
  std::string received;
  std::size_t done = 0;
  int waits = 0;
  while (write(pieces, done) == io_status::want_write) {
    ++waits;
    received += client.read();
    ASSERT_EQ(done, received.size()) << "a record counts when the peer has taken all of it";
    ASSERT_LT(waits, 1000);
  }
  EXPECT_GT(waits, 1);
  EXPECT_EQ(done, 2'000'000U);
  received += client.read();
  EXPECT_TRUE(received == pieces[0] + pieces[1]);
  EXPECT_EQ(server.send_rest(), io_status::done);
}

TEST_F(tls_streams, tell_the_end_after_the_data) {
  handshake();
  EXPECT_TRUE(client.write("last"));
  client.shutdown();
  const auto [status, text] = read();
  EXPECT_EQ(status, io_status::done);
  EXPECT_EQ(text, "last");
  EXPECT_TRUE(server.has_pending()) << "the socket's readiness does not show the end";
  EXPECT_EQ(read().status, io_status::end);
}

TEST_F(tls_streams, tell_the_peer_that_nothing_follows) {
  handshake();
  std::size_t done = 0;
  EXPECT_EQ(write({"last"}, done), io_status::done);
  server.shutdown();
  EXPECT_EQ(client.read(), "last");
  EXPECT_TRUE(client.ended());
}

TEST_F(tls_streams, say_nothing_before_the_handshake_is_complete) {
  server.shutdown();
  std::array<char, 16> buffer{};
  EXPECT_EQ(::recv(sockets.client.get(), buffer.data(), buffer.size(), 0), -1);
  EXPECT_EQ(errno, EAGAIN);
}

TEST_F(tls_streams, end_with_a_peer_that_closes_without_a_word) {
  handshake();
  EXPECT_TRUE(client.write("last"));
  sockets.client = {};
  EXPECT_EQ(read().text, "last");
  EXPECT_EQ(read().status, io_status::end);
}

TEST_F(tls_streams, fail_if_the_peer_does_not_speak_tls) {
  const std::string_view request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ASSERT_EQ(::send(sockets.client.get(), request.data(), request.size(), 0),
            static_cast<ssize_t>(request.size()));
  EXPECT_EQ(read().status, io_status::failed);
}

}  // namespace
}  // namespace socketio::detail
