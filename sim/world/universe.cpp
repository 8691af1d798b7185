// The loop: takes what is next, and stops at the first failure.
#include "sim/world/universe.hpp"

#include "runtime/surroundings.hpp"
#include "runtime/world_thread.hpp"
#include "sim/options.hpp"
#include "sim/world/refusals.hpp"
#include "sim/world/simulated_surroundings.hpp"

#include <algorithm>
#include <stdexcept>

namespace conclave::sim {

namespace {

constexpr std::size_t story_lines_max = 60;
// Handlers of all processes: more within a second of the world's time are a loop without a wait.
constexpr std::uint64_t work_per_second_max = 5'000'000;
constexpr const char* no_own_thread =
    "a node with a thread of its own in a simulated world: give conclave::node the executor of its "
    "host, host::get_executor()";

}  // namespace

// While it lives, what runs is told to be the code of users.
class universe::user_code {
 public:
  user_code(universe& around, process_context* whose)
      : around_(around), before_(std::exchange(around.current_, whose)) {
    ++around_.user_code_depth_;
  }
  user_code(const user_code&) = delete;
  user_code& operator=(const user_code&) = delete;
  ~user_code() {
    around_.current_ = before_;
    --around_.user_code_depth_;
  }

 private:
  universe& around_;
  process_context* before_;
};

universe::universe(std::uint64_t seed)
    : seed_(seed),
      random_(seed),
      true_clock_(core::instant{}, 0),
      own_context_(*this, true_clock_, not_slow_, "the test"),
      network_(static_cast<std::uint32_t>(hosts_max), random_.fork(), counters_) {
  set_conditions(conditions());
  runtime::enter_world(no_own_thread);
}

universe::~universe() {
  shut_down();
  runtime::leave_world();
}

void universe::shut_down() {
  refuse_foreign_thread();
  if (user_code_depth_ > 0) {
    throw std::logic_error("the world is shut down by code that it runs");
  }
  for (const auto& each : hosts_) {
    if (each->running) {
      end_process(*each);
    }
  }
  agenda_.clear();
  own_context_.destroy_all();
  bury();
}

void universe::run_until(true_time end, const std::function<bool()>& until) {
  refuse_foreign_thread();
  if (user_code_depth_ > 0) {
    throw std::logic_error(
        "the world is told to run by code that it runs: plan what is to happen with at()");
  }
  while (!failure_ && !until() && step(end)) {
    bury();
    if (foreign_thread_) {
      fail("another thread used this world: everything in it runs on the one that made it");
    }
  }
  stop_if_failed();
}

// Before the failure unwinds the test, and destroys what coroutines still refer to.
void universe::stop_if_failed() {
  if (failure_ && user_code_depth_ == 0) {
    shut_down();
  }
  throw_if_failed();
}

bool universe::step(true_time end) {
  const true_time entry_at = agenda_.empty() ? end_of_time : agenda_.front().at;
  const true_time arrival_at = arrivals_.empty() ? end_of_time : arrivals_.next().at;
  if (std::min(entry_at, arrival_at) > end) {
    now_ = std::max(now_, end);
    return false;
  }
  now_ = std::max(now_, std::min(entry_at, arrival_at));
  digest_.add(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
  if (arrival_at <= entry_at) {
    take_arrival();
  } else {
    take_entry();
  }
  return true;
}

void universe::take_entry() {
  std::pop_heap(agenda_.begin(), agenda_.end(), later);
  entry next = std::move(agenda_.back());
  agenda_.pop_back();
  digest_.add(static_cast<std::uint64_t>(next.kind));
  switch (next.kind) {
    case entry_kind::turn:
      next.whose->turn_planned = false;
      take_turn(*next.whose);
      break;
    case entry_kind::wake:
      if (next.whose->alive() && next.whose->wake_stamp == next.stamp) {
        next.whose->collect_due(next.whose->now());
        plan_wake(*next.whose);
      }
      break;
    case entry_kind::action:
      run_task(own_context_, std::move(next.work));
      break;
  }
}

void universe::take_arrival() {
  const event arrival = arrivals_.pop();
  datagram& one = network_.arrived(arrival.subject);
  if (const auto target = network_.find(one.to); target && *target < hosts_.size()) {
    const host_state& at = *hosts_[*target];
    digest_.add(*target);
    digest_.add(core::hash_of(
        std::string_view(reinterpret_cast<const char*>(one.bytes.data()), one.bytes.size())));
    if (at.port != nullptr && !at.suspended) {
      at.port->arrive(one.from, one.bytes);
    }
  }
  network_.give_back(arrival.subject);
}

// What is ready now runs now; what that makes ready waits for the next turn.
void universe::take_turn(process_context& whose) {
  for (std::size_t left = whose.ready(); left > 0; --left) {
    if (!whose.alive() || whose.stands_still() || failure_) {
      return;
    }
    if (whose.busy_until() > now_) {
      break;
    }
    run_task(whose, whose.take_ready());
    whose.worked(1);
  }
  if (whose.alive() && whose.has_work()) {
    plan_turn(whose);
  }
}

void universe::run_task(process_context& whose, std::unique_ptr<task> work) {
  digest_.add(whose.ready());
  count_work();
  try {
    const user_code mark(*this, &whose);
    task::run(std::move(work));
  } catch (...) {
    fail(whose.name(), std::current_exception());
  }
  if (const char* words = what_was_smuggled_in(whose); words != nullptr && !failure_) {
    fail(whose.name() + ": " + words);
  }
}

void universe::count_work() {
  const std::int64_t second = now_.time_since_epoch() / std::chrono::seconds(1);
  if (std::exchange(second_, second) != second) {
    work_in_second_ = 0;
  }
  if (++work_in_second_ > work_per_second_max) {
    fail(
        "so many handlers ran within a second of the world's time that they must be waiting for "
        "something in a loop without a sleep");
  }
}

void universe::plan_action(true_time at, std::function<void()> action) {
  plan({.at = std::max(at, now_),
        .sequence = 0,
        .kind = entry_kind::action,
        .whose = &own_context_,
        .stamp = 0,
        .work = make_task(std::move(action))});
}

void universe::plan_turn(process_context& whose) {
  if (whose.turn_planned || whose.stands_still()) {
    return;
  }
  plan_turn_within(whose, turn_delay_max_ + whose.slow().turn_delay_max);
}

void universe::plan_turn_within(process_context& whose, core::duration delay_max) {
  whose.turn_planned = true;
  const true_time soonest = std::max(now_ + core::duration(1), whose.busy_until());
  plan({.at = soonest + random_.between(core::duration(0), delay_max),
        .sequence = 0,
        .kind = entry_kind::turn,
        .whose = &whose,
        .stamp = 0,
        .work = nullptr});
}

void universe::plan_wake(process_context& whose) {
  const core::instant next = whose.next_timer();
  ++whose.wake_stamp;
  if (next == core::never) {
    return;
  }
  true_time at = std::max(now_, whose.clock().first_reaching(next));
  if (const core::duration late = whose.slow().timers_late_max;
      late > core::duration(0) && at != end_of_time) {
    at += random_.between(core::duration(0), late);
  }
  plan({.at = at,
        .sequence = 0,
        .kind = entry_kind::wake,
        .whose = &whose,
        .stamp = whose.wake_stamp,
        .work = nullptr});
}

bool universe::later(const entry& a, const entry& b) {
  return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
}

void universe::plan(entry&& what) {
  what.sequence = ++last_sequence_;
  agenda_.push_back(std::move(what));
  std::push_heap(agenda_.begin(), agenda_.end(), later);
}

void universe::bury_later(std::unique_ptr<task> work) {
  morgue_.push_back(std::move(work));
}

void universe::bury_later(std::unique_ptr<process> gone) {
  graves_.push_back(std::move(gone));
  if (user_code_depth_ == 0) {
    bury();
  }
}

// Destroying coroutines runs the destructors of what they own, and those may post more. Nobody's
// handler is on the stack, so nothing that is destroyed here is still running.
void universe::bury() {
  while (!graves_.empty() || !morgue_.empty()) {
    const auto tasks = std::exchange(morgue_, {});
    auto gone = std::exchange(graves_, {});
    for (std::unique_ptr<process>& one : gone) {
      one->surroundings->abandon_shells();
      one->context.destroy_all();
      one->node.reset();
      buried_.push_back(std::move(one));
    }
  }
}

bool universe::is_foreign_thread() const noexcept {
  if (std::this_thread::get_id() == thread_) {
    return false;
  }
  foreign_thread_ = true;
  return true;
}

void universe::refuse_foreign_thread() const {
  if (is_foreign_thread()) {
    throw std::logic_error(
        "another thread uses a simulated world: everything in it runs on the thread that made it; "
        "start coroutines with spawn() instead of threads");
  }
}

void universe::fail(std::string text) {
  if (!failure_) {
    note("failed: " + text);
    failure_ = std::move(text);
  }
}

void universe::fail(const std::string& where, std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const std::exception& error) {
    fail(where + ": " + error.what());
  } catch (...) {
    fail(where + ": an exception of an unknown type");
  }
}

void universe::throw_if_failed() const {
  if (failure_) {
    refuse(*failure_);
  }
}

void universe::refuse(const std::string& text) const {
  std::string all = text + "\n  in a simulated world of seed " + std::to_string(seed_);
  for (const std::string& line : story_) {
    all += "\n  " + line;
  }
  throw broken_run(seed_, all);
}

void universe::note(const std::string& line) {
  if (story_.size() == story_lines_max) {
    story_.pop_front();
  }
  story_.push_back(time_text() + "  " + line);
}

std::string universe::time_text() const {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch());
  const std::string digits = std::to_string(us.count() % 1'000'000);
  return std::to_string(us.count() / 1'000'000) + "." + std::string(6 - digits.size(), '0') +
         digits + " s";
}

}  // namespace conclave::sim
