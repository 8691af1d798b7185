// What a node learns about members, from others and from its own probes.
#include "base/digest.hpp"
#include "membership/membership.hpp"
#include "membership/precedence.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace conclave::core {

namespace {

member_facts facts_of(const member_update& news) {
  return {.name = news.name, .where = news.where, .boot = news.boot, .metadata = news.metadata};
}

}  // namespace

void membership::learn(const member_update& news, const speaker& from, instant at,
                       membership_output& out) {
  const node_id id = node_id_of(news.name);
  const belief* known = table_.find(id);
  if (!is_sound(news) || (known != nullptr && known->record->name != news.name)) {
    ++counters_.updates_refused;
    return;
  }
  if (id == self_) {
    learn_about_self(news, from, at, out);
    return;
  }
  if (at < news_count_from_) {
    return;
  }
  if (is_live(news.status)) {
    trust(id, news.boot, at);
  }
  if (known == nullptr) {
    // A death of somebody unknown is no news; kept, it would be passed to and fro for ever among
    // nodes that forget at different times.
    if (!is_live(news.status)) {
      return;
    }
    if (table_.size() > settings_.config.members_max) {
      ++counters_.members_refused;
      return;
    }
  } else if (!supersedes(news, *known)) {
    // Somebody believes alive whom we believe dead. Nobody but that member can end the dispute.
    if (known->status == member_status::dead && news.status == member_status::alive &&
        known->record->boot == news.boot) {
      tell(*known, known->record->where, at, out);
      // It may be out of our reach, but within that of who spoke. To them no more than a suspicion:
      // a death at second hand would be believed by all who are right about it.
      if (may_tell(from.id, at)) {
        member_update doubt = update_of(*known);
        doubt.status = member_status::suspect;
        out.sends.push_back({.to = from.id, .where = from.where, .content = std::move(doubt)});
      }
    }
    return;
  }
  previous_belief before;
  if (known != nullptr) {
    before = {.known = true, .status = known->status, .record = known->record};
  }
  // One incarnation is one word of the member itself: who accuses it can't change what it said.
  const bool same_word = known != nullptr && known->record->boot == news.boot &&
                         known->incarnation == news.incarnation.value;
  table_.put(same_word ? *known->record : facts_of(news),
             static_cast<std::uint32_t>(news.incarnation.value), news.status);
  record_change(id, before, at, out);
  if (news.status == member_status::suspect) {
    confirm(id, at, out);
  }
}

void membership::learn_about_self(const member_update& news, const speaker& from, instant at,
                                  membership_output& out) {
  const belief& self = table_.self();
  const boot_id own_boot = self.record->boot;
  if (news.boot > own_boot) {
    superseded(news.boot, news.where, out);
    return;
  }
  if (news.boot == own_boot && news.status == member_status::left) {
    ++counters_.farewells_refused;
    return;
  }
  const std::uint64_t heard = news.incarnation.value;
  if (news.boot < own_boot) {
    if (!is_live(news.status)) {
      return;  // true, and every node that knows us by now knows better
    }
  } else if (news.status == member_status::alive && heard <= self.incarnation &&
             (heard < self.incarnation || facts_of(news) == *self.record)) {
    return;  // our own word, or an older one
  }
  if (news.boot == own_boot && heard >= self.incarnation) {
    constexpr std::uint64_t greatest = std::numeric_limits<std::uint32_t>::max();
    ++counters_.refutations;
    table_.put(*self.record, static_cast<std::uint32_t>(std::min(heard + 1, greatest)),
               member_status::alive);
    spread(self_, rumours::kind::word, at);
  } else if (!rumours_.has(self_)) {
    spread(self_, rumours::kind::word, at);
  }
  out.sends.push_back({.to = from.id, .where = from.where, .content = update_of(table_.self())});
}

// Somebody knows of it: it is not forgotten.
void membership::trust(node_id id, boot_id boot, instant at) {
  const belief* known = table_.find(id);
  if (known == nullptr || !known->doubted || known->record->boot != boot ||
      !is_live(known->status) || at < news_count_from_) {
    return;
  }
  table_.trust(id);
  if (known->status == member_status::suspect) {
    spread(id, rumours::kind::word, at);
  }
}

// The name belongs to the newer process. This one says no more, but for a word to that one, which
// else would never hear that there are two.
void membership::superseded(boot_id by, const address& where, membership_output& out) {
  out.superseded_by = std::max(out.superseded_by, by);
  out.sends.push_back({.to = {}, .where = where, .content = update_of(table_.self())});
  phase_ = phase::over;
}

// Its refutation may not have come here: rumours reach nearly all. Of a true suspicion others have
// mostly made a death by then, so few ask who is gone.
void membership::ask_suspects(instant at, membership_output& out) {
  node_id id;
  while (last_words_.pop_due(at, id)) {
    const belief& suspect = *table_.find(id);
    push_belief(speaker_of(suspect), suspect, out);
  }
}

// This node found out by itself.
void membership::conclude(node_id id, member_status status, instant at, membership_output& out) {
  const belief& known = *table_.find(id);
  const previous_belief before{.known = true, .status = known.status, .record = known.record};
  table_.set_status(id, status);
  record_change(id, before, at, out);
}

void membership::record_change(node_id id, const previous_belief& before, instant at,
                               membership_output& out) {
  const belief& after = *table_.find(id);
  note_refutation(after, before, at);
  const bool flaps = before.is_of(after.record->boot) && is_flapping(id);
  suspicions_.clear(id);
  last_words_.clear(id);
  accused_.erase(id);
  graves_.clear(id);
  switch (after.status) {
    case member_status::alive:
      break;
    case member_status::suspect:
      accused_[id] = {.since = at, .accusers = {}, .flaps = flaps};
      set_last_word(id, at);
      set_suspicion_deadline(id, at);
      break;
    case member_status::dead:
    case member_status::left:
      graves_.set(id, at + settings_.config.forget_after);
      break;
  }
  emit_change(after, before, out);
  spread(id, kind_of(after, before, flaps), at);
}

// What is said of who flaps goes to and fro without end, and has time: suspicions of it are long.
rumours::kind membership::kind_of(const belief& after, const previous_belief& before, bool flaps) {
  if (!before.is_live_in(after.record->boot)) {
    return after.status == member_status::alive ? rumours::kind::arrival : rumours::kind::word;
  }
  const bool disputed = is_live(after.status) && *before.record == *after.record;
  return disputed && flaps ? rumours::kind::rider : rumours::kind::word;
}

void membership::emit_change(const belief& after, const previous_belief& before,
                             membership_output& out) {
  const auto emit = [&](member_event_kind kind) {
    out.changes.push_back({.kind = kind, .id = after.id()});
  };
  const bool was_here = before.is_live_in(after.record->boot);
  const bool was_suspect = was_here && before.status == member_status::suspect;
  switch (after.status) {
    case member_status::alive:
    case member_status::suspect:
      if (!was_here) {
        emit(member_event_kind::joined);
      } else if (*before.record != *after.record) {
        emit(member_event_kind::updated);
      }
      if (after.status == member_status::suspect && !was_suspect) {
        emit(member_event_kind::suspected);
      } else if (after.status == member_status::alive && was_suspect) {
        emit(member_event_kind::refuted);
      }
      break;
    case member_status::dead:
      if (before.known && is_live(before.status)) {
        emit(member_event_kind::died);
      }
      break;
    case member_status::left:
      if (!before.known || before.status != member_status::left) {
        emit(member_event_kind::left);
      }
      break;
  }
}

// Somebody found that out by itself. Of a member that we believe alive at that incarnation it is
// news; of an earlier incarnation it was refuted.
void membership::receive(const accusation& said, instant at, membership_output& out) {
  if (said.incarnation.value >= std::numeric_limits<std::uint32_t>::max()) {
    ++counters_.updates_refused;  // it could not be refuted
    return;
  }
  const belief* known = table_.find(said.member);
  if (at < news_count_from_ || said.member == self_ || known == nullptr ||
      known->record->boot != said.boot || known->incarnation != said.incarnation.value ||
      !is_live(known->status)) {
    return;  // who speaks tells us of it, or we it, by what we believe
  }
  const bool is_new = known->status == member_status::alive;
  if (is_new) {
    conclude(said.member, member_status::suspect, at, out);
  }
  if (bool& flaps = accused_.at(said.member).flaps; said.flaps && !flaps) {
    flaps = true;
    set_last_word(said.member, at);
    set_suspicion_deadline(said.member, at);
  }
  if (is_new) {
    confirm(said.member, at, out);
  }
  note_accuser(said.member, said.accuser, at);
}

void membership::note_accuser(node_id id, node_id accuser, instant at) {
  const belief* who = table_.find(accuser);
  const auto suspected = accused_.find(id);
  if (suspected == accused_.end() || accuser == id || who == nullptr || !is_live(who->status) ||
      !suspected->second.add(accuser)) {
    return;
  }
  set_suspicion_deadline(id, at);
  spread(id, suspected->second.flaps ? rumours::kind::rider : rumours::kind::word, at);
}

// Who says itself that it is alive, though it was declared dead, may hear nothing for a while, and
// do so again. So may who refutes again and again. What one alone says makes nobody flap: it may be
// that one that is sick. Nor does who was dead for long: it was away.
void membership::note_refutation(const belief& after, const previous_belief& before, instant at) {
  const node_id id = after.id();
  if (!before.is_of(after.record->boot)) {
    flapping_.forget(id);
  } else if (after.status == member_status::dead && before.status == member_status::suspect &&
             accused_.at(id).accusers.size() >= accusers_of_flapping) {
    flapping_.note_death(id, at);
  } else if (is_live(after.status) && !is_live(before.status)) {
    flapping_.note_return(id, at);
  } else if (after.status == member_status::alive && before.status == member_status::suspect &&
             (is_accused_by(accusers_of_flapping, accused_.at(id)) || flapping_.has(id))) {
    flapping_.note_refutation(id, at);
  }
}

// Long where nobody confirms it: it is one node's word, and that node may be the one that is sick.
// Short where as many as there can be found it out, each by itself: as long as it takes to be
// heard. Long for who flaps, so that it is not declared dead at each turn.
void membership::set_suspicion_deadline(node_id id, instant at) {
  const suspicion& suspected = accused_.at(id);
  const bool is_short = is_accused_by(accusers_max, suspected) && !suspected.flaps;
  const duration lasts = is_short ? confirmed_suspicion_time() : longest_suspicion(suspected.flaps);
  suspicions_.set(id, std::max(suspected.since + lasts, at));
}

// Late enough that a refutation may have come, and early enough that one may still come.
void membership::set_last_word(node_id id, instant at) {
  const suspicion& suspected = accused_.at(id);
  const duration after = longest_suspicion(suspected.flaps) - suspicion_time() / 2;
  last_words_.set(id, std::max(suspected.since + after, at));
}

bool membership::is_flapping(node_id id) const {
  const auto suspected = accused_.find(id);
  return flapping_.has(id) || (suspected != accused_.end() && suspected->second.flaps);
}

// By all others where they are fewer.
bool membership::is_accused_by(std::size_t so_many, const suspicion& suspected) const {
  const std::size_t others = table_.live() - 1;  // all but the suspect
  return suspected.accusers.size() >= std::min(so_many, others);
}

// So many rounds of gossip as a refutation needs to come to all, and some more.
duration membership::confirmed_suspicion_time() const {
  unsigned rounds = 0;
  for (std::size_t reached = 1; reached < table_.live();
       reached *= settings_.config.gossip_fanout + 1) {
    ++rounds;
  }
  return settings_.config.gossip_interval * (rounds + 3);
}

duration membership::suspicion_time() const {
  return settings_.config.probe_interval * settings_.config.suspicion_multiplier *
         logarithm_of(table_.live());
}

duration membership::longest_suspicion(bool flaps) const {
  const duration of_who_flaps = settings_.config.probe_interval * flapping_suspicion;
  return flaps ? std::max(suspicion_time(), of_who_flaps) : suspicion_time();
}

}  // namespace conclave::core
