// The state of membership as a hash: all that decides what it does next, and nothing else.
#include "base/digest.hpp"
#include "base/sorted_keys.hpp"
#include "membership/membership.hpp"

#include <algorithm>
#include <vector>

namespace conclave::core {

namespace {

void add(digest& sum, const probe_round& one) {
  const auto& [probe, target, incarnation, helpers, asked, began_at, next_at] = one;
  sum.add_all(probe, target, std::uint64_t{incarnation}, helpers.size());
  for (const node_id helper : helpers) {
    sum.add(helper);
  }
  sum.add_all(std::uint64_t{asked}, began_at, next_at);
}

void add(digest& sum, const network_coordinate& one) {
  const auto& [place_us, height_us, error_permille] = one;
  for (const std::int32_t each : place_us) {
    sum.add(static_cast<std::uint64_t>(each));
  }
  sum.add_all(std::uint64_t{height_us}, std::uint64_t{error_permille});
}

void add(digest& sum, const relay& one) {
  const auto& [probe, target, wanted, asker, asker_where, expires_at] = one;
  sum.add_all(probe, target, wanted, asker, hash_value(asker_where), expires_at);
}

void add(digest& sum, const sync_session& one) {
  const auto& [peer, where, compares, slices, slice, position, number, attempts, paced, due] = one;
  sum.add_all(peer, hash_value(where), std::uint64_t{compares}, std::uint64_t{slices},
              std::uint64_t{slice}, std::uint64_t{position}, std::uint64_t{number},
              std::uint64_t{attempts}, std::uint64_t{paced}, due);
}

}  // namespace

// Left out: records_, a store that can't be seen from outside; places_, which says where each of
// beliefs_ is; live_digest_, which follows from them.
void member_table::add_to(digest& sum) const {
  sum.add_all(beliefs_.size(), live_);
  for (const belief& each : beliefs_) {
    const auto& [record, word, status, doubted] = each;
    const auto& [name, where, boot, metadata] = *record;
    sum.add(name);
    sum.add_all(hash_value(where), boot, std::uint64_t{word}, static_cast<std::uint64_t>(status),
                std::uint64_t{doubted});
    sum.add(metadata);
  }
}

// Stamps only tell an entry that counts from one that was replaced. So what counts is who is told
// how often, and in which order.
// Left out: last_stamp_, riding_, and of current_ all that the queues do not lead to.
void rumours::add_to(digest& sum) const {
  for (const queue* from : {&others_, &riders_}) {
    for (std::uint32_t told = 0; told < from->size(); ++told) {
      const auto& [entries, head] = (*from)[told];
      for (std::size_t i = head; i < entries.size(); ++i) {
        if (is_current(entries[i], told)) {
          sum.add_all(std::uint64_t{told}, entries[i].about,
                      static_cast<std::uint64_t>(current_.at(entries[i].about).which));
        }
      }
    }
  }
  sum.add(current_.size());
}

void deadlines::add_to(digest& sum) const {
  sum.add(current_.size());
  for (const node_id id : sorted_keys(current_)) {
    sum.add_all(id, current_.at(id));
  }
  queue_.add_to(sum);
}

void flapping::add_to(digest& sum) const {
  sum.add(refutations_.size());
  for (const node_id id : sorted_keys(refutations_)) {
    sum.add_all(id, std::uint64_t{refutations_.at(id)});
  }
  until_.add_to(sum);
  deaths_.add_to(sum);
}

// Left out: counters_, which nothing looks at, and of settings_ what the table says too.
void membership::add_to(digest& sum) const {
  sum.add_all(self_, hash_value(settings_.self_address), random_.state(),
              static_cast<std::uint64_t>(phase_), paused_);
  table_.add_to(sum);
  order_.add_to(sum);
  sum.add_all(period_ends_at_, heard_at_, last_heard_, news_count_from_, rounds_.size());
  for (const probe_round& each : rounds_) {
    add(sum, each);
  }
  sum.add(accused_by_us_.size());
  for (const node_id each : accused_by_us_) {
    sum.add(each);
  }
  position_.add_to(sum);
  for (std::size_t place = 0; place < table_.size(); ++place) {
    const auto found = coordinates_.find(table_.at(place).id());
    sum.add(std::uint64_t{found != coordinates_.end()});
    if (found != coordinates_.end()) {
      add(sum, found->second);
    }
  }
  sum.add(relays_.size());
  for (const relay& each : relays_) {
    add(sum, each);
  }
  sum.add(last_probe_);
  suspicions_.add_to(sum);
  last_words_.add_to(sum);
  for (std::size_t place = 0; place < table_.live(); ++place) {
    if (const auto suspected = accused_.find(table_.at(place).id()); suspected != accused_.end()) {
      const auto& [since, accusers, flaps] = suspected->second;
      sum.add_all(since, std::uint64_t{flaps}, accusers.size());
      for (const node_id accuser : accusers) {
        sum.add(accuser);
      }
    }
  }
  graves_.add_to(sum);
  flapping_.add_to(sum);
  rumours_.add_to(sum);
  arrivals_.add_to(sum);
  std::vector<node_id> told(told_.begin(), told_.end());
  std::ranges::sort(told);
  sum.add_all(gossip_at_, told_since_, told.size());
  for (const node_id id : told) {
    sum.add(id);
  }
  sum.add(seeds_.size());
  for (const seed& each : seeds_) {
    const auto& [where, owner] = each;
    sum.add_all(hash_value(where), owner);
  }
  sum.add(former_.size());
  for (const address& each : former_) {
    sum.add(hash_value(each));
  }
  sum.add_all(rejoin_at_, rejoin_pause_, std::uint64_t{compares_}, arrivals_to_compare_);
  add(sum, sync_);
}

}  // namespace conclave::core
