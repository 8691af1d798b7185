// One held lock, shared by its owner and the node.
#pragma once

#include <conclave/detail/completion.hpp>
#include <conclave/error.hpp>
#include <conclave/fencing_token.hpp>
#include <conclave/lease_clock.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

namespace conclave::detail {

struct lock_target;

using loss_completion = std::unique_ptr<completion<loss_reason>>;

// How others may have it too: as many as there are permits, each a slot, or all that share it.
struct hold_kind {
  bool shared = false;
  std::uint32_t permits = 0;  // 0: it is no semaphore
  std::uint32_t slot = 0;     // 0 to permits - 1
};

// Written by the node, read by any thread. Validity is computed from the deadline and the clock at
// each question, so that it is right even while the node's own thread stands still.
class hold {
 public:
  hold(std::shared_ptr<const lock_target> target, std::uint64_t request, fencing_token token,
       std::int64_t deadline_ns, const hold_kind& held_as = {});

  // For the owner.
  [[nodiscard]] fencing_token token() const noexcept { return token_; }
  [[nodiscard]] std::stop_token stop_token() const noexcept { return stop_.get_token(); }
  [[nodiscard]] bool released() const noexcept { return released_.load(); }
  [[nodiscard]] bool valid() const noexcept;
  [[nodiscard]] std::chrono::nanoseconds remaining() const noexcept;
  [[nodiscard]] lease_clock::time_point deadline() const noexcept;
  [[nodiscard]] loss_reason reason() noexcept;
  [[nodiscard]] bool shared() const noexcept { return shared_.load(); }
  [[nodiscard]] std::uint32_t permits() const noexcept { return permits_; }
  [[nodiscard]] std::uint32_t slot() const noexcept { return slot_; }
  // True the first time; false when it was released before. `was_valid`: up to this very call.
  bool release(bool& was_valid) noexcept;
  // Completes when the lock is lost, or with errc::cancelled when it is released before, or when
  // cancel_wait() is called with this number. Numbers come from next_wait().
  void wait_lost(std::uint64_t number, loss_completion done);
  void cancel_wait(std::uint64_t number);
  [[nodiscard]] std::uint64_t next_wait() noexcept { return ++last_wait_; }

  // For the node.
  [[nodiscard]] const lock_target& target() const noexcept { return *target_; }
  [[nodiscard]] std::uint64_t request() const noexcept { return request_; }
  // A deadline stays true, so it only grows, but for shorten(): a voter's clock was found out.
  void extend(std::int64_t deadline_ns) noexcept;
  void shorten(std::int64_t deadline_ns) noexcept;
  void share() noexcept { shared_.store(true); }
  // The first reason stays. Stop callbacks run in notify_lost(), which is called without locks.
  void lose(loss_reason reason) noexcept;
  void notify_lost() noexcept;
  // Destroys the waits without completing them: their executor is gone.
  void drop_waits() noexcept;

 private:
  struct loss_wait {
    std::uint64_t number;
    loss_completion done;
  };
  // Leaves no wait behind; those that come later complete at once.
  [[nodiscard]] std::vector<loss_wait> take_waits() noexcept;
  void end_waits() noexcept;
  void complete(loss_completion& done);

  const std::shared_ptr<const lock_target> target_;
  const std::uint64_t request_;
  const fencing_token token_;
  const std::uint32_t permits_;
  const std::uint32_t slot_;
  std::atomic<std::int64_t> deadline_ns_;
  std::atomic<loss_reason> reason_ = loss_reason::none;
  std::atomic<bool> released_ = false;
  std::atomic<bool> shared_;
  std::stop_source stop_;

  std::atomic<std::uint64_t> last_wait_ = 0;
  std::mutex waits_mutex_;  // never held while a wait completes or is destroyed
  std::vector<loss_wait> waits_;
  bool waits_ended_ = false;
};

}  // namespace conclave::detail
