// Many members and their network.
#include "sim/experiment/swarm.hpp"

#include "base/check.hpp"
#include "sim/experiment/conclave_process.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <variant>

namespace conclave::sim {

std::size_t parcel::news() const {
  const auto of_conclave = std::ranges::count_if(messages, [](const core::message& each) {
    return std::holds_alternative<core::member_update>(each);
  });
  const auto of_a_model = std::ranges::count_if(words, [](const model_word& each) {
    return each.is == model_word::what::alive || each.is == model_word::what::suspect ||
           each.is == model_word::what::dead;
  });
  return static_cast<std::size_t>(of_conclave + of_a_model);
}

swarm::swarm(const swarm_settings& settings)
    : settings_(settings),
      random_(settings.seed),
      records_(std::make_shared<core::member_records>()),
      members_(settings.members) {
  core::check(settings.members <= 60'000, "each member has a port of its own", settings.members);
  settings_.config.members_max = std::max<std::size_t>(settings_.config.members_max, size());
}

void swarm::start(member_index at, member_index through) {
  member& one = members_[at];
  one.boot = one.boot ? one.boot.next() : core::boot_id{std::uint64_t{1} << 60U};
  one.clock = random_.between(duration(0), duration(std::chrono::hours(1)));
  one.runs = true;
  if (settings_.model) {
    one.process = std::make_unique<model_process>(
        *settings_.model, model_start{.self = at, .through = through, .members = size()},
        now_ + one.clock, random_.fork());
  } else {
    one.process = std::make_unique<conclave_process>(conclave_start{.self = at,
                                                                    .through = through,
                                                                    .boot = one.boot,
                                                                    .config = settings_.config,
                                                                    .records = records_},
                                                     now_ + one.clock, random_.fork());
  }
  act(at, [&](sim::process& process, instant now) { process.join(now, out_); });
}

void swarm::acquaint() {
  parcel all;
  for (const member& one : members_) {
    if (one.runs) {
      one.process->introduce(all);
    }
  }
  for (member_index at = 0; at < size(); ++at) {
    if (members_[at].runs) {
      act(at, [&](sim::process& process, instant now) {
        process.arrive(at == 0 ? size() - 1 : 0, all, now, out_);
      });
    }
  }
}

void swarm::crash(member_index at) {
  members_[at].runs = false;
  for (const std::uint32_t place : std::exchange(members_[at].inbox, {})) {
    free_datagrams_.push_back(place);
  }
  members_[at].process.reset();
  members_[at].paused_until = core::long_ago;
  members_[at].serves_at = core::never;
  members_[at].ticks_at = core::never;
}

void swarm::pause(member_index at, duration length) {
  member& one = members_[at];
  one.paused_until = std::max(one.paused_until, now_ + length);
  if (one.runs) {
    one.process->stands_until(one.paused_until + one.clock);
    set_tick(at);
  }
}

template <class Action>
void swarm::act(member_index at, Action action) {
  out_.clear();
  action(*members_[at].process, now_ + members_[at].clock);
  if (hears_) {
    for (const seen_change& change : out_.changes) {
      hears_({.viewer = at, .subject = change.about, .kind = change.kind});
    }
  }
  for (sent_parcel& one : out_.sends) {
    post(at, std::move(one));
  }
  set_tick(at);
}

void swarm::post(member_index from, sent_parcel one) {
  member& sender = members_[from];
  sender.sent.bytes += one.bytes;
  ++sender.sent.datagrams;
  sender.sent.news += one.content.news();
  if (!reaches(from, one.to) || (!one.is_reliable && is_lost(from, one.to))) {
    return;
  }
  if (free_datagrams_.empty()) {
    free_datagrams_.push_back(static_cast<std::uint32_t>(datagrams_.size()));
    datagrams_.emplace_back();
  }
  const std::uint32_t place = free_datagrams_.back();
  free_datagrams_.pop_back();
  datagrams_[place] = {.from = from, .content = std::move(one.content)};
  const duration delay = settings_.delay_min + random_.between(duration(0), settings_.delay_spread);
  schedule(std::max(now_, sender.paused_until) + delay, what::arrival, one.to, place);
}

bool swarm::is_lost(member_index from, member_index to) {
  return std::ranges::any_of(
      std::array{settings_.loss_ppm, members_[from].loss_ppm, members_[to].loss_ppm},
      [&](std::uint32_t ppm) { return ppm > 0 && random_.below(1'000'000) < ppm; });
}

bool swarm::reaches(member_index from, member_index to) const {
  return to < size() && !members_[to].deaf &&
         (split_before_ == 0 || (from < split_before_) == (to < split_before_));
}

void swarm::schedule(instant at, what is, member_index whose, std::uint32_t place) {
  events_due_.push(
      {.at = at, .order = ++last_order_, .is = is, .member = whose, .datagram = place});
}

void swarm::set_tick(member_index at) {
  member& one = members_[at];
  const instant next = one.process->next_deadline();
  const bool waits = one.paused_until > now_ && !one.process->has_other_threads();
  const instant when =
      next == core::never ? next : std::max(next - one.clock, waits ? one.paused_until : now_);
  if (when != one.ticks_at) {
    one.ticks_at = when;
    if (when != core::never) {
      schedule(when, what::tick, at);
    }
  }
}

void swarm::handle(const event& next) {
  member& one = members_[next.member];
  const bool waits = one.runs && one.paused_until > now_;
  switch (next.is) {
    case what::tick:
      if (one.ticks_at != next.at) {
        return;  // moved since, or the process is gone
      }
      ++events_;
      if (waits && !one.process->has_other_threads()) {
        one.ticks_at = one.paused_until;
        schedule(one.paused_until, what::tick, next.member);
        break;
      }
      one.ticks_at = core::never;
      act(next.member, [&](sim::process& process, instant now) { process.tick(now, out_); });
      break;
    case what::arrival:
      ++events_;
      if (one.runs) {
        one.inbox.push_back(next.datagram);
        set_serve(next.member);
      } else {
        free_datagrams_.push_back(next.datagram);
      }
      break;
    case what::serve:
      if (one.serves_at != next.at) {
        return;
      }
      one.serves_at = core::never;
      if (waits) {
        set_serve(next.member);
      } else {
        serve(next.member);
      }
      break;
  }
}

void swarm::set_serve(member_index at) {
  member& one = members_[at];
  if (!one.inbox.empty() && one.serves_at == core::never) {
    one.serves_at = std::max({now_, one.busy_until, one.paused_until});
    schedule(one.serves_at, what::serve, at);
  }
}

void swarm::serve(member_index at) {
  member& one = members_[at];
  const std::uint32_t place = one.inbox.front();
  one.inbox.pop_front();
  const datagram came = std::move(datagrams_[place]);
  free_datagrams_.push_back(place);
  one.busy_until = now_ + settings_.cost;
  act(at, [&](sim::process& process, instant now) {
    process.arrive(came.from, came.content, now, out_);
  });
  set_serve(at);
}

void swarm::run_for(duration length) {
  const instant end = now_ + length;
  while (!events_due_.empty() && events_due_.top().at <= end) {
    const event next = events_due_.top();
    events_due_.pop();
    now_ = std::max(now_, next.at);
    handle(next);
  }
  now_ = end;
}

bool swarm::run_until(const std::function<bool()>& reached, duration step, duration limit) {
  const instant end = now_ + limit;
  while (!reached()) {
    if (now_ >= end) {
      return false;
    }
    run_for(step);
  }
  return true;
}

std::size_t swarm::live_at(member_index at) const {
  return members_[at].runs ? members_[at].process->live() : 0;
}

bool swarm::all_agree() const {
  std::uint64_t digest = 0;
  std::size_t running = 0;
  for (const member& one : members_) {
    running += one.runs ? 1 : 0;
  }
  bool first = true;
  for (const member& one : members_) {
    if (!one.runs) {
      continue;
    }
    const std::uint64_t its = one.process->live_digest();
    digest = first ? its : digest;
    first = false;
    if (one.process->live() != running || its != digest) {
      return false;
    }
  }
  return true;
}

traffic swarm::sent_by_all() const {
  traffic all;
  for (const member& one : members_) {
    all.datagrams += one.sent.datagrams;
    all.bytes += one.sent.bytes;
    all.news += one.sent.news;
  }
  return all;
}

}  // namespace conclave::sim
