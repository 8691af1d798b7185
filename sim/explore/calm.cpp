// Time and frames without a fault.
#include "sim/explore/calm.hpp"

#include "base/check.hpp"
#include "sim/checks/leftovers.hpp"

#include <algorithm>
#include <utility>

namespace conclave::sim {

namespace {

// What a machine that is cut off holds has lapsed two leases after it was last heard and answered;
// the rest is for asking anew. A restarted voter abstains for a lease and may ask for another.
constexpr duration patience = 5 * lease_of_small_worlds / 2;
constexpr duration patience_with_restarts = patience + 2 * lease_of_small_worlds;
// Until what was under way is repeated, and sessions that nobody keeps have lapsed.
constexpr duration until_at_rest = 2 * lease_of_small_worlds;

}  // namespace

calm calm::settled(machinery& machines, true_time until) {
  std::vector<machine> states;
  for (machine_index at = 0; at < machines.size(); ++at) {
    states.push_back(machines.build(at));
  }
  calm run(machines, std::move(states), {}, {});
  run.book_.asked.assign(machines.size(), 0);
  for (machine_index at = 0; at < machines.size(); ++at) {
    core::actions out;
    machines.start(run.states_[at], at, at + 1, true, run.now_, out);
    for (const core::action& said : out.list) {
      if (const auto* sent = std::get_if<core::send>(&said)) {
        if (auto frame = machines.carry(at, *sent, out)) {
          run.passing_.push_back(std::move(*frame));
        }
      }
    }
  }
  run.run_until(until);
  return run;
}

void calm::run_until(true_time end) {
  while (!broken_ && !(until_served_ && all_served())) {
    pass_all();
    machine_index first = 0;
    true_time due = end_of_time;
    for (machine_index at = 0; at < states_.size(); ++at) {
      const true_time wanted =
          states_[at].clock.first_reaching(states_[at].process->next_deadline());
      if (wanted < due) {
        due = wanted;
        first = at;
      }
    }
    if (due > end) {
      now_ = end;
      return;
    }
    now_ = std::max(now_, due);
    step(first, {input_kind::tick, 0}, nullptr);
  }
}

void calm::pass_all() {
  while (!passing_.empty() && !broken_) {
    const datagram_value frame = std::move(passing_.front());
    passing_.pop_front();
    if (!cut_.blocks(frame.from, frame.to) && states_[frame.to].process) {
      step(frame.to, {input_kind::deliver, 0}, &frame);
    }
  }
}

void calm::step(machine_index at, const input& what, const datagram_value* frame) {
  core::check(steps_left_-- > 0, "nodes come to rest");
  core::actions out;
  std::vector<happening> events;
  machinery_->run(states_[at], at, what, frame, now_, out, events);
  for (const core::action& said : out.list) {
    if (const auto* sent = std::get_if<core::send>(&said)) {
      if (auto value = machinery_->carry(at, *sent, out)) {
        passing_.push_back(std::move(*value));
      }
    }
  }
  for (const happening& each : events) {
    if (!broken_) {
      broken_ = enter(book_, states_[at], at, each, now_);
    }
  }
  if (letting_go_) {
    let_go();
  }
}

void calm::let_go() {
  for (machine_index at = 0; at < states_.size() && !broken_; ++at) {
    const open_request* open = book_.find(at);
    if (open != nullptr && open->holds && !is_cut_off(at)) {
      step(at, {input_kind::unlock, static_cast<std::uint32_t>(open->request)}, nullptr);
    }
  }
}

bool calm::all_served() const {
  return std::ranges::none_of(
      book_.open, [&](const open_request& one) { return !one.holds && !is_cut_off(one.machine); });
}

bool calm::is_cut_off(machine_index at) const {
  return cut_.kind != cut_kind::none && cut_.machine == at;
}

std::optional<violation> calm::serve(ledger book, bool restarted) {
  book_ = std::move(book);
  letting_go_ = until_served_ = true;
  let_go();
  run_until(now_ + (restarted ? patience_with_restarts : patience));
  if (!broken_ && !all_served()) {
    const auto waiting = std::ranges::find_if(book_.open, [&](const open_request& one) {
      return !one.holds && !is_cut_off(one.machine);
    });
    starve(states_[waiting->machine].name() + " r" + std::to_string(waiting->request) +
           " waits for a free lock and is not served");
  }
  if (!broken_ && cut_.kind == cut_kind::none) {
    until_served_ = false;
    run_until(now_ + until_at_rest);
    const std::string left = leftovers(states_, std::vector<bool>(states_.size(), true));
    if (!broken_ && !left.empty()) {
      starve("at rest, " + left);
    }
  }
  return broken_;
}

void calm::starve(std::string what) {
  broken_ = {.broken = promise::one_ending, .at = now_, .text = std::move(what)};
  starved_ = true;
}

}  // namespace conclave::sim
