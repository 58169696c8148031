#include "net/output_queue.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace {

using socketio::detail::output_queue;

class output_queue_test : public testing::Test {
 protected:
  // What the next write would send.
  [[nodiscard]] std::string front() const {
    std::array<iovec, output_queue::max_pieces> pieces{};
    std::string bytes;
    for (const auto& piece : queue.front(pieces)) {
      bytes.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    }
    return bytes;
  }
  [[nodiscard]] std::size_t pieces() const {
    std::array<iovec, output_queue::max_pieces> all{};
    return queue.front(all).size();
  }
  // The address of a piece's bytes.
  [[nodiscard]] const void* place_of(std::size_t piece) const {
    std::array<iovec, output_queue::max_pieces> all{};
    return queue.front(all)[piece].iov_base;
  }

  output_queue::spare_pieces spares;
  output_queue queue{spares};
};

const std::string long_text(5'000, 'x');

TEST_F(output_queue_test, puts_small_parts_together) {
  EXPECT_TRUE(queue.empty());
  queue.append(std::string_view("one"));
  queue.append(std::string("two"));
  queue.append(std::string_view());
  EXPECT_EQ(queue.size(), 6U);
  EXPECT_EQ(front(), "onetwo");
  EXPECT_EQ(pieces(), 1U);
}

TEST_F(output_queue_test, moves_long_strings_instead_of_copying_them) {
  auto text = long_text;
  const void* const place = text.data();
  queue.append(std::string_view("before"));
  queue.append(std::move(text));
  queue.append(std::string_view("after"));
  EXPECT_EQ(place_of(1), place);
  EXPECT_TRUE(text.empty());  // NOLINT(bugprone-use-after-move): append() promises it
  EXPECT_EQ(front(), "before" + long_text + "after");
}

TEST_F(output_queue_test, shares_long_messages_until_they_are_written) {
  const auto message = std::make_shared<const std::string>(long_text);
  queue.append(*message, message);
  EXPECT_EQ(place_of(0), message->data());
  EXPECT_EQ(message.use_count(), 2);
  queue.consume(long_text.size() - 1);
  EXPECT_EQ(message.use_count(), 2);
  queue.consume(1);
  EXPECT_EQ(message.use_count(), 1);
  EXPECT_TRUE(queue.empty());
}

TEST_F(output_queue_test, copies_short_messages_that_others_share) {
  const auto message = std::make_shared<const std::string>("short");
  queue.append(*message, message);
  EXPECT_EQ(message.use_count(), 1);
  EXPECT_EQ(front(), "short");
}

TEST_F(output_queue_test, continues_after_a_partial_write) {
  queue.append(std::string_view("abc"));
  queue.append(std::string(long_text));
  queue.append(std::string_view("def"));
  queue.consume(2);
  EXPECT_EQ(front(), "c" + long_text + "def");
  queue.consume(1 + 4'000);
  EXPECT_EQ(front(), long_text.substr(4'000) + "def");
  queue.append(std::string_view("ghi"));
  queue.consume(1'000 + 2);
  EXPECT_EQ(front(), "fghi");
  EXPECT_EQ(queue.size(), 4U);
  queue.consume(4);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(front(), "");
}

TEST_F(output_queue_test, gives_one_write_no_more_pieces_than_it_takes) {
  for (std::size_t i = 0; i < 2 * output_queue::max_pieces; ++i)
    queue.append(std::string(long_text));
  EXPECT_EQ(pieces(), output_queue::max_pieces);
  queue.consume(output_queue::max_pieces * long_text.size());
  EXPECT_EQ(pieces(), output_queue::max_pieces);
  queue.clear();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(pieces(), 0U);
}

TEST_F(output_queue_test, reuses_the_memory_of_written_pieces) {
  queue.append(std::string_view("first"));
  const void* const place = place_of(0);
  queue.consume(5);
  output_queue other{spares};
  other.append(std::string_view("second"));
  std::array<iovec, output_queue::max_pieces> all{};
  EXPECT_EQ(other.front(all).front().iov_base, place);
}

}  // namespace
