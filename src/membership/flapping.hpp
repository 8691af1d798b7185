// Who is accused and refutes, again and again: it is sick, or its network is.
#pragma once

#include "base/digest.hpp"
#include "membership/deadlines.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>

namespace conclave::core {

// In probe intervals: how long a suspicion of a member that flaps lasts at least, and for how long
// each refutation is remembered. Longer than a short illness, and than from one to the next.
inline constexpr int flapping_suspicion = 30;
inline constexpr int refutations_remembered = 60;

// It flaps from so many refutations on, each of what so many had found out, and none of them later
// than is remembered after the one before; or at once, when what so many had found out was its
// death, which is remembered as long.
inline constexpr unsigned refutations_of_flapping = 3;
inline constexpr std::size_t accusers_of_flapping = 2;

class flapping {
 public:
  explicit flapping(duration remembered) : remembered_(remembered) {}

  void note_refutation(node_id id, instant at) { remember(id, 1, at); }
  void note_death(node_id id, instant at) { deaths_.set(id, at + remembered_); }
  void note_return(node_id id, instant at);
  void forget(node_id id);
  void forget_old(instant at);

  [[nodiscard]] bool has(node_id id) const;
  [[nodiscard]] bool remembers(node_id id) const { return refutations_.contains(id); }
  [[nodiscard]] std::size_t size() const { return refutations_.size(); }

  // Everything that decides what it does from now on (docs/architecture.md, "The pure core").
  // Left out: remembered_, a setting.
  void add_to(digest& sum) const;

 private:
  void remember(node_id id, unsigned more, instant at);

  duration remembered_;
  deadlines until_;
  deadlines deaths_;  // of those that flap if they come back before
  // No more than it takes to flap; never iterated.
  boost::unordered_flat_map<node_id, unsigned> refutations_;
};

}  // namespace conclave::core
