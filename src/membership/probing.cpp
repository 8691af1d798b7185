// Who answers: probes, and probes on behalf of others.
#include "membership/membership.hpp"

#include <algorithm>

namespace conclave::core {

void membership::probe(instant at, membership_output& out) {
  if (round_.is_open() && !round_.asked_others && round_.ask_others_at <= at) {
    ask_others(out);
  }
  if (round_.ends_at > at) {
    return;
  }
  if (round_.is_open()) {
    ++counters_.probes_failed;
    const belief* known = table_.find(round_.target.node);
    if (known != nullptr && known->status == member_status::alive &&
        known->record->boot == round_.target.boot) {
      conclude(round_.target.node, member_status::suspect, at, out);
    }
  }
  start_round(at, out);
}

void membership::start_round(instant at, membership_output& out) {
  round_ = {};
  round_.ends_at = at + settings_.config.probe_interval;
  if (table_.live() < 2) {
    return;
  }
  const belief& target = table_.at(order_.next(table_.live(), random_));
  last_probe_ = last_probe_.next();
  round_.probe = last_probe_;
  round_.target = {.node = target.id(), .boot = target.record->boot};
  round_.ask_others_at = at + settings_.config.probe_timeout;
  const speaker to{.id = target.id(), .where = target.record->where};
  if (target.status == member_status::suspect) {
    // It has to hear of it to refute (and rumours may avoid it).
    out.sends.push_back({.to = to.id, .where = to.where, .content = update_of(target)});
  }
  piggyback(to, out);
  out.sends.push_back(
      {.to = to.id, .where = to.where, .content = ping{.probe = round_.probe, .target = to.id}});
}

// SWIM, section 3.1: others may reach it where we can't.
void membership::ask_others(membership_output& out) {
  round_.asked_others = true;
  const belief* target = table_.find(round_.target.node);
  if (target == nullptr) {
    return;
  }
  const ping_request favour{
      .probe = round_.probe, .target = target->id(), .where = target->record->where};
  round_.helpers = pick_live(settings_.config.indirect_probes, round_.target.node);
  for (const node_id id : round_.helpers) {
    out.sends.push_back({.to = id, .where = table_.find(id)->record->where, .content = favour});
  }
}

void membership::receive(const ping& asked, const speaker& from, membership_output& out) {
  if (asked.target && asked.target != self_) {
    return;  // meant for who had this address before
  }
  piggyback(from, out);
  out.sends.push_back(
      {.to = from.id, .where = from.where, .content = ping_answer{.probe = asked.probe}});
}

void membership::receive(const ping_answer& answer, const speaker& from, membership_output& out) {
  if (answer.probe == round_.probe && round_.may_answer(from.id)) {
    round_.answered = true;
    return;
  }
  const auto found = std::ranges::find(relays_, answer.probe, &relay::probe);
  if (found == relays_.end() || found->target != from.id) {
    return;
  }
  out.sends.push_back({.to = found->asker,
                       .where = found->asker_where,
                       .content = ping_answer{.probe = found->wanted}});
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
  out.sends.push_back({.to = asked.target,
                       .where = where,
                       .content = ping{.probe = last_probe_, .target = asked.target}});
}

}  // namespace conclave::core
