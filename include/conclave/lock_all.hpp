// Several locks at once, all or nothing.
#pragma once

#include <conclave/detail/lock_operation.hpp>
#include <conclave/grant.hpp>
#include <conclave/lock_options.hpp>
#include <conclave/node.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace conclave {

// Asks for all of them in one round of votes, and holds none until it holds all. Whoever asked
// first for any of them goes first, so that no order of names has to be remembered, and two that
// want the same ones can't wait for each other. That is so among requests that are made together:
// who holds one lock and then asks for another can be in a ring of waits, and then one in it gets
// errc::deadlock.
//
// 1 to lock_all_max names, each once, and each a lock that is held alone: a mutex of that name is
// the same lock. The grants are in the order of the names; each has a token of its own, is released
// by itself, and may be lost by itself. `options` go for each.
//
// Thread-safe. The blocking ones must not be called on a thread that runs the node's executor, as
// those of mutex.

inline constexpr std::size_t lock_all_max = 64;

namespace detail {
// Throws boost::system::system_error: errc::invalid_lock_name, where a name has 1 to 255 bytes;
// std::errc::invalid_argument, where a name is there twice, or too many are, or none;
// errc::invalid_config, where an option is out of its bounds.
[[nodiscard]] locks_wish all_of(const node& owner, const std::vector<std::string>& names,
                                const lock_options& options, bool wait,
                                std::optional<std::chrono::nanoseconds> patience);
}  // namespace detail

// Waits for as long as it takes. Throws as all_of() above does, and as mutex::lock(). Then nothing
// is held.
[[nodiscard]] std::vector<grant> lock_all(node& owner, const std::vector<std::string>& names,
                                          const lock_options& options = {});
// Nothing when somebody else has one of them or waits for it. Throws as lock_all() does.
[[nodiscard]] std::optional<std::vector<grant>> try_lock_all(node& owner,
                                                             const std::vector<std::string>& names,
                                                             const lock_options& options = {});
// Nothing when they were not had in time. Throws as lock_all() does. Zero or less is
// try_lock_all().
[[nodiscard]] std::optional<std::vector<grant>> try_lock_all_for(
    node& owner, const std::vector<std::string>& names, std::chrono::nanoseconds patience,
    const lock_options& options = {});

// Signature: void(boost::system::error_code, std::vector<conclave::grant>).
//
// Errors, cancellation, executor and lifetime as mutex::async_lock(). These throw as all_of() does,
// at the call.
template <
    boost::asio::completion_token_for<void(boost::system::error_code, std::vector<grant>)> Token>
auto async_lock_all(node& owner, const std::vector<std::string>& names, Token&& token) {
  return detail::start_lock(detail::all_of(owner, names, {}, true, {}), std::forward<Token>(token));
}
template <
    boost::asio::completion_token_for<void(boost::system::error_code, std::vector<grant>)> Token>
auto async_lock_all(node& owner, const std::vector<std::string>& names, const lock_options& options,
                    Token&& token) {
  return detail::start_lock(detail::all_of(owner, names, options, true, {}),
                            std::forward<Token>(token));
}
// errc::timed_out when they were not had in time.
template <
    class Rep, class Period,
    boost::asio::completion_token_for<void(boost::system::error_code, std::vector<grant>)> Token>
auto async_lock_all_for(node& owner, const std::vector<std::string>& names,
                        const std::chrono::duration<Rep, Period>& patience, Token&& token) {
  return detail::start_lock(
      detail::all_of(owner, names, {}, true, detail::bounded_patience(patience)),
      std::forward<Token>(token));
}

}  // namespace conclave
