// All members that one node knows, and what it believes about each.
#pragma once

#include "base/digest.hpp"
#include "base/ids.hpp"
#include "membership/member_records.hpp"
#include "wire/gossip_messages.hpp"

#include <conclave/member.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace conclave::core {

// What this node alone believes about a member; the rest is in the shared record.
struct belief {
  record_ref record;
  std::uint32_t incarnation = 0;  // 64 bits on the wire; greater ones are refused there
  member_status status = member_status::alive;
  bool doubted = false;  // too old to be told to others

  [[nodiscard]] node_id id() const { return record.id(); }
};
static_assert(sizeof(belief) <= 16, "10,000 nodes hold 100,000,000 of these");

// Alive and suspect members are live; dead and left ones are remembered for a while.
[[nodiscard]] constexpr bool is_live(member_status status) {
  return status == member_status::alive || status == member_status::suspect;
}

// Of who it is, in which boot and incarnation.
[[nodiscard]] std::uint64_t word_digest(const belief& known);
[[nodiscard]] member_update update_of(const belief& known);
[[nodiscard]] conclave::member describe(const belief& known);  // without `voter`

// A flat array: this node itself, then the live, then the dead and left. So a random live or a
// random dead member is one draw, whatever the proportion. Places change when statuses do.
class member_table {
 public:
  static constexpr std::size_t own_place = 0;

  member_table(std::shared_ptr<member_records> records, member_facts self);
  member_table(const member_table&) = default;
  member_table(member_table&&) = default;
  member_table& operator=(member_table other) noexcept;
  ~member_table() = default;

  [[nodiscard]] const belief* find(node_id id) const;
  [[nodiscard]] const belief& self() const { return beliefs_[own_place]; }
  [[nodiscard]] const belief& at(std::size_t place) const { return beliefs_[place]; }
  [[nodiscard]] std::size_t size() const { return beliefs_.size(); }
  // Members at places below this are live. This node counts always.
  [[nodiscard]] std::size_t live() const { return live_; }
  // Equal for two nodes that know the same live members in the same boots and incarnations. Those
  // in doubt are left out.
  [[nodiscard]] std::uint64_t live_digest() const { return live_digest_; }
  // For listings; the pointers hold until the next change.
  [[nodiscard]] std::vector<const belief*> by_name() const;

  // Inserts or replaces. `word` is the incarnation.
  void put(member_facts facts, std::uint32_t word, member_status status);
  void set_status(node_id id, member_status status);
  void erase(node_id id);  // not oneself
  void doubt_others();
  void trust(node_id id);  // put() does so too

  void check_invariants() const;

  // Everything that decides what it does from now on (docs/architecture.md, "The pure core").
  void add_to(digest& sum) const;

 private:
  std::size_t place_of(node_id id) const;
  void settle(std::size_t place);
  // What it adds to live_digest_.
  [[nodiscard]] std::uint64_t counted(std::size_t place) const;
  void swap_places(std::size_t a, std::size_t b);

  std::shared_ptr<member_records> records_;  // first, so that it is destroyed last
  std::vector<belief> beliefs_;
  boost::unordered_flat_map<node_id, std::uint32_t> places_;  // never iterated
  std::size_t live_ = 0;
  // Of their words, added up: so the order does not matter and one change costs one step.
  std::uint64_t live_digest_ = 0;
};

}  // namespace conclave::core
