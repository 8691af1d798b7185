// A user's callback that can be ended at any time, from any thread.
#pragma once

#include <conclave/detail/engine.hpp>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace conclave::runtime {

// Thread-safe; delivered to by one thread at a time.
template <class Event>
class subscriber_of final : public detail::subscription_state {
 public:
  explicit subscriber_of(std::function<void(const Event&)> callback)
      : callback_(std::move(callback)) {}

  void deliver(const Event& event) {
    {
      const std::scoped_lock guard(mutex_);
      if (ended_) {
        return;
      }
      calling_ = std::this_thread::get_id();
    }
    struct left {
      subscriber_of& self;
      ~left() {
        std::function<void(const Event&)> over;  // goes when the mutex is free
        const std::scoped_lock guard(self.mutex_);
        self.calling_ = {};
        if (self.ended_) {
          over.swap(self.callback_);
        }
        self.idle_.notify_all();
      }
    };
    const left on_exit{*this};
    callback_(event);
  }

  // After it returns no callback runs, but for one that calls it.
  // What the callback owns goes with it: here, or when that one returns. So who drops an ended
  // subscriber runs no user's code.
  void end() noexcept override {
    std::function<void(const Event&)> ended;  // goes when the mutex is free
    std::unique_lock guard(mutex_);
    ended_ = true;
    if (calling_ != std::this_thread::get_id()) {
      idle_.wait(guard, [&] { return calling_ == std::thread::id(); });
      ended.swap(callback_);
    }
  }

  [[nodiscard]] bool ended() {
    const std::scoped_lock guard(mutex_);
    return ended_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable idle_;
  bool ended_ = false;
  std::thread::id calling_;  // the thread that is in the callback; none: nobody is
  std::function<void(const Event&)> callback_;
};

}  // namespace conclave::runtime
