// Completions, and the end of the context that they go to.
#include <conclave/detail/completion.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/system_executor.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace conclave {
namespace {

namespace asio = boost::asio;
namespace execution = asio::execution;
using namespace std::chrono_literals;

struct counts {
  int tracked = 0;                 // copies of the executor that keep the context at work
  int tracked_at_end = -1;         // when the context was gone
  bool ended_before_post = false;  // the context was, before post() returned
  std::promise<void> ended;
};

class counting_context : public asio::execution_context {
 public:
  explicit counting_context(counts& to) : counts_(&to) {}
  counting_context(const counting_context&) = delete;
  counting_context& operator=(const counting_context&) = delete;
  ~counting_context() {
    shutdown();
    counts_->tracked_at_end = counts_->tracked;
    counts_->ended.set_value();
  }

  [[nodiscard]] counts& all() const { return *counts_; }

 private:
  counts* counts_;
};

// The worst that can happen to who posts: another thread takes the work, runs it and ends the
// context while the post is under way.
class hasty_executor {
 public:
  hasty_executor(std::unique_ptr<counting_context>& owner, std::thread& runner)
      : hasty_executor(owner, runner, false) {}
  hasty_executor(const hasty_executor& other) noexcept
      : hasty_executor(*other.owner_, *other.runner_, other.tracks_) {}
  hasty_executor& operator=(const hasty_executor&) = delete;
  ~hasty_executor() {
    if (tracks_)
      --counts_->tracked;
  }
  hasty_executor(hasty_executor&& other) noexcept
      : owner_(other.owner_),
        runner_(other.runner_),
        counts_(other.counts_),
        tracks_(std::exchange(other.tracks_, false)) {}

  [[nodiscard]] asio::execution_context& query(execution::context_t /*which*/) const noexcept {
    return **owner_;
  }
  [[nodiscard]] execution::outstanding_work_t query(
      execution::outstanding_work_t /*which*/) const noexcept {
    if (tracks_)
      return execution::outstanding_work.tracked;
    return execution::outstanding_work.untracked;
  }
  [[nodiscard]] hasty_executor require(execution::blocking_t::never_t /*which*/) const {
    return *this;
  }
  [[nodiscard]] hasty_executor require(execution::outstanding_work_t::tracked_t /*which*/) const {
    return {*owner_, *runner_, true};
  }
  [[nodiscard]] hasty_executor require(execution::outstanding_work_t::untracked_t /*which*/) const {
    return {*owner_, *runner_, false};
  }

  template <class Function>
  void execute(Function&& work) const {
    auto call = std::make_shared<std::decay_t<Function>>(std::forward<Function>(work));
    counts& seen = *counts_;
    std::promise<void> ran;
    std::future<void> has_run = ran.get_future();
    *runner_ =
        std::thread([call = std::move(call), owner = owner_, ran = std::move(ran)]() mutable {
          (*call)();
          call.reset();
          ran.set_value();
          owner->reset();
        });
    has_run.get();
    // Long enough for the context to end, if nothing kept it.
    seen.ended_before_post = seen.ended.get_future().wait_for(100ms) == std::future_status::ready;
  }

  friend bool operator==(const hasty_executor& a, const hasty_executor& b) noexcept {
    return a.owner_ == b.owner_ && a.tracks_ == b.tracks_;
  }

 private:
  hasty_executor(std::unique_ptr<counting_context>& owner, std::thread& runner, bool tracks)
      : owner_(&owner), runner_(&runner), counts_(&owner->all()), tracks_(tracks) {
    if (tracks_)
      ++counts_->tracked;
  }

  std::unique_ptr<counting_context>* owner_;
  std::thread* runner_;
  counts* counts_;
  bool tracks_;
};

class completion_to : public testing::TestWithParam<detail::invocation> {};

TEST_P(completion_to, a_context_does_not_end_while_somebody_posts_to_it) {
  counts seen;
  auto context = std::make_unique<counting_context>(seen);
  std::thread runner;
  bool called = false;
  {
    auto done =
        detail::erase(asio::bind_executor(hasty_executor(context, runner),
                                          [&](boost::system::error_code) { called = true; }),
                      asio::system_executor());
    EXPECT_EQ(seen.tracked, 1);
    done->complete(GetParam(), {});
  }
  runner.join();

  EXPECT_TRUE(called);
  EXPECT_FALSE(seen.ended_before_post);
  EXPECT_EQ(seen.tracked_at_end, 0) << "what is left would touch a context that is gone";
}

INSTANTIATE_TEST_SUITE_P(how, completion_to,
                         testing::Values(detail::invocation::inside, detail::invocation::later),
                         [](const auto& chosen) {
                           return chosen.param == detail::invocation::inside ? "inside" : "later";
                         });

}  // namespace
}  // namespace conclave
