// The holds of one lock that one process has had so far, while its operations are gone through in
// the order of their calls; and which of them another operation means.
//
// A process may have many. An operation names one by its token, else by its slot; with neither it
// is taken to mean the hold that lasts longest, of those that it can have known of.
#pragma once

#include "sim/history/hold.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace conclave::histories {

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

class draft_holds {
 public:
  using index = std::size_t;

  // What is going to be released by its token is not what a release without one means.
  void will_release(fencing_token token) { released_tokens_.insert(token.value()); }
  [[nodiscard]] bool is_named_by_a_release(const draft& one) const {
    return released_tokens_.contains(one.what.token.value());
  }

  draft& add(const operation& acquired);
  // All that follows is called no earlier.
  void go_on_to(moment now) { arrive_before(now); }
  // The process crashed: what it had is not what it means afterwards.
  void crash();

  // The hold that this is about; null when this process has none. `may_be_other_token`: its token
  // may be a new one.
  [[nodiscard]] draft* find(const operation& one, bool may_be_other_token);
  void change(draft& one, standing now, moment lease);
  void release(draft& one);
  [[nodiscard]] bool knows(fencing_token token) const { return by_token_.contains(token.value()); }
  // Another token for this hold, or its first.
  void name(draft& one, fencing_token token);

  [[nodiscard]] const std::vector<draft>& all() const { return all_; }
  [[nodiscard]] index index_of(const draft& one) const {
    return static_cast<index>(&one - all_.data());
  }

 private:
  struct rank {
    bool unnamed = true;  // no release names it by its token
    standing now = standing::held;
    moment lease{};
    index which = 0;

    friend auto operator<=>(const rank&, const rank&) = default;
  };

  void arrive_before(moment when);
  [[nodiscard]] draft* find_open(const operation& one, bool may_be_other_token);
  [[nodiscard]] index open_with_token_of(index at) const;
  [[nodiscard]] rank rank_of(index at) const;
  void open(index at);
  bool close(index at);

  std::vector<draft> all_;
  std::vector<index> since_crash_;
  // Acquired, but their return is still to come: what names none of them means none of them.
  std::set<std::pair<moment, index>> arriving_;
  std::set<rank> open_;
  std::set<rank> open_without_token_;
  std::map<std::uint32_t, std::set<rank>> open_by_slot_;
  std::unordered_map<std::uint64_t, index> by_token_;
  std::unordered_set<std::uint64_t> released_tokens_;
};

}  // namespace conclave::histories
