// Pairing the operations of each process with its holds.
//
// A process may have many holds of one lock. What ends or renews one names it by its token, else
// by its slot; with neither it is taken to mean the hold that lasts longest, which alarms least.
#include "sim/history/assemble.hpp"

#include <algorithm>
#include <compare>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace conclave::histories {

namespace {

using hold_index = std::size_t;

// How likely it is that a release means this hold.
enum class standing : std::uint8_t { told_lost, maybe_released, held };

struct draft {
  hold what;
  moment lease = never;             // it ends by itself then
  moment lease_maybe = before_all;  // or then, if renewals with unknown outcome took effect
  moment proven = before_all;       // it was still held then
  standing now = standing::held;
  bool released = false;
};

struct rank {
  bool unnamed = true;  // no release names it by its token
  standing now = standing::held;
  moment lease{};
  hold_index index = 0;

  friend auto operator<=>(const rank&, const rank&) = default;
};

// The holds of one process.
class pairing {
 public:
  pairing(assembled& out, findings& found, const assembly_settings& settings, const wording& words,
          std::span<const moment> crashes)
      : out_(&out),
        found_(&found),
        settings_(settings),
        words_(&words),
        crashes_(crashes),
        crashes_left_(crashes) {}

  // What is going to be released by its token is not what a release without one means.
  void will_release(fencing_token token) { released_tokens_.insert(token.value()); }
  void add(const operation& one);
  void finish();

 private:
  void acquire(const operation& one);
  void release(const operation& one);
  void renew(const operation& one);
  void lose(const operation& one);

  void arrive_before(moment when);
  [[nodiscard]] draft* find(const operation& one, bool may_be_other_token);
  [[nodiscard]] draft* find_open(const operation& one, bool may_be_other_token);
  [[nodiscard]] draft* prove(const operation& one);
  draft& add_draft(const operation& acquired);
  void not_held(const operation& one, const std::string& what);
  void add_token(draft& to, const operation& one);
  [[nodiscard]] rank rank_of(hold_index at) const;
  void index(hold_index at);
  bool forget(hold_index at);
  void change(draft& one, standing now, moment lease);
  [[nodiscard]] hold settle(const draft& one) const;

  assembled* out_;
  findings* found_;
  assembly_settings settings_;
  const wording* words_;
  std::span<const moment> crashes_;
  std::span<const moment> crashes_left_;
  std::vector<hold_index> since_crash_;
  std::vector<draft> drafts_;
  std::vector<std::pair<hold_index, further_token>> further_;
  // Acquired, but their return is still to come: what names none of them means none of them.
  std::set<std::pair<moment, hold_index>> arriving_;
  std::set<rank> open_;
  std::map<std::uint32_t, std::set<rank>> open_by_slot_;
  std::set<rank> open_without_token_;
  std::unordered_map<std::uint64_t, hold_index> by_token_;
  std::unordered_set<std::uint64_t> released_tokens_;
  // The first release that can have been of an acquisition of unknown outcome instead.
  moment released_another_ = never;
  // Acquisitions with unknown outcome: those that exclude least first.
  std::map<std::tuple<bool, std::uint32_t, moment, std::uint64_t>, operation> unknown_;
};

void pairing::add(const operation& one) {
  // What a process had before it crashed is not what it means afterwards.
  while (!crashes_left_.empty() && crashes_left_.front() < one.called) {
    crashes_left_ = crashes_left_.subspan(1);
    for (const hold_index at : std::exchange(since_crash_, {})) {
      if (!drafts_[at].released) {
        change(drafts_[at], standing::told_lost, drafts_[at].lease);
      }
    }
  }
  arrive_before(one.called);
  switch (one.kind) {
    case operation_kind::acquire:
      acquire(one);
      break;
    case operation_kind::release:
      release(one);
      break;
    case operation_kind::renew:
      renew(one);
      break;
    case operation_kind::lost:
      lose(one);
      break;
    case operation_kind::crash:
    case operation_kind::write:
      break;  // not about one lock's holds
  }
}

hold hold_of(const operation& one) {
  hold made;
  made.line = one.line;
  made.process = one.process;
  made.mode = one.mode;
  made.permits = one.permits;
  made.count = one.count;
  made.slot = one.slot;
  made.token = one.token;
  made.begins = {.earliest = one.called, .latest = one.returned};
  made.ends = {.earliest = never, .latest = never};
  return made;
}

void pairing::acquire(const operation& one) {
  switch (one.result) {
    case outcome::ok:
      add_draft(one);
      break;
    case outcome::unknown:
      unknown_.emplace(
          std::tuple(one.mode == lock_mode::exclusive, one.count, one.called, one.line), one);
      break;
    case outcome::fail:
      break;
  }
}

void pairing::arrive_before(moment when) {
  for (; !arriving_.empty() && arriving_.begin()->first < when;
       arriving_.erase(arriving_.begin())) {
    if (!drafts_[arriving_.begin()->second].released) {
      index(arriving_.begin()->second);
    }
  }
}

draft& pairing::add_draft(const operation& acquired) {
  const hold_index at = drafts_.size();
  drafts_.push_back({.what = hold_of(acquired), .lease = acquired.valid_until});
  since_crash_.push_back(at);
  if (acquired.token) {
    by_token_[acquired.token.value()] = at;
  }
  arriving_.emplace(acquired.returned, at);
  return drafts_.back();
}

rank pairing::rank_of(hold_index at) const {
  const draft& one = drafts_[at];
  return {.unnamed = !released_tokens_.contains(one.what.token.value()),
          .now = one.now,
          .lease = one.lease,
          .index = at};
}

void pairing::index(hold_index at) {
  const draft& one = drafts_[at];
  const rank place = rank_of(at);
  open_.insert(place);
  if (one.what.slot != no_slot) {
    open_by_slot_[one.what.slot].insert(place);
  }
  if (!one.what.token) {
    open_without_token_.insert(place);
  }
}

// False when it was not there: it is over, or still to arrive.
bool pairing::forget(hold_index at) {
  const draft& one = drafts_[at];
  const rank place = rank_of(at);
  const bool was_open = open_.erase(place) > 0;
  open_without_token_.erase(place);
  if (one.what.slot != no_slot) {
    open_by_slot_[one.what.slot].erase(place);
  }
  return was_open;
}

void pairing::change(draft& one, standing now, moment lease) {
  const auto at = static_cast<hold_index>(&one - drafts_.data());
  const bool was_open = forget(at);
  one.now = now;
  one.lease = lease;
  if (was_open) {
    index(at);
  }
}

// The hold that this is about; null when this process has none. What has returned before comes
// first, then what returned at that very moment.
draft* pairing::find(const operation& one, bool may_be_other_token) {
  draft* found = find_open(one, may_be_other_token);
  if (found == nullptr) {
    arrive_before(shifted(one.called, duration(1)));
    found = find_open(one, may_be_other_token);
  }
  return found;
}

draft* pairing::find_open(const operation& one, bool may_be_other_token) {
  const auto last_of = [&](const std::set<rank>& among) {
    return among.empty() ? nullptr : &drafts_[among.rbegin()->index];
  };
  if (one.token) {
    const auto named = by_token_.find(one.token.value());
    if (named != by_token_.end()) {
      return &drafts_[named->second];
    }
  }
  if (one.slot != no_slot) {
    const auto named = open_by_slot_.find(one.slot);
    draft* found = named == open_by_slot_.end() ? nullptr : last_of(named->second);
    return found != nullptr && one.token && found->what.token && !may_be_other_token ? nullptr
                                                                                     : found;
  }
  return last_of(one.token && !may_be_other_token ? open_without_token_ : open_);
}

// What this process does shows that an acquisition of unknown outcome took effect.
draft* pairing::prove(const operation& one) {
  if (unknown_.empty()) {
    return nullptr;
  }
  const auto chosen = unknown_.begin();
  operation acquired = chosen->second;
  unknown_.erase(chosen);
  acquired.returned = one.returned;
  // It may as well have been over by then, when what was released then is what is released now.
  const bool doubtful = acquired.called <= released_another_;
  acquired.token = one.token ? one.token : acquired.token;
  acquired.slot = one.slot != no_slot ? one.slot : acquired.slot;
  draft& made = add_draft(acquired);
  made.what.ends.earliest = doubtful ? released_another_ : made.what.ends.earliest;
  return &made;
}

void pairing::not_held(const operation& one, const std::string& what) {
  if (settings_.partial) {
    ++out_->from_before;
    return;
  }
  found_->add([&] {
    return violation{.broken = rule::not_held,
                     .lock = one.lock,
                     .lines = {one.line},
                     .text = words_->who(one.process, one.line) + what};
  });
}

void pairing::release(const operation& one) {
  if (one.result == outcome::fail) {
    return;
  }
  draft* found = find(one, false);
  const bool is_another =
      found != nullptr && !one.token && released_tokens_.contains(found->what.token.value());
  if (one.result == outcome::ok && (found == nullptr || (is_another && !unknown_.empty()))) {
    found = prove(one);
  }
  if (!one.token && !unknown_.empty()) {
    released_another_ = std::min(released_another_, one.called);
  }
  if (found == nullptr) {
    if (one.result == outcome::ok) {
      not_held(one, " releases it, but does not hold it");
    }
    return;
  }
  if (found->released && one.result == outcome::ok) {
    not_held(one, " releases again what it has released");
    return;
  }
  hold& what = found->what;
  what.ends.earliest = std::min(what.ends.earliest, one.called);
  if (one.result == outcome::unknown) {
    change(*found, standing::maybe_released, found->lease);
    return;
  }
  what.ends.latest = std::min(what.ends.latest, one.returned);
  found->released = true;
  forget(static_cast<hold_index>(found - drafts_.data()));
}

void pairing::renew(const operation& one) {
  if (one.result == outcome::fail) {
    return;
  }
  draft* found = find(one, true);
  if (found == nullptr && one.result == outcome::ok) {
    found = prove(one);
  }
  // What was released, or told to be lost, is over by the end of that.
  if (found == nullptr || one.called > found->what.ends.latest) {
    if (one.result == outcome::ok) {
      not_held(one, " renews it, but does not hold it");
    }
    return;
  }
  const bool with_lease = one.valid_until != never;
  if (one.result == outcome::unknown) {
    found->lease_maybe = std::max(found->lease_maybe, one.valid_until);
    return;
  }
  found->proven = std::max(found->proven, one.called);
  found->what.begins.latest =
      std::max(found->what.begins.earliest, std::min(found->what.begins.latest, one.returned));
  if (one.token && !by_token_.contains(one.token.value())) {
    add_token(*found, one);
  }
  if (!with_lease) {
    found->lease_maybe = never;  // longer by nobody knows how much
  }
  if (!found->released) {
    change(*found, found->now, with_lease ? one.valid_until : found->lease);
  }
}

void pairing::add_token(draft& to, const operation& one) {
  const auto at = static_cast<hold_index>(&to - drafts_.data());
  by_token_[one.token.value()] = at;
  if (!to.what.token) {
    const bool was_open = forget(at);
    to.what.token = one.token;
    if (was_open) {
      index(at);
    }
    return;
  }
  further_.emplace_back(at, further_token{.line = one.line,
                                          .process = one.process,
                                          .token = one.token,
                                          .given = {one.called, one.returned}});
}

void pairing::lose(const operation& one) {
  draft* found = find(one, true);
  if (found == nullptr || found->released) {
    return;  // it may tell of an acquisition whose outcome nobody knew
  }
  found->what.ends.earliest = std::min(found->what.ends.earliest, one.called);
  found->what.ends.latest = std::min(found->what.ends.latest, one.returned);
  change(*found, standing::told_lost, found->lease);
}

// From the drafts to what is certain.
hold pairing::settle(const draft& one) const {
  hold made = one.what;
  const auto crash = std::ranges::lower_bound(crashes_, made.begins.earliest);
  const moment crashed = crash == crashes_.end() ? never : *crash;
  made.ends.earliest = std::min({made.ends.earliest, one.lease, crashed});
  made.ends.earliest = std::max(made.ends.earliest, one.proven);
  made.ends.latest = std::min(made.ends.latest, std::max(one.lease, one.lease_maybe));
  made.ends.latest = std::max({made.ends.latest, made.ends.earliest, made.begins.earliest});
  made.begins.latest =
      std::max(made.begins.earliest, std::min(made.begins.latest, made.ends.latest));
  const duration error = settings_.clock_error;
  made.begins = {shifted(made.begins.earliest, -error), shifted(made.begins.latest, error)};
  made.ends = {shifted(made.ends.earliest, -error), shifted(made.ends.latest, error)};
  return made;
}

void pairing::finish() {
  const std::size_t first = out_->record.holds.size();
  for (const draft& one : drafts_) {
    out_->record.holds.push_back(settle(one));
  }
  const duration error = settings_.clock_error;
  for (const auto& [of, token] : further_) {
    further_token given = token;
    given.within = first + of;
    given.given.earliest = shifted(given.given.earliest, -error);
    // Not after the end of its hold.
    given.given.latest = std::max(
        given.given.earliest,
        std::min(shifted(given.given.latest, error), out_->record.holds[first + of].ends.latest));
    out_->record.further_tokens.push_back(given);
  }
  out_->unknown_acquires += unknown_.size();
}

}  // namespace

assembled assemble(std::span<const operation> operations, const crash_times& crashes,
                   const assembly_settings& settings, const wording& words, findings& found) {
  assembled out;
  const auto releases = [](const operation& one) {
    return one.kind == operation_kind::release && one.result == outcome::ok;
  };
  for (std::size_t from = 0; from < operations.size();) {
    const process_id process = operations[from].process;
    out.record.lock = operations[from].lock;
    std::size_t until = from;
    bool some_without_token = false;
    for (; until < operations.size() && operations[until].process == process; ++until) {
      some_without_token |= releases(operations[until]) && !operations[until].token;
    }
    pairing holds(out, found, settings, words, crashes.at(static_cast<std::size_t>(process)));
    const auto of_process = operations.subspan(from, until - from);
    for (const operation& one : of_process) {
      if (some_without_token && one.token && releases(one)) {
        holds.will_release(one.token);
      }
    }
    for (const operation& one : of_process) {
      holds.add(one);
    }
    holds.finish();
    from = until;
  }
  return out;
}

}  // namespace conclave::histories
