// What each process believes of the members, watched with each step: beliefs never go back, nobody
// is declared dead at once, owners hear what the table says; and after a while all is known.
#pragma once

#include "node/actions.hpp"
#include "sim/machine.hpp"

#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace conclave::sim {

class views {
 public:
  // Once, when all machines are there.
  void watch(const std::vector<machine>& machines);

  // A process has started there: it believes nothing yet.
  void started(machine_index at, core::boot_id boot);
  // One of the actions of this step.
  void happened(machine_index at, const core::action& what);
  // Whether it was told anything since it was last looked at, or forgot or met somebody: then it
  // must be looked at now.
  [[nodiscard]] bool changed(machine_index at) const;
  // After a step. Says what the process there must not believe; empty: nothing.
  [[nodiscard]] std::string look(machine_index at, true_time now);
  // Clocks may differ by more than the protocol allows for: how long a suspicion lasts is anything.
  void expect_any_clocks(bool any) { any_clocks_ = any; }

  // `well`, by machine: those that run and reach each other. Says what one of them does not know
  // yet: all who are well are alive, as they say themselves, and nobody else is. Empty: nothing.
  [[nodiscard]] std::string not_known(const std::vector<bool>& well) const;
  // From now on none of those who are well may declare another of them dead, nor suspect it unless
  // `suspicious`: somebody who hears nobody goes on saying so, or all are so far from each other
  // that probes over others take too long.
  void expect_trust(const std::vector<bool>& well, bool suspicious) {
    trusted_ = well;
    suspicious_ = suspicious;
  }
  // Who of those that hear nobody for good believes somebody else alive. Empty: none of them does.
  [[nodiscard]] std::string believed_by_the_deaf(const std::vector<bool>& deaf) const;
  // So long that may take, from when the last of them was broken or mended.
  [[nodiscard]] duration known_within() const;

 private:
  struct seen {  // of one member by one process
    bool known = false;
    core::boot_id boot;
    std::uint32_t incarnation = 0;
    member_status status = member_status::alive;
    bool told_live = false;  // as the events said that its owner got
    bool told_suspect = false;
  };
  using word = std::tuple<machine_index, core::boot_id, std::uint32_t>;

  [[nodiscard]] std::string compare(machine_index at, machine_index about, const core::belief* now);
  [[nodiscard]] std::string accuse(machine_index about, const core::belief& now, true_time when);
  [[nodiscard]] std::string not_known_of(machine_index at, machine_index about,
                                         const std::vector<bool>& well) const;
  void note_accusation(machine_index at, machine_index about, member_status as);
  [[nodiscard]] std::string describe(machine_index at, machine_index about) const;

  const std::vector<machine>* machines_ = nullptr;
  std::vector<core::node_id> ids_;
  // Machines whose processes have one name are one member: the first of them stands for it.
  std::vector<machine_index> members_;
  std::vector<core::boot_id> greatest_boot_;  // by member
  std::vector<std::vector<seen>> seen_;       // [who believes][about which member]
  std::vector<bool> joined_;
  std::vector<bool> told_;               // since it was last looked at
  std::vector<std::size_t> size_;        // how many it knew then
  std::map<word, true_time> suspected_;  // by anybody, first
  bool any_clocks_ = false;
  std::vector<bool> trusted_;  // by machine, once it is expected
  bool suspicious_ = false;
  std::string accused_;  // that one of them was; looked at with the next step
};

}  // namespace conclave::sim
