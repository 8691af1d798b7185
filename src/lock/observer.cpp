// Putting together what voters say.
#include "lock/observer.hpp"

#include "lock/quorum.hpp"

#include <algorithm>
#include <utility>

namespace conclave::core {

namespace {

// The voters forget who watches after three times as long.
constexpr duration ask_every = std::chrono::seconds(3);
constexpr duration counts_for = 2 * ask_every;

}  // namespace

// Past the end when it is none.
std::size_t lock_observer::index_of(node_id voter) const {
  const auto found = std::ranges::find(roster_.voters, voter);
  return static_cast<std::size_t>(found - roster_.voters.begin());
}

void lock_observer::observe(const lock_name& lock, instant now, observer_output& out) {
  const auto [found, is_new] = locks_.try_emplace(lock);
  if (is_new) {
    found->second.by_voter.resize(roster_.voters.size());
    ask(lock, found->second, now, out);
  } else {
    out.events.push_back({.lock = lock, .view = found->second.told});
  }
}

void lock_observer::ask(const lock_name& lock, watched& one, instant now, observer_output& out) {
  one.ask_at = now + ask_every;
  next_ = std::min(next_, one.ask_at);
  for (const node_id voter : roster_.voters) {
    out.sends.push_back({.voter = voter, .content = {.lock = lock}});
  }
}

void lock_observer::found(node_id voter, observer_output& out) const {
  if (index_of(voter) == roster_.voters.size()) {
    return;
  }
  for (const auto& [lock, one] : locks_) {
    out.sends.push_back({.voter = voter, .content = {.lock = lock}});
  }
}

void lock_observer::handle(const node_boot& from, const sighting& seen, instant now,
                           observer_output& out) {
  const auto found = locks_.find(seen.lock);
  const std::size_t voter = index_of(from.node);
  if (found == locks_.end() || voter >= roster_.voters.size()) {
    return;
  }
  said& last = found->second.by_voter[voter];
  if (from.boot < last.by || (from.boot == last.by && seen.version <= last.version)) {
    return;  // an older word that comes late
  }
  last = {.by = from.boot,
          .version = seen.version,
          .heard = now,
          .holder = {.node = seen.node, .boot = seen.boot},
          .request = seen.request,
          .ballot = seen.ballot};
  tell(seen.lock, found->second, now, out);
}

// What a quorum says alike. While they do not, it is as it was: they hear of a change one by one.
holder_view lock_observer::look(const watched& one, instant now) const {
  const auto quorum_of = [&](auto counts) {
    return quorum_value(roster_, [&](node_id voter) {
      const said& last = one.by_voter[index_of(voter)];
      return last.by && now - last.heard < counts_for && counts(last);
    });
  };
  if (!quorum_of([](const said&) { return true; })) {
    return {.known = false, .holder = one.told.holder, .ballot = one.told.ballot};
  }
  for (const said& tried : one.by_voter) {
    const bool agreed = quorum_of([&](const said& other) {
      return other.holder == tried.holder && other.request == tried.request &&
             other.ballot == tried.ballot;
    });
    if (agreed && (!tried.holder.node || tried.ballot >= one.told.ballot)) {
      return {
          .known = true, .holder = tried.holder, .ballot = std::max(tried.ballot, one.told.ballot)};
    }
  }
  return {.known = true, .holder = one.told.holder, .ballot = one.told.ballot};
}

void lock_observer::tell(const lock_name& lock, watched& one, instant now, observer_output& out) {
  const holder_view view = look(one, now);
  if (std::exchange(one.told, view) != view) {
    out.events.push_back({.lock = lock, .view = view});
  }
}

void lock_observer::tick(instant now, observer_output& out) {
  if (now < next_) {
    return;
  }
  next_ = never;
  for (auto& [lock, one] : locks_) {
    if (one.ask_at <= now) {
      tell(lock, one, now, out);
      ask(lock, one, now, out);
    }
    next_ = std::min(next_, one.ask_at);
  }
}

void lock_observer::add_to(digest& sum) const {
  sum.add_all(next_, locks_.size(), roster_.fingerprint());
  for (const auto& [lock, one] : locks_) {
    sum.add(lock);
    for (const auto& [by, version, heard, holder, request, its_ballot] : one.by_voter) {
      sum.add_all(by, version, heard, holder.node, holder.boot, request, its_ballot);
    }
    sum.add_all(std::uint64_t{one.told.known}, one.told.holder.node, one.told.holder.boot,
                one.told.ballot, one.ask_at);
  }
}

}  // namespace conclave::core
