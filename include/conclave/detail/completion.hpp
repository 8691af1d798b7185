// A completion handler whose type is erased, so that all behind it compiles once.
#pragma once

#include <conclave/detail/posting.hpp>

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

// A handler with its results. Results that are never delivered, because the executor ended first,
// are destroyed with it: a grant is then released.
template <class Handler, class... Results>
class bound_completion {
 public:
  using allocator_type = boost::asio::associated_allocator_t<Handler>;

  bound_completion(Handler handler, boost::system::error_code error, Results... results)
      : handler_(std::move(handler)), results_(error, std::move(results)...) {}

  [[nodiscard]] allocator_type get_allocator() const noexcept {
    return boost::asio::get_associated_allocator(handler_);
  }

  void operator()() { std::apply(std::move(handler_), std::move(results_)); }

 private:
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
        posting_(posting_into(executor_)),
        handler_(std::move(handler)) {}

  void complete(invocation how, boost::system::error_code error, Results... results) override {
    const posting::scope under_way(posting_);
    const executor target = std::move(executor_);  // so that nothing of the context is left here
    bound_completion<Handler, Results...> call(std::move(handler_), error, std::move(results)...);
    if (how == invocation::inside) {
      boost::asio::dispatch(target, std::move(call));
    } else {
      boost::asio::post(target, std::move(call));
    }
  }

 private:
  // Tracked: the executor does not run out of work while the operation is under way.
  using executor = std::decay_t<decltype(boost::asio::prefer(
      std::declval<boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>>(),
      boost::asio::execution::outstanding_work_t::tracked))>;

  executor executor_;
  posting* posting_;
  Handler handler_;
};

template <class... Results, class Handler>
[[nodiscard]] std::unique_ptr<completion<Results...>> erase(
    Handler&& handler, const boost::asio::any_io_executor& fallback) {
  return std::make_unique<completion_of<std::decay_t<Handler>, Results...>>(
      std::forward<Handler>(handler), fallback);
}

}  // namespace conclave::detail
