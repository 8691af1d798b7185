// A hold that the node keeps, as the threads of its process take it: without the node, by one
// compare-and-swap (docs/protocol.md, "Inside one process").
//
//            open()              take()
//   closed ---------> free <===============> taken
//     ^                 |      give_back()      |
//     |     close()     |                       | close()
//     +-----------------+                       v
//     +------------- force_close() ---------- wanted: who has it tells the candidate at the end
//
// busy is closed, but by a request of the node that may soon be done: threads wait for that a
// little before they ask the node themselves.
//
// open(), occupy(), close(), extend(), shorten() and force_close() are the candidate's, one at a
// time. take() and give_back() are anybody's, at any time: without a lock while nobody sleeps, and
// never an allocation.
#pragma once

#include "base/check.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "lock/shared_hold.hpp"

#include <conclave/error.hpp>
#include <conclave/lock_owner.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

namespace conclave::runtime {

using core::ballot;
using core::check;
using core::duration;
using core::instant;
using core::request_id;

class kept_hold final : public core::shared_hold {
 public:
  // What take() gives.
  struct share {
    std::uint64_t token = 0;
    std::uint64_t opening = 0;  // names this time of being open
  };
  enum class given { back, wanted, over };

  void open(request_id request, instant deadline, ballot first, std::uint64_t tokens) override {
    const std::uint64_t word = word_.load(std::memory_order_relaxed);
    check(state_of(word) == closed || state_of(word) == busy,
          "a kept hold is opened when nobody has it");
    request_ = request;
    first_.store(first.value, std::memory_order_relaxed);
    tokens_.store(tokens < used_mask ? tokens : used_mask, std::memory_order_relaxed);
    deadline_.store(deadline.time_since_epoch().count(), std::memory_order_relaxed);
    loss_.store(loss_reason::none, std::memory_order_relaxed);
    word_.store((opening_of(word) + 1) << opening_shift | free, std::memory_order_seq_cst);
    wake_one();
  }

  void occupy() override {
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    check(state_of(word) == closed || state_of(word) == busy, "what is occupied is not taken");
    word_.store(with_state(word, busy), std::memory_order_relaxed);
  }

  closing close() override {
    std::uint64_t word = word_.load(std::memory_order_acquire);
    while (true) {
      const bool in_use = state_of(word) == taken || state_of(word) == wanted;
      const std::uint64_t next = opening_of(word) << opening_shift | (in_use ? wanted : closed);
      if (word_.compare_exchange_weak(word, next, std::memory_order_seq_cst,
                                      std::memory_order_acquire)) {
        wake_all();
        return {.in_use = in_use, .used = used_of(word)};
      }
    }
  }

  void force_close() override {
    std::uint64_t word = word_.load(std::memory_order_acquire);
    while (!word_.compare_exchange_weak(word, opening_of(word) << opening_shift | closed,
                                        std::memory_order_seq_cst, std::memory_order_acquire)) {
    }
    wake_all();
  }
  void note_loss(loss_reason reason) override { loss_.store(reason, std::memory_order_release); }

  void extend(instant deadline) override {
    if (deadline > this->deadline()) {
      deadline_.store(deadline.time_since_epoch().count(), std::memory_order_release);
    }
  }

  void shorten(instant deadline) override {
    if (deadline < this->deadline()) {
      deadline_.store(deadline.time_since_epoch().count(), std::memory_order_release);
    }
  }

  // `now` is read after this call's look at the deadline: a clock read before could be compared
  // with a later promise.
  template <class Now>
  std::optional<share> take(Now now, lock_owner by) {
    std::uint64_t word = word_.load(std::memory_order_acquire);
    if (state_of(word) != free) {
      return std::nullopt;
    }
    const std::uint64_t used = used_of(word);
    const std::uint64_t first = first_.load(std::memory_order_relaxed);
    const bool has_token = used < tokens_.load(std::memory_order_relaxed);
    const instant until = deadline();
    if (!has_token || now() >= until) {
      return std::nullopt;
    }
    // All that was read belongs to this opening, or the word is another by now.
    if (!word_.compare_exchange_strong(word, with_state(word, taken) + (1U << used_shift),
                                       std::memory_order_acq_rel, std::memory_order_relaxed)) {
      return std::nullopt;
    }
    // Asked once others wait, long after.
    owner_.store(by.value(), std::memory_order_relaxed);
    return share{.token = first + used, .opening = opening_of(word)};
  }

  // wanted: the candidate must be told. over: it was lost meanwhile.
  given give_back(std::uint64_t opening) {
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    while (opening_of(word) == opening && state_of(word) == taken) {
      if (word_.compare_exchange_weak(word, with_state(word, free), std::memory_order_seq_cst,
                                      std::memory_order_relaxed)) {
        wake_one();
        return given::back;
      }
    }
    return is_wanted(opening) ? given::wanted : given::over;
  }

  // Sleeps while somebody else in this process has it, but not beyond `until`.
  void wait_while_taken(std::chrono::steady_clock::time_point until) {
    std::unique_lock guard(sleep_mutex_);
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    if (is_had_now(word_.load(std::memory_order_seq_cst))) {
      wakes_.wait_until(guard, until);
    }
    sleepers_.fetch_sub(1, std::memory_order_relaxed);
    one_wakes_.store(false, std::memory_order_relaxed);
  }

  // Somebody has it since this opening, and the candidate waits for its end.
  [[nodiscard]] bool is_wanted(std::uint64_t opening) const {
    const std::uint64_t word = word_.load(std::memory_order_acquire);
    return opening_of(word) == opening && state_of(word) == wanted;
  }
  // Since it was opened; the candidate's question, by which it sees that it is in use.
  [[nodiscard]] std::uint64_t used() const override { return used_of(word_.load()); }
  [[nodiscard]] core::owner_id owner() const override {
    return {owner_.load(std::memory_order_relaxed)};
  }
  [[nodiscard]] instant deadline() const {
    return instant(duration(deadline_.load(std::memory_order_acquire)));
  }
  // Another thread has it, and the candidate does not wait for it: it may be free in a moment.
  [[nodiscard]] bool is_taken() const { return is_had_now(word_.load(std::memory_order_relaxed)); }
  // Why whoever has it no longer does; none while it is had, or when nobody noticed yet.
  [[nodiscard]] loss_reason loss() const { return loss_.load(std::memory_order_acquire); }
  // False once it is closed and opened anew, or over.
  [[nodiscard]] bool is_had(std::uint64_t opening) const {
    const std::uint64_t word = word_.load(std::memory_order_acquire);
    return opening_of(word) == opening && (state_of(word) == taken || state_of(word) == wanted);
  }
  [[nodiscard]] request_id request() const { return request_; }  // the candidate's question

 private:
  enum state : std::uint64_t { closed, free, taken, wanted, busy };

  // From the low end: the state, tokens used since the opening, the number of the opening.
  static constexpr unsigned used_shift = 3;
  static constexpr unsigned opening_shift = 32;
  static constexpr std::uint64_t used_mask = (std::uint64_t{1} << (opening_shift - used_shift)) - 1;

  static constexpr std::uint64_t state_of(std::uint64_t word) { return word & 7; }
  static constexpr bool is_had_now(std::uint64_t word) {
    return state_of(word) == taken || state_of(word) == busy;
  }
  static constexpr std::uint64_t opening_of(std::uint64_t word) { return word >> opening_shift; }
  static constexpr std::uint64_t used_of(std::uint64_t word) {
    return word >> used_shift & used_mask;
  }
  static constexpr std::uint64_t with_state(std::uint64_t word, std::uint64_t next) {
    return (word & ~std::uint64_t{7}) | next;
  }

  // Both after the word was changed. Who is about to sleep counts itself before it looks at the
  // word: one of the two sees the other. While one is being woken no other is: it will see to them.
  void wake_one() {
    if (sleepers_.load(std::memory_order_seq_cst) > 0 && !one_wakes_.exchange(true)) {
      const std::scoped_lock guard(sleep_mutex_);
      wakes_.notify_one();
    }
  }
  void wake_all() {
    if (sleepers_.load(std::memory_order_seq_cst) > 0) {
      const std::scoped_lock guard(sleep_mutex_);
      wakes_.notify_all();
    }
  }

  std::atomic<std::uint64_t> word_ = closed;
  std::atomic<std::uint64_t> first_ = 0;
  std::atomic<std::uint64_t> tokens_ = 0;
  std::atomic<std::int64_t> deadline_ = 0;
  std::atomic<loss_reason> loss_ = loss_reason::none;
  std::atomic<std::uint64_t> owner_ = 0;
  request_id request_;
  std::atomic<std::uint32_t> sleepers_ = 0;
  std::atomic<bool> one_wakes_ = false;
  std::mutex sleep_mutex_;
  std::condition_variable wakes_;
};

}  // namespace conclave::runtime
