// Finding holds by token, by slot and by rank.
#include "sim/history/draft_holds.hpp"

#include <algorithm>

namespace conclave::histories {

namespace {

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

}  // namespace

draft& draft_holds::add(const operation& acquired) {
  const index at = all_.size();
  all_.push_back({.what = hold_of(acquired), .lease = acquired.valid_until});
  since_crash_.push_back(at);
  if (acquired.token) {
    by_token_[acquired.token.value()] = at;
  }
  arriving_.emplace(acquired.returned, at);
  return all_.back();
}

void draft_holds::crash() {
  for (const index at : std::exchange(since_crash_, {})) {
    if (!all_[at].released) {
      change(all_[at], standing::told_lost, all_[at].lease);
    }
  }
}

void draft_holds::arrive_before(moment when) {
  for (; !arriving_.empty() && arriving_.begin()->first < when;
       arriving_.erase(arriving_.begin())) {
    if (!all_[arriving_.begin()->second].released) {
      open(arriving_.begin()->second);
    }
  }
}

draft_holds::rank draft_holds::rank_of(index at) const {
  const draft& one = all_[at];
  return {.unnamed = !is_named_by_a_release(one), .now = one.now, .lease = one.lease, .which = at};
}

void draft_holds::open(index at) {
  const draft& one = all_[at];
  const rank place = rank_of(at);
  open_.insert(place);
  if (one.what.slot != no_slot) {
    open_by_slot_[one.what.slot].insert(place);
  }
  if (!one.what.token) {
    open_without_token_.insert(place);
  }
}

// False when it was not open: it is over, or still to arrive.
bool draft_holds::close(index at) {
  const draft& one = all_[at];
  const rank place = rank_of(at);
  const bool was_open = open_.erase(place) > 0;
  open_without_token_.erase(place);
  if (one.what.slot != no_slot) {
    open_by_slot_[one.what.slot].erase(place);
  }
  return was_open;
}

void draft_holds::change(draft& one, standing now, moment lease) {
  const index at = index_of(one);
  const bool was_open = close(at);
  one.now = now;
  one.lease = lease;
  if (was_open) {
    open(at);
  }
}

void draft_holds::release(draft& one) {
  close(index_of(one));
  one.released = true;
}

void draft_holds::name(draft& one, fencing_token token) {
  const index at = index_of(one);
  by_token_[token.value()] = at;
  if (one.what.token) {
    return;
  }
  const bool was_open = close(at);
  one.what.token = token;
  if (was_open) {
    open(at);
  }
}

// What has returned before comes first, then what returned at that very moment.
draft* draft_holds::find(const operation& one, bool may_be_other_token) {
  draft* found = find_open(one, may_be_other_token);
  if (found == nullptr) {
    arrive_before(shifted(one.called, duration(1)));
    found = find_open(one, may_be_other_token);
  }
  return found;
}

// Holds that are shared may have one token together.
draft_holds::index draft_holds::open_with_token_of(index at) const {
  if (!all_[at].released || all_[at].what.mode != lock_mode::shared) {
    return at;
  }
  const auto other = std::ranges::find_if(
      open_, [&](const rank& one) { return all_[one.which].what.token == all_[at].what.token; });
  return other == open_.end() ? at : other->which;
}

draft* draft_holds::find_open(const operation& one, bool may_be_other_token) {
  const auto last_of = [&](const std::set<rank>& among) {
    return among.empty() ? nullptr : &all_[among.rbegin()->which];
  };
  if (one.token) {
    const auto named = by_token_.find(one.token.value());
    if (named != by_token_.end()) {
      return &all_[open_with_token_of(named->second)];
    }
  }
  if (one.slot != no_slot) {
    const auto named = open_by_slot_.find(one.slot);
    draft* found = named == open_by_slot_.end() ? nullptr : last_of(named->second);
    const bool is_other = found != nullptr && one.token && found->what.token && !may_be_other_token;
    return is_other ? nullptr : found;
  }
  return last_of(one.token && !may_be_other_token ? open_without_token_ : open_);
}

}  // namespace conclave::histories
