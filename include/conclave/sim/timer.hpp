// A timer of a simulated world, used as boost::asio::steady_timer is.
#pragma once

#include <conclave/detail/completion.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace conclave::sim {

class timer_state;

// Runs on the clock of the machine whose executor it is given. A service that takes its timer's
// type as a template parameter waits with steady_timer in production and with this in a world.
class timer {
 public:
  using executor_type = boost::asio::any_io_executor;
  // Of one machine. It has no now(): that differs from machine to machine.
  struct clock_type {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = std::chrono::nanoseconds;
    using time_point = std::chrono::time_point<clock_type, duration>;
    static constexpr bool is_steady = true;
  };
  using duration = clock_type::duration;
  using time_point = clock_type::time_point;

  // Throws std::logic_error when the executor is of no simulated world.
  explicit timer(const executor_type& executor);
  timer(const executor_type& executor, duration delay) : timer(executor) { expires_after(delay); }
  template <std::derived_from<boost::asio::execution_context> Context>
  explicit timer(Context& context) : timer(executor_type(context.get_executor())) {}
  timer(timer&& other) noexcept = default;
  timer& operator=(timer&& other) noexcept;
  // Cancels.
  ~timer();

  [[nodiscard]] executor_type get_executor() const;
  [[nodiscard]] time_point expiry() const;
  // These cancel what waits, and return how many did.
  std::size_t expires_at(time_point when);
  std::size_t expires_after(duration delay);
  std::size_t cancel();

  // Signature: void(boost::system::error_code). boost::asio::error::operation_aborted when it was
  // cancelled. Cancellation: terminal, partial and total.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> Token>
  auto async_wait(Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
        initiate_wait{state_}, token);
  }

 private:
  using wait_completion = std::unique_ptr<detail::completion<>>;

  static std::uint64_t next_wait(const timer_state& of);
  static void start_wait(timer_state& of, wait_completion done);
  static void cancel_wait(const std::weak_ptr<timer_state>& of, std::uint64_t wait);
  [[nodiscard]] static executor_type executor_of(const timer_state& of);

  struct canceller {
    std::weak_ptr<timer_state> state;
    std::uint64_t wait;

    void operator()(boost::asio::cancellation_type type) const {
      if (type != boost::asio::cancellation_type::none) {
        cancel_wait(state, wait);
      }
    }
  };
  struct initiate_wait {
    std::shared_ptr<timer_state> state;

    template <class Handler>
    void operator()(Handler&& handler) {
      auto slot = boost::asio::get_associated_cancellation_slot(handler);
      if (slot.is_connected()) {
        slot.assign(canceller{state, next_wait(*state)});
      }
      start_wait(*state, detail::erase<>(std::forward<Handler>(handler), executor_of(*state)));
    }
  };

  std::shared_ptr<timer_state> state_;
};

}  // namespace conclave::sim
