// Who has locks and waits for more, where that is not a thread.
#pragma once

#include <compare>
#include <cstdint>

namespace conclave {

// Two that wait for each other's locks are found, and one of them gets errc::deadlock. For that it
// must be known which locks are in one hand. What a thread has locked with a mutex or a
// shared_mutex is the thread's. A coroutine, or whoever passes grants about, makes an owner and
// names it in the options of every lock that it uses:
//
//   const auto me = conclave::lock_owner::make();
//   conclave::mutex from(node, "account/1", {.owner = me});
//   conclave::mutex to(node, "account/2", {.owner = me});
//
// A small value; copies are the same owner. It means something within one process.
class lock_owner {
 public:
  lock_owner() = default;  // nobody: waits under it are not followed

  // One that is no other's. Thread-safe.
  [[nodiscard]] static lock_owner make() noexcept;
  // The calling thread.
  [[nodiscard]] static lock_owner this_thread() noexcept;

  [[nodiscard]] std::uint64_t value() const noexcept { return value_; }
  [[nodiscard]] explicit operator bool() const noexcept { return value_ != 0; }
  friend auto operator<=>(const lock_owner&, const lock_owner&) = default;

 private:
  explicit lock_owner(std::uint64_t value) : value_(value) {}

  std::uint64_t value_ = 0;
};

}  // namespace conclave
