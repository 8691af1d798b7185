// What must be remembered of a small world to tell whether its promises hold: who waits, who
// believes to hold and until when, which tokens were given. A value, so that it can be part of a
// state.
#pragma once

#include "base/time.hpp"
#include "sim/checks/judge.hpp"
#include "sim/clock.hpp"
#include "sim/machine.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace conclave::sim {

enum class happening_kind : std::uint8_t {
  asked,
  granted,
  extended,
  lost,
  failed,
  contended,
  unlocked_in_time,
  unlocked_late,
  token,
  stopped,  // the process is gone with all that it held
};

// What one step of a node means for the promises.
struct happening {
  happening_kind kind = happening_kind::asked;
  std::uint64_t request = 0;
  std::uint64_t token = 0;
  core::instant deadline{};
  bool by_time = false;                      // of a loss: because the deadline has passed
  bool shares = false;                       // of what is asked
  core::permit_slot slot = core::only_slot;  // of what is granted
  std::uint64_t asked_as = 0;                // by which the voters know that
};

struct open_request {
  machine_index machine = 0;
  std::uint64_t request = 0;
  bool holds = false;
  bool shares = false;
  core::permit_slot slot = core::only_slot;  // while it holds
  std::uint64_t asked_as = 0;                // by which the voters know it then
  core::instant deadline{};                  // as told last
  true_time until{};                         // when its own clock shows that

  friend bool operator==(const open_request&, const open_request&) = default;
};

struct ledger {
  // By slot, from the first on; what is no semaphore has one.
  std::vector<std::uint64_t> last_token;
  std::uint64_t last_exclusive = 0;  // token, of those who do not share
  std::vector<std::uint32_t> asked;  // by machine: how often
  std::vector<open_request> open;    // in the order of asking

  [[nodiscard]] const open_request* find(machine_index at) const;
  [[nodiscard]] bool anybody_believes(true_time now) const;
  [[nodiscard]] std::uint64_t greatest_token() const;
  friend bool operator==(const ledger&, const ledger&) = default;
};

// The rules are those of the judge (sim/checks/judge.hpp), for a state in the place of a run. The
// reservations of voters are looked at elsewhere, where the voters are.
[[nodiscard]] std::optional<violation> enter(ledger& book, const machine& where, machine_index at,
                                             const happening& what, true_time now);

}  // namespace conclave::sim
