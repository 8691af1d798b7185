// Reading what other members' tables have: when joining, to make sure, and after a partition.
#include "membership/membership.hpp"

#include <algorithm>
#include <utility>

namespace conclave::core {

namespace {

constexpr std::uint64_t former_seldom = 6;  // at one turn in so many

// For who has nothing yet: it needs a few to read on at, and a seed may be asked by thousands at
// once.
constexpr std::size_t first_page_places = 5;

}  // namespace

// One page: updates until they fill the budget, and where the next page begins. To one who has
// nothing, a first page that does not hold all is of this node and of others from anywhere: those
// who join read on at one of these, and so not all at the same.
void membership::receive(const sync_request& asked, const speaker& from, membership_output& out) {
  const auto send = [&](message content) {
    out.sends.push_back({.to = from.id, .where = from.where, .content = std::move(content)});
  };
  if (asked.wish == sync_wish::only_you) {
    send(update_of(table_.self()));
    return;
  }
  const bool equal = asked.digest == table_.live_digest();
  if (asked.wish == sync_wish::comparison || (asked.position == 0 && equal)) {
    send(sync_page_end{.number = asked.number, .next = equal ? 0U : 1U, .equal = equal});
    return;
  }
  // A frame has room for a hundred such questions, and its sender's address may be forged.
  const bool has_a_page = std::ranges::any_of(out.sends, [&](const gossip_send& sent) {
    return sent.where == from.where && std::holds_alternative<sync_page_end>(sent.content);
  });
  if (has_a_page) {
    return;
  }
  const std::size_t before = out.sends.size();
  std::size_t next =
      put_page(from, asked.has, asked.position, sync_page_places_max, gossip_budget, out);
  if (asked.has.slices == 0 && asked.position == 0 && next != 0 && table_.live() > 1) {
    out.sends.resize(before);
    send(update_of(table_.self()));
    put_page(from, asked.has, 1 + random_.below(table_.live() - 1), first_page_places,
             gossip_budget - update_size_max(table_.self()), out);
    next = 1;
  }
  send(sync_page_end{
      .number = asked.number, .next = static_cast<std::uint32_t>(next), .equal = equal});
}

// What the other has not, of so many places from this one on, as far as the budget goes. Gives the
// place of the first that is left; 0: none is. The dead are left out: they would be accusations at
// second hand, and whoever believes one alive finds out by itself.
std::size_t membership::put_page(const speaker& to, const member_filter& has, std::size_t place,
                                 std::size_t places, std::size_t budget,
                                 membership_output& out) const {
  const std::size_t end = std::min(table_.size(), place + places);
  for (; place < end; ++place) {
    const belief& known = table_.at(place);
    if (known.status == member_status::dead || known.doubted || seems_to_hold(has, known)) {
      continue;
    }
    const std::size_t size = update_size_max(known);
    if (size > budget) {
      break;
    }
    budget -= size;
    push_belief(to, known, out);
  }
  return place < table_.size() ? place : 0;
}

void membership::receive(const sync_page_end& page, const speaker& from, instant at,
                         membership_output& out) {
  if (phase_ == phase::joining) {
    phase_ = phase::joined;
    out.join_answered = true;
    begin_rejoining(at);
    if (page.next != 0 && !sync_.runs()) {
      // Read that of another whom the page named: a seed could not serve all who join.
      const std::vector<node_id> others = pick_live(1, from.id);
      start_sync(others.empty() ? from : speaker_of(others.front()), false, false, at, out);
    }
  } else if (page.number == 0) {
    if (page.next != 0) {
      start_sync(from, false, !is_new(), at, out);
    }
  } else if (from.id == sync_.peer && page.number == sync_.number) {
    go_on_reading(page, at, out);
  }
}

void membership::go_on_reading(const sync_page_end& page, instant at, membership_output& out) {
  const bool ends_slice = page.next == 0;
  if (page.equal || (ends_slice && sync_.slice + 1 >= sync_.slices)) {
    end_reading(at, out);
    return;
  }
  if (sync_.compares) {
    sync_.compares = false;
  } else if (ends_slice) {
    ++sync_.slice;
    sync_.position = 0;
  } else if (page.next > sync_.position) {
    sync_.position = page.next;
  } else {
    return;  // it leads nowhere
  }
  next_question();
  if (sync_.paced) {
    sync_.due = at + settings_.config.gossip_interval;
  } else {
    ask_page(at, out);
  }
}

// Of thousands that start together each knows some others only. So who is new, and has just read
// of many, goes on with another at once.
void membership::end_reading(instant at, membership_output& out) {
  const node_id peer = std::exchange(sync_, {}).peer;
  if (is_new() && arrivals_to_compare_ >= many_arrivals) {
    arrivals_to_compare_ = 0;
    compare_with_another(peer, false, at, out);
  }
}

// A seed rather not: of the few that each of thousands knows who have just joined it is one.
void membership::compare_with_another(node_id except, bool paced, instant at,
                                      membership_output& out) {
  const std::vector<node_id> others = pick_live(2, except);
  if (!others.empty()) {
    const bool is_seed = std::ranges::count(seeds_, others.front(), &seed::owner) != 0;
    start_sync(speaker_of(is_seed ? others.back() : others.front()), true, paced, at, out);
  }
}

void membership::start_sync(const speaker& with, bool compares, bool paced, instant at,
                            membership_output& out) {
  if (!sync_.runs()) {
    sync_ = {.peer = with.id,
             .where = with.where,
             .compares = compares,
             .slices = slices_of(table_),
             .paced = paced};
    next_question();
    ask_page(at, out);
  }
}

// An answer to another question, which comes late or once more, is not taken for one to this.
void membership::next_question() {
  sync_.number = static_cast<std::uint32_t>(random_.between(1, ~std::uint32_t{0}));
  sync_.attempts = 0;
}

void membership::ask_page(instant at, membership_output& out) {
  ++sync_.attempts;
  sync_.due = at + settings_.config.probe_interval;
  sync_request asked{
      .wish = sync_wish::comparison, .number = sync_.number, .digest = table_.live_digest()};
  if (!sync_.compares) {
    asked.wish = sync_wish::page;
    asked.position = sync_.position;
    asked.has = filter_of(table_, sync_.slices, sync_.slice, sync_.number);
  }
  out.sends.push_back({.to = sync_.peer, .where = sync_.where, .content = std::move(asked)});
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

// Who joins knows nothing yet, and wants to be told at once.
void membership::introduce_self(const speaker& to, membership_output& out) {
  const bool joins = phase_ == phase::joining;
  out.sends.push_back({.to = to.id, .where = to.where, .content = update_of(table_.self())});
  out.sends.push_back(
      {.to = to.id,
       .where = to.where,
       .content = sync_request{.wish = joins ? sync_wish::page : sync_wish::comparison,
                               .digest = table_.live_digest()}});
}

void membership::ask_seeds(membership_output& out) {
  for (const seed& one : seeds_) {
    introduce_self({.id = {}, .where = one.where}, out);
  }
}

// Soon after a node has joined, for then others join too, and rumours are too slow for very many.
void membership::begin_rejoining(instant at) {
  rejoin_pause_ = std::min(settings_.config.probe_interval, settings_.config.rejoin_interval);
  rejoin_at_ = at + rejoin_pause_;
}

// Since a short while, in which it compares tables often.
bool membership::is_new() const {
  return rejoin_pause_ < settings_.config.rejoin_interval;
}

// Also where nearly all that are gone have left.
void membership::try_one_of_the_dead(instant at, membership_output& out) {
  const std::size_t gone = table_.size() - table_.live();
  const std::size_t first = gone > 0 ? random_.below(gone) : 0;
  for (std::size_t i = 0; i < gone; ++i) {
    const belief& one = table_.at(table_.live() + (first + i) % gone);
    if (one.status == member_status::dead) {
      tell(one, one.record->where, at, out);
      introduce_self(speaker_of(one), out);
      return;
    }
  }
}

// Once an interval: try one of the dead and one seed that is not among the living, and at each
// second turn compare tables with one live member. So two halves of a healed partition find each
// other without help, at a rate that does not depend on how many are gone.
void membership::rejoin(instant at, membership_output& out) {
  if (rejoin_at_ > at) {
    return;
  }
  if (phase_ == phase::joining) {
    rejoin_at_ = at + settings_.config.probe_interval;
    ask_seeds(out);
    try_former_peer(out);
    // The addresses of seeds may be those of old; who has found this node by itself is as good.
    for (const node_id id : pick_live(1, {})) {
      introduce_self(speaker_of(id), out);
    }
    return;
  }
  const bool was_new = is_new();
  rejoin_pause_ = std::min(rejoin_pause_ * 5 / 4, settings_.config.rejoin_interval);
  rejoin_at_ = at + random_.between(rejoin_pause_ * 3 / 4, rejoin_pause_ * 5 / 4);
  compares_ = was_new || !compares_;
  if (compares_) {
    arrivals_to_compare_ = 0;
    compare_with_another({}, !was_new, at, out);
  }
  try_one_of_the_dead(at, out);
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
  // Of two halves that have forgotten each other all know such addresses, and one that is right is
  // enough. Most are of machines that are gone for good.
  if (!former_.empty() && (table_.live() < 2 || random_.below(former_seldom) == 0)) {
    try_former_peer(out);
  }
}

// Where there are too many, one drawn at random goes.
void membership::remember(const address& where) {
  if (where == table_.self().record->where || std::ranges::count(former_, where) != 0) {
    return;
  }
  if (former_.size() == former_max) {
    former_[random_.below(former_max)] = where;
  } else {
    former_.push_back(where);
  }
}

void membership::try_former_peer(membership_output& out) {
  if (!former_.empty()) {
    introduce_self({.id = {}, .where = former_[random_.below(former_.size())]}, out);
  }
}

std::vector<address> membership::peers_to_keep() const {
  std::vector<address> peers;
  const auto add = [&](const address& where) {
    if (peers.size() < former_max && std::ranges::count(peers, where) == 0) {
      peers.push_back(where);
    }
  };
  // The live are at the first places.
  for (std::size_t place = 1; place < table_.size() && peers.size() < former_max; ++place) {
    if (const belief& one = table_.at(place); one.status != member_status::left) {
      add(one.record->where);
    }
  }
  std::ranges::for_each(former_, add);
  return peers;
}

void membership::note_seed(node_id id, const address& where) {
  for (seed& one : seeds_) {
    if (one.where == where) {
      one.owner = id;
    }
  }
  std::erase(former_, where);  // it is among the members again, or will be
}

}  // namespace conclave::core
