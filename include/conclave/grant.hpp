// A held lock as a value: what async_lock gives, released when it goes out of scope.
#pragma once

#include <conclave/detail/loss_operation.hpp>
#include <conclave/error.hpp>
#include <conclave/fencing_token.hpp>
#include <conclave/lease_clock.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>

namespace conclave {

// Movable, not copyable. One object is not to be used by two threads at once, but for const
// members. It may outlive its mutex, its node and the node's executor: it is then lost (shut_down).
class grant {
 public:
  grant() noexcept = default;  // empty
  grant(grant&& other) noexcept = default;
  grant& operator=(grant&& other) noexcept;  // releases what it had
  ~grant();                                  // releases

  // True from the acquisition until release(), also when the lock was lost in between.
  [[nodiscard]] explicit operator bool() const noexcept;

  // Give it to the protected resource with each write; the resource refuses smaller ones. 0 when
  // empty. Stays after release().
  [[nodiscard]] fencing_token token() const noexcept;

  // Whether this process may still believe that it holds the lock. Compares the deadline with the
  // clock at each call, without network and without waiting: false from the deadline on even when
  // the node's own thread stands still. False when empty or released.
  [[nodiscard]] bool valid() const noexcept;
  // For how long valid() stays true if nothing more is heard from the voters; it grows each time
  // they answer, and shrinks when a voter's clock is found to break the bound. 0 when not valid.
  [[nodiscard]] std::chrono::nanoseconds remaining() const noexcept;

  // When valid() becomes false if nothing more is heard, by the node's clock (node::now()). The
  // past, time_point(), when not valid.
  [[nodiscard]] lease_clock::time_point deadline() const noexcept;

  // Whether others may hold it too, all shared (shared_mutex.hpp).
  [[nodiscard]] bool is_shared() const noexcept;
  // Which of a semaphore's permits it is, from 0 on (counting_semaphore.hpp); 0 for other locks.
  // Stays after release().
  [[nodiscard]] std::uint32_t slot() const noexcept;
  // What was held alone is shared from now on; nobody else holds it alone in between. Nothing
  // happens when it is shared already. errc::lock_lost when it was lost;
  // std::errc::operation_not_permitted when empty or released, or for a permit.
  boost::system::error_code downgrade();

  // Stop is requested when the lock is lost, not when it is released. Callbacks run on the node's
  // executor. reason() is set before.
  [[nodiscard]] std::stop_token stop_token() const noexcept;
  [[nodiscard]] loss_reason reason() const noexcept;

  // Signature: void(boost::system::error_code, conclave::loss_reason).
  //
  // Completes when the lock is lost, with the reason. errc::cancelled when it is released first, or
  // when the grant is empty. Where a coroutine needs to be stopped at a loss: run_while_held().
  //
  // Cancellation: terminal, partial and total all end the wait, and nothing else. The handler runs
  // through its associated executor, the node's if it has none, and never inside this call. Not for
  // two threads at once, like all else here; the grant may be moved or released meanwhile.
  template <boost::asio::completion_token_for<void(boost::system::error_code, loss_reason)> Token>
  auto async_wait_lost(Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, loss_reason)>(
        detail::initiate_loss_wait{hold_}, token);
  }

  // Gives the lock back, without waiting for the voters. errc::lock_lost when it was lost before:
  // another node may have held it since. No error when empty or released already.
  boost::system::error_code release() noexcept;

  // For the library.
  explicit grant(std::shared_ptr<detail::hold> held) noexcept;

 private:
  std::shared_ptr<detail::hold> hold_;
};

}  // namespace conclave
