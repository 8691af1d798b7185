// What a voter says of its locks to whoever asks. It changes nothing.
#include "lock/voter.hpp"

#include <algorithm>

namespace conclave::core {

namespace {

// So many of those that have it, and of those that wait, are named; the rest is counted.
constexpr std::size_t named_max = 16;
constexpr std::size_t locks_a_page = 32;
constexpr std::uint32_t slots_a_page = 4'096;  // looked at, with those that nobody uses

lock_use use_of(std::uint64_t number, use_kind kind, const wanted& one) {
  return {.number = number,
          .kind = kind,
          .node = one.who.node,
          .boot = one.who.boot,
          .ticket = one.ticket,
          .ballot = {},
          .mode = one.mode,
          .slot = one.slot,
          .session_left = {}};
}

}  // namespace

duration voter::session_left(const node_boot& who, instant now) const {
  const session* one = find_session(who);
  return one == nullptr ? duration(0) : std::max(duration(0), one->until - now);
}

// Of what it waits for or has.
duration voter::left_of(const wanted& one, lock_slot slot, instant now) const {
  const session* known = find_session(one.who);
  return known == nullptr ? duration(0)
                          : std::max(duration(0), known->ends_for(slot, one.ticket.request) - now);
}

void voter::handle(const node_boot& from, const inquiry& asked, lock_step& step) const {
  if (stopped_) {
    return;
  }
  if (asked.lock.empty()) {
    list_locks(from, asked, step);
    return;
  }
  inquiry_end end{
      .number = asked.number, .abstains = abstains_, .session_left = session_left(from, step.now)};
  if (const std::optional<lock_slot> slot = locks_.find(asked.lock); slot) {
    const lock_state& lock = locks_.at(*slot);
    for (std::size_t i = 0; i < std::min(lock.lent.size(), named_max); ++i) {
      lock_use use = use_of(asked.number, use_kind::lent, lock.lent[i].to);
      use.ballot = lock.lent[i].ballot;
      use.session_left = left_of(lock.lent[i].to, *slot, step.now);
      step.sends.push_back({from, use});
    }
    for (std::size_t i = 0; i < std::min(lock.queue.size(), named_max); ++i) {
      lock_use use = use_of(asked.number, use_kind::waiting, lock.queue[i]);
      use.session_left = left_of(lock.queue[i], *slot, step.now);
      step.sends.push_back({from, use});
    }
    end.lent = static_cast<std::uint32_t>(lock.lent.size());
    end.waiting = static_cast<std::uint32_t>(lock.queue.size());
    end.permits = lock.permits();
    end.floor = lock.floor;
  }
  step.sends.push_back({from, end});
}

void voter::list_locks(const node_boot& to, const inquiry& asked, lock_step& step) const {
  std::size_t named = 0;
  lock_slot slot = asked.position;
  const lock_slot end = locks_.slots_end() - std::min(slot, locks_.slots_end()) > slots_a_page
                            ? slot + slots_a_page
                            : locks_.slots_end();
  for (; slot < end && named < locks_a_page; ++slot) {
    const lock_state& lock = locks_.at(slot);
    if (lock.idle()) {
      continue;
    }
    ++named;
    lock_summary one{.number = asked.number,
                     .lock = lock_name(lock.name_view()),
                     .lent = static_cast<std::uint32_t>(lock.lent.size()),
                     .waiting = static_cast<std::uint32_t>(lock.queue.size())};
    if (!lock.lent.empty()) {
      one.holder = lock.lent.front().to.who.node;
      one.ballot = lock.lent.front().ballot;
    }
    step.sends.push_back({to, one});
  }
  step.sends.push_back({to, inquiry_end{.number = asked.number,
                                        .abstains = abstains_,
                                        .session_left = session_left(to, step.now),
                                        .next = slot < locks_.slots_end() ? slot : 0}});
}

void voter::handle(const node_boot& from, const watch& asked, lock_step& step) {
  if (!stopped_ && !asked.lock.empty() && watchers_.add(asked.lock, from, step.now)) {
    tell(asked.lock, from, step);
  }
}

void voter::tell_watchers(lock_step& step) {
  watchers_.tell_changes(
      step.now, [&](const lock_name& lock, const node_boot& who) { tell(lock, who, step); });
}

void voter::tell(const lock_name& name, const node_boot& who, lock_step& step) {
  sighting seen{.lock = name, .version = ++last_sighting_};
  const std::optional<lock_slot> slot = locks_.find(name);
  if (slot && !locks_.at(*slot).lent.empty()) {
    const lent_vote& lent = locks_.at(*slot).lent.front();
    seen.node = lent.to.who.node;
    seen.boot = lent.to.who.boot;
    seen.request = lent.to.ticket.request;
    seen.ballot = lent.ballot;
  }
  step.sends.push_back({who, seen});
}

}  // namespace conclave::core
