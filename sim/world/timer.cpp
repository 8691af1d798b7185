// Waits on the timers of a process context.
#include "sim/world/process_context.hpp"
#include "sim/world/universe.hpp"

#include <conclave/sim/sleep.hpp>
#include <conclave/sim/timer.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace conclave::sim {

namespace {

namespace asio = boost::asio;

process_context& context_of(const asio::any_io_executor& executor) {
  process_context* const found = find_process_context(executor);
  if (found == nullptr) {
    throw std::logic_error(
        "a timer of a simulated world outside of it: use boost::asio::steady_timer there");
  }
  return *found;
}

}  // namespace

class timer_state {
 public:
  explicit timer_state(const asio::any_io_executor& executor)
      : executor_(executor), context_(context_of(executor)) {}

  [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }
  [[nodiscard]] core::instant expiry() const { return expiry_; }
  [[nodiscard]] core::instant now() const { return context_.now(); }
  [[nodiscard]] std::uint64_t next_wait() const { return last_wait_ + 1; }

  std::size_t set_expiry(core::instant when) {
    const std::size_t cancelled = cancel_all();
    expiry_ = when;
    return cancelled;
  }

  // The handler belongs to what waits in the context, so that it goes with the process.
  void start(std::unique_ptr<detail::completion<>> done) {
    const auto waiting = std::make_shared<wait>(wait{std::move(done)});
    std::erase_if(waits_, [](const started& one) { return one.what.expired(); });
    const timer_key key = context_.add_timer(
        expiry_, make_task([waiting] { waiting->done->complete(detail::invocation::inside, {}); }));
    waits_.push_back({++last_wait_, key, waiting});
  }

  std::size_t cancel_all() {
    std::size_t cancelled = 0;
    for (const started& one : std::exchange(waits_, {})) {
      cancelled += abort(one) ? 1 : 0;
    }
    return cancelled;
  }

  void cancel(std::uint64_t number) {
    const auto found = std::ranges::find(waits_, number, &started::number);
    if (found != waits_.end()) {
      const started one = *found;
      waits_.erase(found);
      abort(one);
    }
  }

 private:
  struct wait {
    std::unique_ptr<detail::completion<>> done;
  };
  struct started {
    std::uint64_t number;
    timer_key key;
    std::weak_ptr<wait> what;
  };

  // Nothing happens when its time has come already.
  bool abort(const started& one) {
    const auto waiting = one.what.lock();
    if (!waiting || !context_.take_timer(one.key)) {
      return false;
    }
    waiting->done->complete(detail::invocation::later, asio::error::operation_aborted);
    return true;
  }

  asio::any_io_executor executor_;
  process_context& context_;
  core::instant expiry_{};
  std::uint64_t last_wait_ = 0;
  std::vector<started> waits_;
};

timer::timer(const executor_type& executor) : state_(std::make_shared<timer_state>(executor)) {}

timer& timer::operator=(timer&& other) noexcept {
  if (this != &other) {
    if (state_) {
      state_->cancel_all();
    }
    state_ = std::move(other.state_);
  }
  return *this;
}

timer::~timer() {
  if (state_) {
    state_->cancel_all();
  }
}

timer::executor_type timer::get_executor() const {
  return state_->executor();
}

timer::time_point timer::expiry() const {
  return time_point(state_->expiry().time_since_epoch());
}

std::size_t timer::expires_at(time_point when) {
  return state_->set_expiry(core::instant(when.time_since_epoch()));
}

std::size_t timer::expires_after(duration delay) {
  return state_->set_expiry(core::saturating_add(state_->now(), delay));
}

std::size_t timer::cancel() {
  return state_->cancel_all();
}

std::uint64_t timer::next_wait(const timer_state& of) {
  return of.next_wait();
}

void timer::start_wait(timer_state& of, wait_completion done) {
  of.start(std::move(done));
}

void timer::cancel_wait(const std::weak_ptr<timer_state>& of, std::uint64_t wait) {
  if (const auto state = of.lock(); state) {
    state->cancel(wait);
  }
}

timer::executor_type timer::executor_of(const timer_state& of) {
  return of.executor();
}

asio::awaitable<void> sleep_for(std::chrono::nanoseconds time) {
  timer pause(co_await asio::this_coro::executor, time);
  co_await pause.async_wait(asio::use_awaitable);
}

}  // namespace conclave::sim
