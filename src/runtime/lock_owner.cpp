// Numbers for owners.
#include <conclave/lock_owner.hpp>

#include <atomic>

namespace conclave {

lock_owner lock_owner::make() noexcept {
  static std::atomic<std::uint64_t> last = 0;
  return lock_owner(last.fetch_add(1, std::memory_order_relaxed) + 1);
}

lock_owner lock_owner::this_thread() noexcept {
  static constinit thread_local std::uint64_t self = 0;
  if (self == 0) {
    self = make().value();
  }
  return lock_owner(self);
}

}  // namespace conclave
