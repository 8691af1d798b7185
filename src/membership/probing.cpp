// Who answers: probes, and probes on behalf of others.
#include "membership/membership.hpp"

#include <algorithm>

namespace conclave::core {

namespace {

constexpr unsigned times_asked = 3;
constexpr std::size_t confirmers = 6;  // on average; two more than the accuser are needed

}  // namespace

void membership::probe(instant at, membership_output& out) {
  for (std::size_t i = 0; i < rounds_.size();) {
    probe_round& round = rounds_[i];
    if (round.next_at > at) {
      ++i;
    } else if (round.asked < times_asked) {
      ask_again(round, at, out);
    } else {
      const probe_round over = std::move(round);
      rounds_.erase(rounds_.begin() + static_cast<std::ptrdiff_t>(i));
      end_round(over, at, out);
    }
  }
  if (period_ends_at_ <= at) {
    start_period(at, out);
  }
}

instant membership::next_probe() const {
  instant next = period_ends_at_;
  for (const probe_round& each : rounds_) {
    next = std::min(next, each.next_at);
  }
  return next;
}

void membership::start_period(instant at, membership_output& out) {
  period_ends_at_ = at + settings_.config.probe_interval;
  if (table_.live() < 2) {
    return;
  }
  probe_again(at, out);
  start_round(table_.at(order_.next(table_.live(), random_)), at, out);
}

// Not when it is being probed, or when there are too many.
void membership::start_round(const belief& target, instant at, membership_output& out) {
  const bool is_probed = std::ranges::any_of(
      rounds_, [&](const probe_round& one) { return one.target.node == target.id(); });
  if (is_probed || rounds_.size() == probe_rounds_max) {
    return;
  }
  last_probe_ = last_probe_.next();
  probe_round round{.probe = last_probe_,
                    .target = {.node = target.id(), .boot = target.record->boot},
                    .incarnation = target.incarnation,
                    .helpers = {},
                    .began_at = at};
  const speaker to = speaker_of(target);
  if (target.status == member_status::suspect) {
    // It has to hear of it to refute (and rumours may avoid it).
    push_belief(to, target, out);
  }
  piggyback(to, at, out);
  ask_again(round, at, out);
  if (is_found_out(target)) {
    round.asked = times_asked;
  }
  rounds_.push_back(std::move(round));
}

// Its answer may have been lost. SWIM, section 3.1: others may reach it where we can't.
void membership::ask_again(probe_round& round, instant at, membership_output& out) {
  round.next_at = at + patience_with(round.target.node);
  const belief* target = table_.find(round.target.node);
  if (target == nullptr) {
    round.asked = times_asked;  // forgotten; there is nobody to accuse
    return;
  }
  const address where = target->record->where;
  out.sends.push_back({.to = target->id(),
                       .where = where,
                       .content = ping{.probe = round.probe, .target = target->id()}});
  if (round.asked++ == 0) {
    return;
  }
  const ping_request favour{.probe = round.probe, .target = target->id(), .where = where};
  const std::vector<node_id> picked =
      pick_live(settings_.config.indirect_probes, round.target.node);
  for (const node_id id : picked) {
    if (std::ranges::find(round.helpers, id) == round.helpers.end()) {
      round.helpers.push_back(id);
    }
    const speaker helper = speaker_of(id);
    if (target->status == member_status::suspect && !target->doubted) {
      // It can't refute what does not reach it from here, and its answer alone ends nothing.
      push_belief(helper, *target, out);
    }
    out.sends.push_back({.to = helper.id, .where = helper.where, .content = favour});
  }
  // In a quiet cluster most probes end before anybody else has spoken. So one of them is asked to:
  // who is answered by nobody is deaf, and accuses nobody.
  if (!picked.empty()) {
    const speaker one = speaker_of(picked.front());
    last_probe_ = last_probe_.next();  // nobody waits for this answer
    out.sends.push_back({.to = one.id,
                         .where = one.where,
                         .content = ping{.probe = last_probe_, .target = one.id}});
  }
}

// Twice the round trip that the map says, where that is more than the setting: who is far away is
// no worse than others. Never less than the setting: that who is near answers late says less of its
// health than of its load.
duration membership::patience_with(node_id target) const {
  const duration interval = settings_.config.probe_interval;
  const duration usual = std::min(settings_.config.probe_timeout, interval / times_asked);
  const std::optional<duration> round_trip = round_trip_to(target);
  return round_trip ? std::clamp(2 * *round_trip, usual, interval) : usual;
}

void membership::end_round(const probe_round& round, instant at, membership_output& out) {
  const belief* target = table_.find(round.target.node);
  ++counters_.probes_failed;
  if (target == nullptr || target->record->boot != round.target.boot ||
      target->incarnation != round.incarnation || !is_live(target->status) ||
      is_found_out(*target)) {
    return;
  }
  if (hears_nobody(round, at)) {
    return;
  }
  const node_id id = round.target.node;
  if (target->status == member_status::alive) {
    conclude(id, member_status::suspect, at, out);
  }
  note_accuser(id, self_, at);
  if (std::ranges::find(accused_by_us_, id) == accused_by_us_.end()) {
    accused_by_us_.push_back(id);
  }
  // The suspect first.
  push_belief(speaker_of(id), *table_.find(id), out);
}

// Three accuse it. It is asked once, to tell it so, and nobody is asked for help: there is nothing
// more to find out.
bool membership::is_found_out(const belief& target) const {
  return target.status == member_status::suspect &&
         accused_.at(target.id()).accusers.size() == accusers_max;
}

// Those whom too few others accuse: it may be this node that is sick. So the suspect, which hears
// of it with each probe, has more than one chance to answer.
void membership::probe_again(instant at, membership_output& out) {
  std::erase_if(accused_by_us_, [&](node_id id) {
    const auto suspected = accused_.find(id);
    return suspected == accused_.end() || !suspected->second.has(self_);
  });
  for (const node_id id : accused_by_us_) {
    if (!is_found_out(*table_.find(id)) && rounds_.size() < probe_rounds_max / 2) {
      start_round(*table_.find(id), at, out);
    }
  }
}

// Whom this node accuses lives, though it may not have heard yet what is said of it.
void membership::note_answer(const probe_round& round, instant at) {
  const auto suspected = accused_.find(round.target.node);
  if (suspected != accused_.end() && suspected->second.has(self_)) {
    suspected->second.since = at;
    set_last_word(round.target.node, at);
    set_suspicion_deadline(round.target.node, at);
  }
}

// Only what went there and back once: of two pings it is not known which was answered.
void membership::measure(const probe_round& round, const ping_answer& answer, instant at) {
  const node_id from = round.target.node;
  if (table_.find(from) == nullptr) {
    return;
  }
  coordinates_[from] = answer.at;
  if (round.asked == 1) {
    position_.sample(answer.at, at - round.began_at);
  }
}

// All that others say of us would be said of them: it is this node that is deaf. When it stays so
// for as long as a suspicion lasts, the others are gone, for all that it can know.
bool membership::hears_nobody(const probe_round& round, instant at) const {
  return table_.live() > 2 && heard_at_ < round.began_at && at - heard_at_ < suspicion_time();
}

// Somebody is suspected. A few, chosen by hash, probe it at once, so that what is true is confirmed
// soon; nobody accuses it by hearsay. Of who flaps the suspicion is long, and it need not be soon.
void membership::confirm(node_id id, instant at, membership_output& out) {
  if (is_flapping(id)) {
    return;
  }
  const belief& suspect = *table_.find(id);
  const std::size_t others = table_.live() - 1;
  const std::uint64_t hash = mix(self_.value ^ mix(id.value + suspect.incarnation));
  if (hash % others < confirmers) {
    start_round(suspect, at, out);
  }
}

void membership::receive(const ping& asked, const speaker& from, instant at,
                         membership_output& out) {
  if (asked.target && asked.target != self_) {
    return;  // meant for who had this address before
  }
  piggyback(from, at, out);
  out.sends.push_back({.to = from.id,
                       .where = from.where,
                       .content = ping_answer{.probe = asked.probe, .at = position_.told()}});
}

void membership::receive(const ping_answer& answer, const speaker& from, instant at,
                         membership_output& out) {
  const auto answered = std::ranges::find(rounds_, answer.probe, &probe_round::probe);
  if (answered != rounds_.end() && answered->may_answer(from.id)) {
    const probe_round over = std::move(*answered);
    rounds_.erase(answered);
    if (from.id == over.target.node) {
      measure(over, answer, at);
    }
    note_answer(over, at);
    return;
  }
  const auto found = std::ranges::find(relays_, answer.probe, &relay::probe);
  if (found == relays_.end() || found->target != from.id) {
    return;
  }
  out.sends.push_back({.to = found->asker,
                       .where = found->asker_where,
                       .content = ping_answer{.probe = found->wanted, .at = {}}});
  relays_.erase(found);
}

void membership::receive(const ping_request& asked, const speaker& from, instant at,
                         membership_output& out) {
  std::erase_if(relays_, [&](const relay& one) { return one.expires_at <= at; });
  if (relays_.size() >= relays_max) {
    ++counters_.relays_refused;
    return;
  }
  const belief* target = table_.find(asked.target);
  const address where = target == nullptr ? asked.where : target->record->where;
  last_probe_ = last_probe_.next();
  relays_.push_back({.probe = last_probe_,
                     .target = asked.target,
                     .wanted = asked.probe,
                     .asker = from.id,
                     .asker_where = from.where,
                     .expires_at = at + settings_.config.probe_interval});
  if (target != nullptr && target->status == member_status::suspect) {
    push_belief({.id = asked.target, .where = where}, *target, out);
  }
  out.sends.push_back({.to = asked.target,
                       .where = where,
                       .content = ping{.probe = last_probe_, .target = asked.target}});
}

}  // namespace conclave::core
