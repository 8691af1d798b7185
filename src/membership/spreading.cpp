// How news leaves this node: in rounds of rumours, with probes, and to those it concerns.
#include "membership/membership.hpp"

#include <algorithm>

namespace conclave::core {

namespace {

// Members told about themselves in one gossip interval; more wait for the next occasion.
constexpr std::size_t told_max = 1'024;

// All that came lately share so many tellings of those who were there before, and are told once at
// least. What comparing tables brings costs less where there are many.
constexpr std::size_t tellings_of_arrivals = 64;

}  // namespace

void membership::spread(node_id about, rumours::kind which, instant at) {
  if (table_.find(about)->doubted) {
    return;
  }
  if (!rumours_.hurry()) {
    gossip_at_ = std::max(gossip_at_, at);
  }
  rumours_.add(about, which);
  if (which == rumours::kind::arrival) {
    note_arrival(at);
  }
}

// Many have come: a partition has healed, say. Then tables are compared soon, for each arrival is
// told few times only.
void membership::note_arrival(instant at) {
  arrivals_.note(at);
  if (++arrivals_to_compare_ == many_arrivals && phase_ == phase::joined && !is_new()) {
    const duration interval = settings_.config.probe_interval;
    compares_ = false;
    rejoin_at_ = std::min(rejoin_at_, at + random_.between(interval / 2, interval * 3 / 2));
  }
}

void membership::gossip(instant at, membership_output& out) {
  if (!rumours_.hurry() || gossip_at_ > at) {
    return;
  }
  gossip_at_ = at + settings_.config.gossip_interval;
  if (table_.live() < 2) {
    rumours_.clear();  // whoever comes reads the whole table
    return;
  }
  for (const node_id id : pick_live(settings_.config.gossip_fanout, {})) {
    piggyback(speaker_of(id), at, out);
  }
}

// SWIM, section 4.1: rumours ride on what is sent anyway.
void membership::piggyback(const speaker& to, instant at, membership_output& out) {
  for (const node_id about : rumours_.take(table_, gossip_budget, tellings(at))) {
    push_belief(to, *table_.find(about), out);
  }
}

// With who accuses it.
void membership::push_belief(const speaker& to, const belief& known, membership_output& out) const {
  out.sends.push_back({.to = to.id, .where = to.where, .content = update_of(known)});
  if (const auto suspected = accused_.find(known.id()); suspected != accused_.end()) {
    for (const node_id accuser : suspected->second.accusers) {
      out.sends.push_back({.to = to.id,
                           .where = to.where,
                           .content = accusation{.member = known.id(),
                                                 .boot = known.record->boot,
                                                 .incarnation = {known.incarnation},
                                                 .accuser = accuser,
                                                 .flaps = suspected->second.flaps}});
    }
  }
}

// Somebody spoke. If what we know about it is behind or ahead of what its speaking shows, one of us
// has to learn: this is how nodes with stale tables, after a partition or a restart, come together.
void membership::meet(const node_boot& from, const address& where, instant at,
                      membership_output& out) {
  const belief* known = table_.find(from.node);
  if (known == nullptr || known->record->boot < from.boot) {
    if (from.node == self_) {
      superseded(from.boot, where, out);
    } else if (may_tell(from.node, at)) {
      out.sends.push_back(
          {.to = from.node, .where = where, .content = sync_request{.wish = sync_wish::only_you}});
    }
    return;
  }
  if (from.boot < known->record->boot) {
    tell(*known, where, at, out);  // an older process of that name
    return;
  }
  trust(from.node, from.boot, at);
  switch (known->status) {
    case member_status::alive:
    case member_status::left:
      break;
    case member_status::suspect:
      tell(*known, where, at, out);
      break;
    case member_status::dead:
      // Not with each of its frames: what it answers is one more of them.
      if (tell(*known, where, at, out)) {
        start_sync({.id = from.node, .where = where}, false, true, at, out);
      }
      break;
  }
}

// Tells a member what we believe about it, so that it refutes with a greater incarnation.
bool membership::tell(const belief& known, const address& where, instant at,
                      membership_output& out) {
  if (!may_tell(known.id(), at)) {
    return false;
  }
  out.sends.push_back({.to = known.id(), .where = where, .content = update_of(known)});
  return true;
}

bool membership::may_tell(node_id id, instant at) {
  if (at - told_since_ >= settings_.config.gossip_interval) {
    told_.clear();
    told_since_ = at;
  }
  return told_.size() < told_max && told_.insert(id).second;
}

membership::speaker membership::speaker_of(const belief& known) {
  return {.id = known.id(), .where = known.record->where};
}

membership::speaker membership::speaker_of(node_id id) const {
  return speaker_of(*table_.find(id));
}

// Random live members, all different, not this node itself.
std::vector<node_id> membership::pick_live(std::size_t count, node_id except) {
  std::vector<node_id> picked;
  const std::size_t others = table_.live() - 1;
  const auto wanted = [&](node_id id) {
    return id != except && std::ranges::find(picked, id) == picked.end();
  };
  if (others <= 2 * count) {
    // Few: step through all from a random start rather than draw the same again and again.
    const std::size_t start = others == 0 ? 0 : random_.below(others);
    for (std::size_t i = 0; i < others && picked.size() < count; ++i) {
      const node_id id = table_.at(1 + (start + i) % others).id();
      if (wanted(id)) {
        picked.push_back(id);
      }
    }
    return picked;
  }
  // At least half of the draws hit: far more than needed on average, and bounded.
  for (std::size_t tries = 0; tries < 16 * count && picked.size() < count; ++tries) {
    const node_id id = table_.at(1 + random_.below(others)).id();
    if (wanted(id)) {
      picked.push_back(id);
    }
  }
  return picked;
}

// Those who are new themselves tell all that they can: thousands that start together have nobody
// else to hear it from.
rumours::times membership::tellings(instant at) const {
  const std::uint32_t most = transmissions_max();
  if (is_new()) {
    return {.arrivals = most, .words = most};
  }
  const std::size_t share = tellings_of_arrivals / std::max<std::size_t>(arrivals_.count(at), 1);
  return {.arrivals = static_cast<std::uint32_t>(std::clamp<std::size_t>(share, 1, most)),
          .words = most};
}

unsigned membership::transmissions_max() const {
  return settings_.config.retransmits_multiplier * logarithm_of(table_.live());
}

}  // namespace conclave::core
