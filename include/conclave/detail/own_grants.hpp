// The grants of a lock object's blocking members, by the thread that owns them.
#pragma once

#include <conclave/grant.hpp>

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace conclave::detail {

// How many locks the calling thread has by mutexes of any kind. One that is destroyed while another
// thread has locked it leaves that count too high: it only says that it may have some.
class thread_locks {
 public:
  static void add() noexcept { ++count_; }
  static void remove() noexcept { count_ -= count_ > 0 ? 1 : 0; }
  [[nodiscard]] static bool any() noexcept { return count_ > 0; }

 private:
  inline static constinit thread_local std::uint32_t count_ = 0;
};

// Thread-safe. All members are about the calling thread.
class own_grants {
 public:
  void add(grant held) {
    const std::scoped_lock guard(mutex_);
    all_.push_back({.owner = std::this_thread::get_id(), .held = std::move(held)});
    thread_locks::add();
  }
  [[nodiscard]] bool any() const {
    const std::scoped_lock guard(mutex_);
    return find() != all_.end();
  }
  [[nodiscard]] std::optional<grant> take() {
    const std::scoped_lock guard(mutex_);
    const auto found = find();
    if (found == all_.end()) {
      return std::nullopt;
    }
    std::optional<grant> taken(std::move(found->held));
    all_.erase(found);
    thread_locks::remove();
    return taken;
  }
  // Of an empty grant when it has none. The grant is only asked while nobody else can take it away;
  // reason() may have to wake the node, which never comes back here.
  template <class Question>
  auto ask(Question question) const {
    const std::scoped_lock guard(mutex_);
    const auto found = find();
    static const grant none;
    return question(found == all_.end() ? none : found->held);
  }

 private:
  struct owned {
    std::thread::id owner;
    grant held;
  };

  [[nodiscard]] std::vector<owned>::iterator find() const {
    return std::ranges::find(all_, std::this_thread::get_id(), &owned::owner);
  }

  mutable std::mutex mutex_;
  mutable std::vector<owned> all_;
};

}  // namespace conclave::detail
