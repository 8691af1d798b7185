// A completion handler whose type is erased, so that all behind it compiles once.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/system/error_code.hpp>

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace conclave::detail {

// How a handler may be run: an event loop that has nothing else to do calls it at once when its
// executor allows that; whoever completes an operation from elsewhere never calls it inside.
enum class invocation { inside, later };

// One operation under way. Destroyed without complete() only together with its executor.
template <class... Results>
class completion {
 public:
  completion() = default;
  completion(const completion&) = delete;
  completion& operator=(const completion&) = delete;
  virtual ~completion() = default;

  // Hands the results to the handler, through the handler's executor. At most once.
  virtual void complete(invocation how, boost::system::error_code error, Results... results) = 0;
};

// The executor of a handler, tracked: it does not run out of work while a copy is about.
template <class Handler>
using tracked_executor = std::decay_t<decltype(boost::asio::prefer(
    std::declval<boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>>(),
    boost::asio::execution::outstanding_work_t::tracked))>;

// A handler with its results, and what keeps its executor at work until it was called. Results
// that are never delivered, because the executor ended first, are destroyed with it: a grant is
// then released.
template <class Handler, class... Results>
class bound_completion {
 public:
  using allocator_type = boost::asio::associated_allocator_t<Handler>;

  bound_completion(tracked_executor<Handler> executor, Handler handler,
                   boost::system::error_code error, Results... results)
      : executor_(std::move(executor)),
        handler_(std::move(handler)),
        results_(error, std::move(results)...) {}

  [[nodiscard]] allocator_type get_allocator() const noexcept {
    return boost::asio::get_associated_allocator(handler_);
  }

  void operator()() { std::apply(std::move(handler_), std::move(results_)); }

 private:
  tracked_executor<Handler> executor_;
  Handler handler_;
  std::tuple<boost::system::error_code, Results...> results_;
};

template <class Handler, class... Results>
class completion_of final : public completion<Results...> {
 public:
  // `fallback` runs the handler when it has no executor of its own.
  completion_of(Handler handler, const boost::asio::any_io_executor& fallback)
      : executor_(boost::asio::prefer(boost::asio::get_associated_executor(handler, fallback),
                                      boost::asio::execution::outstanding_work_t::tracked)),
        handler_(std::move(handler)) {}

  // The handler may run on another thread, and its user end the executor's context, before post()
  // has returned here. So what counts as work goes with the call, and all that stays behind is
  // untracked: to destroy that touches no context.
  void complete(invocation how, boost::system::error_code error, Results... results) override {
    const auto untracked =
        boost::asio::prefer(executor_, boost::asio::execution::outstanding_work_t::untracked);
    bound_completion<Handler, Results...> call(std::move(executor_), std::move(handler_), error,
                                               std::move(results)...);
    if (how == invocation::inside) {
      boost::asio::dispatch(untracked, std::move(call));
    } else {
      boost::asio::post(untracked, std::move(call));
    }
  }

 private:
  tracked_executor<Handler> executor_;
  Handler handler_;
};

template <class... Results, class Handler>
[[nodiscard]] std::unique_ptr<completion<Results...>> erase(
    Handler&& handler, const boost::asio::any_io_executor& fallback) {
  return std::make_unique<completion_of<std::decay_t<Handler>, Results...>>(
      std::forward<Handler>(handler), fallback);
}

}  // namespace conclave::detail
