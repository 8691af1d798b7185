// Starts a wait for the loss of a lock and ties it to its handler's cancellation slot.
#pragma once

#include <conclave/detail/engine.hpp>
#include <conclave/detail/hold.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/system_executor.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace conclave::detail {

// Finds nothing, and does no harm, when the wait has ended.
class loss_wait_canceller {
 public:
  loss_wait_canceller(std::weak_ptr<hold> waited, std::uint64_t number)
      : hold_(std::move(waited)), number_(number) {}

  void operator()(boost::asio::cancellation_type type) {
    const auto waited = hold_.lock();
    if (type != boost::asio::cancellation_type::none && waited) {
      waited->cancel_wait(number_);
    }
  }

 private:
  std::weak_ptr<hold> hold_;
  std::uint64_t number_;
};

// The initiation for async_initiate. Lazy tokens keep it, so it owns all that it needs.
struct initiate_loss_wait {
  std::shared_ptr<hold> waited;  // null: an empty grant

  template <class Handler>
  void operator()(Handler&& handler) {
    if (!waited) {
      const boost::asio::any_io_executor nobody_s{boost::asio::system_executor()};
      erase<loss_reason>(std::forward<Handler>(handler), nobody_s)
          ->complete(invocation::later, errc::cancelled, loss_reason::none);
      return;
    }
    const executor_pin pin(*waited->target().engine);
    const std::uint64_t number = waited->next_wait();
    // Before the start: afterwards the handler may be running on another thread.
    if (auto slot = boost::asio::get_associated_cancellation_slot(handler); slot.is_connected()) {
      slot.template emplace<loss_wait_canceller>(waited, number);
    }
    waited->wait_lost(number, erase<loss_reason>(std::forward<Handler>(handler), pin.executor()));
  }
};

}  // namespace conclave::detail
