// How a lock is asked for and held.
#pragma once

#include <conclave/lock_owner.hpp>

#include <chrono>

namespace conclave {

struct lock_options {
  // A hold that is released goes on without an owner for so long, as long as nobody on another node
  // wants it: the next lock in this process takes it without a message. Somebody elsewhere who
  // wants it gets it one round trip later than otherwise. Should this process die meanwhile, others
  // wait for its lease to end although nobody held the lock. Longer pays where one process uses a
  // lock again and again. 0: never kept. Not negative.
  std::chrono::nanoseconds keep = std::chrono::seconds(1);

  // A hold is lost after so long, with loss_reason::held_too_long, whatever the voters say. For
  // work that must not go on for ever. More than 0; the greatest value: no limit.
  std::chrono::nanoseconds hold_max = std::chrono::nanoseconds::max();

  // How soon it is free when this node dies, at most twice this: a lease of its own, shorter than
  // the node's. It is lost sooner too when this process stands still or the network fails, and the
  // node asks its voters more often while it waits for the lock or has it: three times within this.
  // For a lock that others must not wait for long. 10 ms or more, and at most the node's lease_ttl;
  // 0: that one.
  std::chrono::nanoseconds lease{};

  // In whose hand it is, so that deadlocks are found. Nobody named: the thread's that calls lock()
  // of a mutex or shared_mutex, and else nobody's.
  lock_owner owner{};
};

}  // namespace conclave
