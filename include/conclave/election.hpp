// One of many leads, until it resigns or is lost.
#pragma once

#include <conclave/detail/lock_operation.hpp>
#include <conclave/grant.hpp>
#include <conclave/lock_holder.hpp>
#include <conclave/node.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace conclave {

// A lock whose holder is of interest to others. Who has the grant leads: its token is the leader's,
// greater than that of every leader before; its stop token, async_wait_lost() and run_while_held()
// say when it leads no longer. release() resigns, and who campaigns for the longest leads next.
//
//   conclave::grant leads = co_await conclave::election(node, "scheduler").async_campaign(token);
//
// Thread-safe. Two objects with one name are the same election; a mutex of that name is the same
// lock. May outlive its node: all operations then fail with errc::leaving. The blocking members
// must not be called on a thread that runs the node's executor, as those of mutex.
class election {
 public:
  using executor_type = boost::asio::any_io_executor;

  // Throws boost::system::system_error, errc::invalid_lock_name: a name has 1 to 255 bytes.
  election(node& owner, std::string_view name);

  [[nodiscard]] const std::string& name() const noexcept { return target_->name; }
  // The node's.
  [[nodiscard]] executor_type get_executor() const { return target_->engine->executor(); }

  // Waits until this node leads. Throws as mutex::lock(). The grant may be moved to any thread.
  [[nodiscard]] grant campaign();
  // Nothing when it did not lead in time.
  [[nodiscard]] std::optional<grant> campaign_for(std::chrono::nanoseconds patience);

  // Signature: void(boost::system::error_code, conclave::grant). Errors, cancellation, executor and
  // lifetime as mutex::async_lock().
  template <boost::asio::completion_token_for<void(boost::system::error_code, grant)> Token>
  auto async_campaign(Token&& token) {
    return detail::start_lock(wish({}), std::forward<Token>(token));
  }
  // The same, with errc::timed_out when it did not lead in time.
  template <class Rep, class Period,
            boost::asio::completion_token_for<void(boost::system::error_code, grant)> Token>
  auto async_campaign_for(const std::chrono::duration<Rep, Period>& patience, Token&& token) {
    return detail::start_lock(wish(detail::bounded_patience(patience)), std::forward<Token>(token));
  }

  // Calls back with who leads, as soon as that is known and at each change, as conclave::observe().
  // The token is that of the leader's grant. (Greater, where most voters have forgotten since what
  // they had lent it.)
  [[nodiscard]] subscription observe(std::function<void(const lock_holder&)> callback) const;

 private:
  [[nodiscard]] detail::lock_wish wish(std::optional<std::chrono::nanoseconds> patience) const;

  std::shared_ptr<const detail::lock_target> target_;
};

}  // namespace conclave
