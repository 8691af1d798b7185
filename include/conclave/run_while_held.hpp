// Runs a coroutine for as long as a lock is held.
#pragma once

#include <conclave/error.hpp>
#include <conclave/grant.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <cstddef>
#include <exception>
#include <type_traits>
#include <utility>

namespace conclave {

// Runs `work` on the executor of the coroutine that awaits this, and gives what it gives. When the
// lock is lost first, the work is cancelled (terminal), waited for, and boost::system::system_error
// with errc::lock_lost is thrown, whatever the work made of it. `held` stays the caller's: it is
// neither released nor may it be destroyed meanwhile. Cancelling the caller cancels the work.
//
// A coroutine is cancelled where it waits: what it does between two waits is done after the loss
// too. So the resource must be given the token all the same.
//
//   co_await conclave::run_while_held(held, rebuild_index());
template <class Result, class Executor>
[[nodiscard]] boost::asio::awaitable<Result, Executor> run_while_held(
    grant& held, boost::asio::awaitable<Result, Executor> work) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(work), asio::deferred),
      held.async_wait_lost(asio::bind_executor(executor, asio::deferred)));
  const auto ended = [](const std::array<std::size_t, 2>& order, const std::exception_ptr& failed,
                        boost::system::error_code no_loss) {
    if (order[0] == 1 && !no_loss) {
      throw boost::system::system_error(make_error_code(errc::lock_lost));
    }
    if (failed) {
      std::rethrow_exception(failed);
    }
  };
  const asio::use_awaitable_t<Executor> awaited;
  if constexpr (std::is_void_v<Result>) {
    const auto [order, failed, no_loss, reason] =
        co_await both.async_wait(asio::experimental::wait_for_one(), awaited);
    ended(order, failed, no_loss);
  } else {
    auto [order, failed, result, no_loss, reason] =
        co_await both.async_wait(asio::experimental::wait_for_one(), awaited);
    ended(order, failed, no_loss);
    co_return std::move(result);
  }
}

}  // namespace conclave
