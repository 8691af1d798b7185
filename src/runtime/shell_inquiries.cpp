// The shell's part in questions about locks, and in watching who has one.
#include "runtime/lock_call.hpp"
#include "runtime/shell.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace conclave::runtime {

namespace {

// When the last one ends, the voters are asked no more.
class lock_subscription final : public detail::subscription_state {
 public:
  lock_subscription(std::shared_ptr<subscriber_of<lock_holder>> who, std::weak_ptr<shell> by,
                    std::string lock)
      : who_(std::move(who)), by_(std::move(by)), lock_(std::move(lock)) {}

  void end() noexcept override {
    who_->end();
    if (const auto by = by_.lock(); by) {
      by->forget_observers(lock_);
    }
  }

 private:
  std::shared_ptr<subscriber_of<lock_holder>> who_;
  std::weak_ptr<shell> by_;
  std::string lock_;
};

}  // namespace

void shell::explain_lock(std::string name, std::chrono::nanoseconds patience, explained done) {
  ask_voters({.lock = std::move(name), .give_up_at = {}, .explain = std::move(done), .list = {}},
             patience);
}

void shell::list_locks(std::chrono::nanoseconds patience, listed done) {
  ask_voters({.lock = {}, .give_up_at = {}, .explain = {}, .list = std::move(done)}, patience);
}

void shell::ask_voters(inquiries::question asked, std::chrono::nanoseconds patience) {
  enter(detail::invocation::later, [&](outcomes& due, core::instant now) {
    if (!runs()) {
      inquiries::refuse(std::move(asked), why_not(), due);
    } else if (asked.explain && !is_lock_name(asked.lock)) {
      inquiries::refuse(std::move(asked), errc::invalid_lock_name, due);
    } else {
      asked.give_up_at = core::saturating_add(now, patience);
      inquiries_.add(std::move(asked));
      inquiries_.go_on(*core_, now, actions_, due);
    }
  });
}

std::shared_ptr<detail::subscription_state> shell::observe(
    std::string name, std::function<void(const lock_holder&)> callback) {
  check_name(name);
  auto fresh = std::make_shared<subscriber_of<lock_holder>>(std::move(callback));
  errc refused{};
  enter(detail::invocation::later, [&](outcomes&, core::instant now) {
    if (!runs() || core_->roster().empty()) {
      refused = runs() ? errc::observer : why_not();
      return;
    }
    observers_[name].push_back({.who = fresh, .told = {}});
    core_->observe(name, now, actions_);
  });
  if (refused != errc{}) {
    throw boost::system::system_error(make_error_code(refused), "observe \"" + name + "\"");
  }
  return std::make_shared<lock_subscription>(std::move(fresh), weak_from_this(), std::move(name));
}

void shell::forget_observers(const std::string& lock) {
  enter(detail::invocation::later, [&](outcomes&, core::instant) { drop_ended(lock); });
}

void shell::drop_ended(const std::string& lock) {
  const auto found = observers_.find(lock);
  if (found == observers_.end()) {
    return;
  }
  std::erase_if(found->second, [](const lock_observer& one) { return one.who->ended(); });
  if (found->second.empty()) {
    observers_.erase(found);
    core_->forget(lock);
  }
}

std::vector<std::string> shell::voters_of(const std::string& lock) const {
  const std::scoped_lock guard(mutex_);
  std::vector<std::string> names;
  if (!core_) {
    return names;
  }
  for (lock_request_account& each : explanation_of(*core_, lock, {}, this->now()).here) {
    std::ranges::move(each.votes, std::back_inserter(names));
  }
  return names;
}

// To each only what is news to it.
void shell::tell_sighting(const core::observed& seen) {
  const auto found = observers_.find(seen.lock);
  if (found == observers_.end()) {
    return;
  }
  lock_holder now{.known = seen.view.known,
                  .node = {},
                  .boot = seen.view.holder.boot.value,
                  .token = fencing_token(seen.view.ballot.value)};
  if (seen.view.holder.node) {
    now.node = name_of(*core_, seen.view.holder.node);
  }
  for (lock_observer& one : found->second) {
    if (one.told != now) {
      one.told = now;
      notifier_->add(holder_notice{.to = one.who, .seen = now}, executor_);
    }
  }
}

}  // namespace conclave::runtime

namespace conclave {

subscription observe(node& observer, std::string_view name,
                     std::function<void(const lock_holder&)> callback) {
  return subscription(observer.engine()->observe(std::string(name), std::move(callback)));
}

}  // namespace conclave
