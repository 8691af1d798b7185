// Waits for an operation on the calling thread.
#pragma once

#include <conclave/detail/completion.hpp>
#include <conclave/detail/engine.hpp>
#include <conclave/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/system/error_code.hpp>

#include <atomic>
#include <memory>
#include <tuple>
#include <utility>

namespace conclave::runtime {

// True when the calling thread runs this executor, where that can be told: an io_context, a
// thread_pool, or a strand on one of them.
[[nodiscard]] bool runs_on_this_thread(const boost::asio::any_io_executor& executor);

template <class... Results>
struct blocked_call {
  // The size that the system waits on without a detour.
  std::atomic<int> done = 0;
  std::tuple<boost::system::error_code, Results...> results;
};

template <class... Results>
class waking_completion final : public detail::completion<Results...> {
 public:
  explicit waking_completion(std::shared_ptr<blocked_call<Results...>> call)
      : call_(std::move(call)) {}

  // An operation that ends without a word must not leave its caller asleep.
  ~waking_completion() override {
    if (call_) {
      wake(make_error_code(errc::leaving), Results()...);
    }
  }

  void complete(detail::invocation /*how*/, boost::system::error_code error,
                Results... results) override {
    wake(error, std::move(results)...);
  }

 private:
  void wake(boost::system::error_code error, Results... results) {
    // The state outlives the notification, whatever the woken thread does.
    const auto call = std::exchange(call_, nullptr);
    call->results = std::tuple<boost::system::error_code, Results...>(error, std::move(results)...);
    call->done.store(1, std::memory_order_release);
    call->done.notify_one();
  }

  std::shared_ptr<blocked_call<Results...>> call_;
};

// `start` takes the completion. Returns the operation's results.
template <class... Results, class Start>
std::tuple<boost::system::error_code, Results...> block_on(Start start) {
  const auto call = std::make_shared<blocked_call<Results...>>();
  start(std::make_unique<waking_completion<Results...>>(call));
  call->done.wait(0, std::memory_order_acquire);
  return std::move(call->results);
}

}  // namespace conclave::runtime
