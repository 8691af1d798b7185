// Starts an asynchronous lock operation and ties it to its handler's cancellation slot.
#pragma once

#include <conclave/detail/engine.hpp>
#include <conclave/grant.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

namespace conclave::detail {

// Durations of any unit, bounded by what nanoseconds can say; longer ones mean a century or so.
template <class Rep, class Period>
[[nodiscard]] constexpr std::chrono::nanoseconds bounded_patience(
    const std::chrono::duration<Rep, Period>& patience) {
  constexpr std::chrono::hours longest(24 * 365 * 100);
  if (patience >= longest) {
    return longest;
  }
  if (patience <= patience.zero()) {
    return std::chrono::nanoseconds(0);
  }
  return std::chrono::ceil<std::chrono::nanoseconds>(patience);
}

// What a cancellation slot keeps: no more than a name for the request, so that a signal that is
// emitted late finds nothing and does no harm.
class lock_canceller {
 public:
  lock_canceller(std::weak_ptr<engine> owner, request_key key)
      : engine_(std::move(owner)), key_(std::move(key)) {}

  void operator()(boost::asio::cancellation_type type) {
    const auto all = boost::asio::cancellation_type::terminal |
                     boost::asio::cancellation_type::partial |
                     boost::asio::cancellation_type::total;
    if ((type & all) == boost::asio::cancellation_type::none) {
      return;
    }
    const std::uint64_t request = key_->load();
    const auto owner = engine_.lock();
    if (request != 0 && owner) {
      owner->cancel(request);
    }
  }

 private:
  std::weak_ptr<engine> engine_;
  request_key key_;
};

// The initiation for async_initiate. Lazy tokens keep it, so it owns all that it needs.
template <class Wish>
struct initiate_lock {
  Wish wish;

  using executor_type = boost::asio::any_io_executor;
  [[nodiscard]] executor_type get_executor() const { return wish.owner()->executor(); }

  template <class Handler>
  void operator()(Handler&& handler) {
    const std::shared_ptr<engine> owner = wish.owner();
    request_key key;
    // Before the start: afterwards the handler may be running on another thread.
    if (auto slot = boost::asio::get_associated_cancellation_slot(handler); slot.is_connected()) {
      key = std::make_shared<std::atomic<std::uint64_t>>(0);
      slot.template emplace<lock_canceller>(owner, key);
    }
    const executor_pin pin(*owner);
    owner->lock(std::move(wish), key,
                erase<typename Wish::result>(std::forward<Handler>(handler), pin.executor()));
  }
};

template <class Wish, class Token>
auto start_lock(Wish wish, Token&& token) {
  return boost::asio::async_initiate<Token, void(boost::system::error_code, typename Wish::result)>(
      initiate_lock<Wish>{std::move(wish)}, token);
}

}  // namespace conclave::detail
