// The state of a cluster over time, as intervals: who runs, what each voter has lent, what each
// holder believes, what each clock shows. Read after each step; only changes are kept.
#pragma once

#include "sim/cluster.hpp"
#include "sim/report/recording.hpp"
#include "sim/report/text_table.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace conclave::sim {

class state_watch {
 public:
  state_watch(const cluster& watched, text_table& texts);

  void started(machine_index at, true_time now);
  void stopped(machine_index at, true_time now);
  // Whether that is news.
  bool stands_still(machine_index at, bool still, true_time now);
  // Why the belief of this request ends, should it be over with this step.
  void ends_by(machine_index at, core::request_id request, std::string_view why);
  void stepped(machine_index at, true_time now);
  void read_clock(machine_index at, true_time now);

  // What the whole run was like. Intervals that are still open end now, but beliefs as late as
  // their holders think.
  void finish(true_time now, recording& into);

 private:
  // What one voter has lent of one lock to one request, and where that is in the list.
  struct loan_now {
    core::node_boot who;
    core::request_id request;
    core::ballot ballot;
    std::size_t position = 0;
  };
  struct belief_now {
    holder who;
    true_time until;
    std::size_t position = 0;
    std::uint32_t ending = 0;
    bool seen = false;
  };

  void read_loans(machine_index at, true_time now);
  void read_beliefs(true_time now);
  void begin_loan(machine_index at, lock_index lock, const core::lent_vote& vote, true_time now);
  [[nodiscard]] machine_index machine_of(const core::node_boot& who) const;

  const cluster* watched_;
  text_table* texts_;
  std::vector<recorded_node> nodes_;
  std::vector<core::node_id> ids_;  // by machine
  std::vector<recorded_belief> beliefs_;
  std::vector<recorded_loan> loans_;
  std::vector<std::vector<std::vector<loan_now>>> lent_;  // by machine, by lock
  std::vector<belief_now> believed_;
};

}  // namespace conclave::sim
