// Changes of state, found by comparing with the step before.
#include "sim/report/state_watch.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace conclave::sim {

namespace {

// An interval that has not ended yet.
constexpr true_time not_yet = end_of_time;

// Clocks read in whole nanoseconds, so points on one line can be off it by as much.
constexpr double clock_rounding_ns = 2.0;

bool on_one_line(const clock_point& first, const clock_point& middle, const clock_point& last) {
  const auto run = static_cast<double>((last.at - first.at).count());
  const auto rise = static_cast<double>((last.shows - first.shows).count());
  const auto part = static_cast<double>((middle.at - first.at).count());
  const auto shown = static_cast<double>((middle.shows - first.shows).count());
  return run > 0 && std::abs(rise * part / run - shown) <= clock_rounding_ns;
}

// Each says whether that changed anything.
bool open(std::vector<interval>& list, true_time now) {
  if (!list.empty() && list.back().to == not_yet) {
    return false;
  }
  list.push_back({.from = now, .to = not_yet});
  return true;
}

bool close(std::vector<interval>& list, true_time now) {
  if (list.empty() || list.back().to != not_yet) {
    return false;
  }
  list.back().to = now;
  return true;
}

}  // namespace

state_watch::state_watch(const cluster& watched, text_table& texts)
    : watched_(&watched), texts_(&texts), nodes_(watched.size()) {
  for (machine_index at = 0; at < watched.size(); ++at) {
    const config& settings = watched.at(at).settings;
    const bool twin =
        std::ranges::find(nodes_, settings.name, &recorded_node::name) != nodes_.end();
    nodes_[at].name = twin ? settings.name + " (twin)" : settings.name;
    nodes_[at].votes = std::ranges::find(settings.voters, settings.name) != settings.voters.end();
    ids_.push_back(core::node_id_of(settings.name));
    lent_.emplace_back(watched.locks().size());
  }
}

void state_watch::started(machine_index at, true_time now) {
  open(nodes_[at].up, now);
}

void state_watch::stopped(machine_index at, true_time now) {
  close(nodes_[at].up, now);
  close(nodes_[at].paused, now);
  close(nodes_[at].abstains, now);
  for (belief_now& one : believed_) {
    if (one.who.machine == at) {
      one.ending = texts_->number_of("the process ended");
    }
  }
  stepped(at, now);
}

bool state_watch::stands_still(machine_index at, bool still, true_time now) {
  return still ? open(nodes_[at].paused, now) : close(nodes_[at].paused, now);
}

void state_watch::ends_by(machine_index at, core::request_id request, std::string_view why) {
  for (belief_now& one : believed_) {
    if (one.who.machine == at && one.who.request == request) {
      one.ending = texts_->number_of(why);
    }
  }
}

void state_watch::stepped(machine_index at, true_time now) {
  read_clock(at, now);
  read_loans(at, now);
  read_beliefs(now);
}

void state_watch::read_clock(machine_index at, true_time now) {
  std::vector<clock_point>& points = nodes_[at].clock;
  const clock_point fresh{.at = now, .shows = watched_->at(at).local(now)};
  if (!points.empty() && points.back().at == now) {
    return;
  }
  const std::size_t known = points.size();
  if (known >= 2 && on_one_line(points[known - 2], points[known - 1], fresh)) {
    points.back() = fresh;
  } else {
    points.push_back(fresh);
  }
}

// Two machines can run nodes of one name: their boots differ. Who has ended since is known by name
// alone.
machine_index state_watch::machine_of(const core::node_boot& who) const {
  for (machine_index at = 0; at < ids_.size(); ++at) {
    if (ids_[at] == who.node && watched_->at(at).boot == who.boot) {
      return at;
    }
  }
  return static_cast<machine_index>(std::ranges::find(ids_, who.node) - ids_.begin());
}

void state_watch::read_loans(machine_index at, true_time now) {
  const machine& where = watched_->at(at);
  const core::voter* voter = where.process ? where.process->lends() : nullptr;
  if (voter != nullptr && voter->abstains()) {
    open(nodes_[at].abstains, now);
  } else {
    close(nodes_[at].abstains, now);
  }
  for (lock_index lock = 0; lock < watched_->locks().size(); ++lock) {
    const core::lock_state* state =
        voter == nullptr ? nullptr : voter->find_lock(watched_->locks()[lock]);
    std::vector<loan_now>& before = lent_[at][lock];
    std::erase_if(before, [&](const loan_now& one) {
      const core::lent_vote* same =
          state == nullptr ? nullptr : state->find_lent(one.who, one.request);
      const bool over = same == nullptr || same->ballot != one.ballot;
      if (over) {
        loans_[one.position].during.to = now;
      }
      return over;
    });
    if (state == nullptr || before.size() == state->lent.size()) {
      continue;
    }
    for (const core::lent_vote& each : state->lent) {
      const bool known = std::ranges::any_of(
          before, [&](const loan_now& one) { return each.to.is(one.who, one.request); });
      if (!known) {
        begin_loan(at, lock, each, now);
      }
    }
  }
}

void state_watch::begin_loan(machine_index at, lock_index lock, const core::lent_vote& vote,
                             true_time now) {
  const machine_index candidate = machine_of(vote.to.who);
  if (candidate == ids_.size()) {
    return;  // of no machine here
  }
  lent_[at][lock].push_back({.who = vote.to.who,
                             .request = vote.to.ticket.request,
                             .ballot = vote.ballot,
                             .position = loans_.size()});
  loans_.push_back({.lock = lock,
                    .voter = at,
                    .candidate = candidate,
                    .request = vote.to.ticket.request.value,
                    .ballot = vote.ballot.value,
                    .during = {.from = now, .to = not_yet}});
}

void state_watch::read_beliefs(true_time now) {
  for (belief_now& one : believed_) {
    one.seen = false;
  }
  for (const belief& one : watched_->judge().known_beliefs()) {
    const auto known = std::ranges::find(believed_, one.who, &belief_now::who);
    if (known == believed_.end()) {
      believed_.push_back(
          {.who = one.who, .until = one.until, .position = beliefs_.size(), .seen = true});
      beliefs_.push_back({.lock = one.lock,
                          .node = one.who.machine,
                          .request = one.who.request.value,
                          .asked_as = one.asked_as.value,
                          .during = {.from = one.since, .to = one.until},
                          .shared_from = one.shared_from,
                          .slot = one.slot});
      continue;
    }
    known->seen = true;
    beliefs_[known->position].shared_from = one.shared_from;
    if (one.until != known->until) {
      known->until = one.until;
      beliefs_[known->position].during.to = one.until;
      beliefs_[known->position].extensions.push_back({.at = now, .until = one.until});
    }
  }
  std::erase_if(believed_, [&](const belief_now& one) {
    if (!one.seen) {
      recorded_belief& over = beliefs_[one.position];
      over.during.to = std::min(one.until, now);
      over.ending = one.until <= now ? texts_->number_of("its time ran out") : one.ending;
    }
    return !one.seen;
  });
}

void state_watch::finish(true_time now, recording& into) {
  for (recorded_node& one : nodes_) {
    close(one.up, now);
    close(one.paused, now);
    close(one.abstains, now);
  }
  for (const std::vector<std::vector<loan_now>>& voter : lent_) {
    for (const std::vector<loan_now>& lock : voter) {
      for (const loan_now& one : lock) {
        loans_[one.position].during.to = now;
      }
    }
  }
  for (const belief_now& one : believed_) {
    beliefs_[one.position].ending = texts_->number_of("it still believes");
  }
  into.nodes = std::move(nodes_);
  into.beliefs = std::move(beliefs_);
  into.loans = std::move(loans_);
}

}  // namespace conclave::sim
