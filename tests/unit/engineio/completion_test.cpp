#include <gtest/gtest.h>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <memory>
#include <optional>
#include <utility>

#include <socketio/engineio/completion.hpp>

namespace socketio::engineio {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Runs what it is given, and all else that its context has to do, before it returns: as if another
// thread were that fast.
class overtaking_executor {
 public:
  overtaking_executor(asio::io_context& context, asio::any_completion_executor executor)
      : context_(&context), executor_(std::move(executor)) {}

  template <class Work>
  [[nodiscard]] overtaking_executor require(const Work& work)
      const requires std::is_constructible_v<asio::execution::outstanding_work_t, Work> {
    return {*context_, asio::prefer(executor_, work)};
  }

  template <class Function>
  void execute(Function&& function) const {
    asio::post(*context_, std::forward<Function>(function));
    context_->poll();
    EXPECT_FALSE(context_->stopped()) << "the context may be destroyed during the call";
  }

  friend bool operator==(const overtaking_executor&, const overtaking_executor&) = default;

 private:
  asio::io_context* context_;
  asio::any_completion_executor executor_;
};

TEST(Completion, KeepsTheContextOfTheHandlerRunningUntilItHasHandedOver) {
  asio::io_context context;
  std::optional<error_code> result;
  completion<> done(asio::bind_executor(overtaking_executor(context, context.get_executor()),
                                        [&](error_code error) { result = error; }),
                    nullptr);
  context.poll();
  EXPECT_FALSE(context.stopped());
  done(error_code());
  EXPECT_EQ(result, error_code());
  context.poll();
  EXPECT_TRUE(context.stopped());
}

}  // namespace
}  // namespace socketio::engineio
