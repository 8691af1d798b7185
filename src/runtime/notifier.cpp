// The queue of callbacks, and the one job that empties it.
#include "runtime/notifier.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace conclave::runtime {

std::shared_ptr<subscriber> notifier::subscribe(std::function<void(const member_event&)> callback) {
  auto fresh = std::make_shared<subscriber>(std::move(callback));
  const std::scoped_lock guard(mutex_);
  std::erase_if(subscribers_, [](const auto& one) { return one->ended(); });
  subscribers_.push_back(fresh);
  return fresh;
}

bool notifier::has_subscribers() const {
  const std::scoped_lock guard(mutex_);
  return !subscribers_.empty();
}

template <class Event>
void notifier::add_event(Event event, const boost::asio::any_io_executor& executor) {
  const std::scoped_lock guard(mutex_);
  if (closed_ || events_waiting_ >= events_max_) {
    ++events_dropped_;
    return;
  }
  ++events_waiting_;
  waiting_.emplace_back(std::move(event));
  post_run(executor);
}

void notifier::add(member_event event, const boost::asio::any_io_executor& executor) {
  add_event(std::move(event), executor);
}

void notifier::add(holder_notice seen, const boost::asio::any_io_executor& executor) {
  add_event(std::move(seen), executor);
}

void notifier::add(std::shared_ptr<detail::hold> lost,
                   const boost::asio::any_io_executor& executor) {
  const std::scoped_lock guard(mutex_);
  waiting_.emplace_back(std::move(lost));
  post_run(executor);
}

void notifier::add(settled_notice news, const boost::asio::any_io_executor& executor) {
  const std::scoped_lock guard(mutex_);
  if (!closed_) {
    waiting_.emplace_back(std::move(news));
    post_run(executor);
  }
}

bool notifier::is_counted(const notice& one) {
  return std::holds_alternative<member_event>(one) || std::holds_alternative<holder_notice>(one);
}

void notifier::post_run(const boost::asio::any_io_executor& executor) {
  if (!std::exchange(running_, true)) {
    boost::asio::post(executor, [self = shared_from_this(), executor] { self->run(executor); });
  }
}

// One notice a turn, so that the node's frames and timers come in between.
void notifier::run(const boost::asio::any_io_executor& executor) {
  notice one;
  {
    const std::scoped_lock guard(mutex_);
    if (waiting_.empty()) {
      running_ = false;
      return;
    }
    one = std::move(waiting_.front());
    waiting_.pop_front();
    events_waiting_ -= is_counted(one) ? 1 : 0;
  }
  // Also when the callback throws.
  struct next_turn {
    notifier& self;
    const boost::asio::any_io_executor& executor;
    ~next_turn() {
      const std::scoped_lock guard(self.mutex_);
      self.running_ = false;
      if (!self.waiting_.empty()) {
        self.post_run(executor);
      }
    }
  };
  const next_turn on_exit{*this, executor};
  tell(one);
}

void notifier::tell(notice& one) {
  if (auto* lost = std::get_if<std::shared_ptr<detail::hold>>(&one); lost != nullptr) {
    (*lost)->notify_lost();
    return;
  }
  if (auto* seen = std::get_if<holder_notice>(&one); seen != nullptr) {
    seen->to->deliver(seen->seen);
    return;
  }
  if (auto* news = std::get_if<settled_notice>(&one); news != nullptr) {
    if (const auto from = news->from.lock(); from) {
      const auto changes = news->to->take(core::instant(core::duration(from->now_ns())));
      from->catch_up();  // what is due later gets its timer
      news->to->deliver(changes);
    }
    return;
  }
  std::vector<std::shared_ptr<subscriber>> listening;
  {
    const std::scoped_lock guard(mutex_);
    std::erase_if(subscribers_, [](const auto& each) { return each->ended(); });
    listening = subscribers_;
  }
  for (const auto& each : listening) {
    each->deliver(std::get<member_event>(one));
  }
}

void notifier::close() {
  std::deque<notice> left;
  {
    const std::scoped_lock guard(mutex_);
    closed_ = true;
    left = std::exchange(waiting_, {});
    events_waiting_ = 0;
  }
  for (notice& one : left) {
    if (std::holds_alternative<std::shared_ptr<detail::hold>>(one)) {
      tell(one);
    }
  }
}

void notifier::abandon() {
  std::deque<notice> left;
  std::vector<std::shared_ptr<subscriber>> listening;
  const std::scoped_lock guard(mutex_);
  closed_ = true;
  left.swap(waiting_);
  listening.swap(subscribers_);
  events_waiting_ = 0;
}

std::uint64_t notifier::events_dropped() const {
  const std::scoped_lock guard(mutex_);
  return events_dropped_;
}

}  // namespace conclave::runtime
