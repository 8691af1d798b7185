// Completions and the life of the executor that they go to.
#include <conclave/detail/completion.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/system_executor.hpp>
#include <gtest/gtest.h>

#include <optional>
#include <utility>

namespace conclave {
namespace {

namespace asio = boost::asio;
namespace execution = asio::execution;

// Runs what it is given before execute() returns, as another thread could at the worst moment, and
// notes how many copies still kept the context at work when that had run.
class impatient_context : public asio::execution_context {
 public:
  int tracked = 0;
  std::optional<int> tracked_after;
};

class impatient_executor {
 public:
  explicit impatient_executor(impatient_context& where) : where_(&where) {}
  impatient_executor(const impatient_executor& other) noexcept
      : where_(other.where_), tracks_(other.tracks_) {
    if (tracks_)
      ++where_->tracked;
  }
  impatient_executor(impatient_executor&& other) noexcept
      : where_(other.where_), tracks_(std::exchange(other.tracks_, false)) {}
  impatient_executor& operator=(const impatient_executor&) = delete;
  ~impatient_executor() {
    if (tracks_)
      --where_->tracked;
  }

  [[nodiscard]] asio::execution_context& query(execution::context_t /*which*/) const noexcept {
    return *where_;
  }
  [[nodiscard]] execution::outstanding_work_t query(
      execution::outstanding_work_t /*which*/) const noexcept {
    if (tracks_)
      return execution::outstanding_work.tracked;
    return execution::outstanding_work.untracked;
  }
  [[nodiscard]] impatient_executor require(execution::blocking_t::never_t /*which*/) const {
    return *this;
  }
  [[nodiscard]] impatient_executor require(
      execution::outstanding_work_t::tracked_t /*which*/) const {
    return {*where_, true};
  }
  [[nodiscard]] impatient_executor require(
      execution::outstanding_work_t::untracked_t /*which*/) const {
    return {*where_, false};
  }

  template <class Function>
  void execute(Function&& work) const {
    { std::decay_t<Function>(std::forward<Function>(work))(); }
    where_->tracked_after = where_->tracked;
  }

  friend bool operator==(const impatient_executor& a, const impatient_executor& b) noexcept {
    return a.where_ == b.where_ && a.tracks_ == b.tracks_;
  }

 private:
  impatient_executor(impatient_context& where, bool tracks) : where_(&where), tracks_(tracks) {
    if (tracks_)
      ++where_->tracked;
  }

  impatient_context* where_;
  bool tracks_ = false;
};

class completion_to : public testing::TestWithParam<detail::invocation> {};

TEST_P(completion_to, an_executor_is_kept_at_work_until_its_handler_was_called_and_no_longer) {
  impatient_context context;
  std::optional<int> tracked_inside;
  auto done = detail::erase(asio::bind_executor(impatient_executor(context),
                                                [&](boost::system::error_code /*error*/) {
                                                  tracked_inside = context.tracked;
                                                }),
                            asio::system_executor());
  EXPECT_EQ(context.tracked, 1);

  done->complete(GetParam(), {});

  ASSERT_TRUE(tracked_inside.has_value());
  EXPECT_GE(*tracked_inside, 1);
  // The user may have ended the context by now: nothing may be left that would touch it.
  EXPECT_EQ(context.tracked_after, 0);
}

INSTANTIATE_TEST_SUITE_P(how, completion_to,
                         testing::Values(detail::invocation::inside, detail::invocation::later),
                         [](const auto& chosen) {
                           return chosen.param == detail::invocation::inside ? "inside" : "later";
                         });

}  // namespace
}  // namespace conclave
