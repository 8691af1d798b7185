// A number of permits that all nodes of a cluster share: a few connections, a few workers.
#pragma once

#include <conclave/detail/lock_operation.hpp>
#include <conclave/error.hpp>
#include <conclave/grant.hpp>
#include <conclave/lock_options.hpp>
#include <conclave/node.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conclave {

// Never are more permits out than there are, whatever fails. A permit is a grant: it has a lease, a
// token and a slot, and is given back when it goes out of scope. Slots go from 0 to permits() - 1,
// and no two that are out at once have the same: use grant::slot() to say which of the few
// connections is whose. Tokens of one slot only rise, so that a resource for each slot can refuse
// who lost it.
//
// Whoever asks first is served first. Several permits asked for at once are had all at one time or
// not at all.
//
// All nodes have to name the same number of permits. While the semaphore is in use, who names
// another number, or locks a mutex of that name, gets errc::lock_kind_mismatch.
//
// Thread-safe. May outlive its node: all operations then fail with errc::leaving. What is released
// is not kept: lock_options::keep has no effect here. The blocking members must not be called on a
// thread that runs the node's executor, as those of mutex.
class counting_semaphore {
 public:
  using executor_type = boost::asio::any_io_executor;

  static constexpr std::uint32_t permits_max = 1'000;
  // At once, by one call.
  static constexpr std::uint32_t acquire_max = 64;

  // Throws boost::system::system_error: errc::invalid_lock_name, where a name has 1 to 255 bytes;
  // errc::invalid_config, where an option is out of its bounds or `permits` is not 1 to
  // permits_max.
  counting_semaphore(node& owner, std::string_view name, std::uint32_t permits,
                     const lock_options& options = {});

  [[nodiscard]] const std::string& name() const noexcept { return target_->name; }
  [[nodiscard]] std::uint32_t permits() const noexcept { return permits_; }
  // The node's.
  [[nodiscard]] executor_type get_executor() const { return target_->engine->executor(); }

  // One. acquire() waits for as long as it takes, and throws as mutex::lock() does; with
  // lock_kind_mismatch also where another number of permits is in use. The others give an empty
  // grant when none was had: at once, or in time. Zero or less is try_acquire().
  [[nodiscard]] grant acquire();
  [[nodiscard]] grant try_acquire();
  template <class Rep, class Period>
  [[nodiscard]] grant try_acquire_for(const std::chrono::duration<Rep, Period>& patience) {
    return acquire_within(detail::bounded_patience(patience));
  }
  template <class Clock, class Duration>
  [[nodiscard]] grant try_acquire_until(const std::chrono::time_point<Clock, Duration>& until) {
    return acquire_within(detail::bounded_patience(until - Clock::now()));
  }

  // Several, each a grant of its own; none when not all were had. `count` is 1 to permits() and at
  // most acquire_max: else std::errc::invalid_argument is thrown.
  [[nodiscard]] std::vector<grant> acquire(std::uint32_t count);
  [[nodiscard]] std::vector<grant> try_acquire(std::uint32_t count);
  template <class Rep, class Period>
  [[nodiscard]] std::vector<grant> try_acquire_for(
      std::uint32_t count, const std::chrono::duration<Rep, Period>& patience) {
    return acquire_within(count, detail::bounded_patience(patience));
  }

  // Signature: void(boost::system::error_code, conclave::grant). As mutex::async_lock() and the
  // others there.
  template <boost::asio::completion_token_for<void(boost::system::error_code, grant)> Token>
  auto async_acquire(Token&& token) {
    return detail::start_lock(wish(true, {}), std::forward<Token>(token));
  }
  template <class Rep, class Period,
            boost::asio::completion_token_for<void(boost::system::error_code, grant)> Token>
  auto async_acquire_for(const std::chrono::duration<Rep, Period>& patience, Token&& token) {
    return detail::start_lock(wish(true, detail::bounded_patience(patience)),
                              std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<void(boost::system::error_code, grant)> Token>
  auto async_try_acquire(Token&& token) {
    return detail::start_lock(try_wish(), std::forward<Token>(token));
  }
  // Signature: void(boost::system::error_code, std::vector<conclave::grant>). Throws at the call as
  // acquire(count) does.
  template <
      boost::asio::completion_token_for<void(boost::system::error_code, std::vector<grant>)> Token>
  auto async_acquire(std::uint32_t count, Token&& token) {
    return detail::start_lock(wishes(count, true, {}), std::forward<Token>(token));
  }

 private:
  [[nodiscard]] detail::lock_wish wish(bool wait,
                                       std::optional<std::chrono::nanoseconds> patience) const {
    return {.target = target_, .wait = wait, .patience = patience, .permits = permits_};
  }
  [[nodiscard]] detail::lock_wish try_wish() const;
  [[nodiscard]] detail::locks_wish wishes(std::uint32_t count, bool wait,
                                          std::optional<std::chrono::nanoseconds> patience) const;
  [[nodiscard]] grant acquire_within(std::chrono::nanoseconds patience);
  [[nodiscard]] std::vector<grant> acquire_within(std::uint32_t count,
                                                  std::chrono::nanoseconds patience);

  std::shared_ptr<const detail::lock_target> target_;
  std::uint32_t permits_;
};

}  // namespace conclave
