// Reading other members' tables: when joining, to make sure, and after a partition.
#include "membership/membership.hpp"

#include <algorithm>

namespace conclave::core {

// One page: updates until they fill the budget, and where the next page begins. The dead are left
// out: they would be accusations at second hand, and whoever believes one alive finds out by
// itself.
void membership::receive(const sync_request& asked, const speaker& from, membership_output& out) {
  const auto send = [&](message content) {
    out.sends.push_back({.to = from.id, .where = from.where, .content = std::move(content)});
  };
  if (asked.only_you) {
    send(update_of(table_.self()));
    return;
  }
  if (asked.position == 0 && asked.digest == table_.live_digest()) {
    send(sync_page_end{});
    return;
  }
  std::size_t budget = gossip_budget;
  std::size_t place = asked.position;
  const std::size_t end = std::min(table_.size(), place + sync_page_places_max);
  for (; place < end; ++place) {
    const belief& known = table_.at(place);
    if (known.status == member_status::dead) {
      continue;
    }
    const std::size_t size = update_size_max(known);
    if (size > budget) {
      break;
    }
    budget -= size;
    send(update_of(known));
  }
  const bool more = place < table_.size();
  send(sync_page_end{.next = more ? static_cast<std::uint32_t>(place) : 0});
}

void membership::receive(const sync_page_end& page, const speaker& from, instant at,
                         membership_output& out) {
  const bool joins = phase_ == phase::joining;
  if (joins) {
    phase_ = phase::joined;
    out.join_answered = true;
    rejoin_at_ = at + settings_.config.rejoin_interval;
  }
  if (!sync_.runs()) {
    if (page.next > 0) {
      start_sync(from, page.next, !joins, at, out);
    }
    return;
  }
  if (from.id != sync_.peer) {
    return;
  }
  if (page.next == 0) {
    sync_ = {};
  } else if (page.next > sync_.position) {
    sync_.position = page.next;
    sync_.attempts = 0;
    if (sync_.paced) {
      sync_.due = at + settings_.config.gossip_interval;
    } else {
      ask_page(at, out);
    }
  }
}

void membership::start_sync(const speaker& with, std::uint32_t position, bool paced, instant at,
                            membership_output& out) {
  if (!sync_.runs()) {
    sync_ = {.peer = with.id, .where = with.where, .position = position, .paced = paced};
    ask_page(at, out);
  }
}

void membership::ask_page(instant at, membership_output& out) {
  ++sync_.attempts;
  sync_.due = at + settings_.config.probe_interval;
  out.sends.push_back(
      {.to = sync_.peer,
       .where = sync_.where,
       .content = sync_request{.position = sync_.position, .digest = table_.live_digest()}});
}

void membership::sync(instant at, membership_output& out) {
  if (sync_.due > at) {
    return;
  }
  if (sync_.attempts < sync_attempts_max) {
    ask_page(at, out);
  } else {
    sync_ = {};  // silent: another time, with another
  }
}

void membership::introduce_self(const speaker& to, membership_output& out) {
  out.sends.push_back({.to = to.id, .where = to.where, .content = update_of(table_.self())});
  out.sends.push_back(
      {.to = to.id, .where = to.where, .content = sync_request{.digest = table_.live_digest()}});
}

void membership::ask_seeds(membership_output& out) {
  for (const seed& one : seeds_) {
    introduce_self({.id = {}, .where = one.where}, out);
  }
}

// Once an interval: compare tables with one live member, and try one of the dead and one seed that
// is not among the living. So two halves of a healed partition find each other without help, at a
// rate that does not depend on how many are gone.
void membership::rejoin(instant at, membership_output& out) {
  if (rejoin_at_ > at) {
    return;
  }
  if (phase_ == phase::joining) {
    rejoin_at_ = at + settings_.config.probe_interval;
    ask_seeds(out);
    // The addresses of seeds may be those of old; who has found this node by itself is as good.
    for (const node_id id : pick_live(1, {})) {
      introduce_self({.id = id, .where = table_.find(id)->record->where}, out);
    }
    return;
  }
  const duration interval = settings_.config.rejoin_interval;
  rejoin_at_ = at + random_.between(interval * 3 / 4, interval * 5 / 4);
  for (const node_id id : pick_live(1, {})) {
    start_sync({.id = id, .where = table_.find(id)->record->where}, 0, true, at, out);
  }
  const std::size_t gone = table_.size() - table_.live();
  for (int tries = 0; tries < 8 && gone > 0; ++tries) {
    const belief& one = table_.at(table_.live() + random_.below(gone));
    if (one.status == member_status::dead) {
      tell(one, one.record->where, at, out);
      introduce_self({.id = one.id(), .where = one.record->where}, out);
      break;
    }
  }
  std::vector<address> lost;
  for (const seed& one : seeds_) {
    const belief* owner = table_.find(one.owner);
    if (owner == nullptr || !is_live(owner->status)) {
      lost.push_back(one.where);
    }
  }
  if (!lost.empty()) {
    introduce_self({.id = {}, .where = lost[random_.below(lost.size())]}, out);
  }
}

void membership::note_seed(node_id id, const address& where) {
  for (seed& one : seeds_) {
    if (one.where == where) {
      one.owner = id;
    }
  }
}

}  // namespace conclave::core
