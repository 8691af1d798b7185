// The state of a node as a hash: all that decides what it does next, and nothing else.
#include "base/digest.hpp"
#include "node/node.hpp"

#include <algorithm>
#include <vector>

namespace conclave::core {

// Left out: what is empty between events (sends_, events_, contacts_, reports_, gossip_, outbox_,
// sightings_, answers_);
// settings_ and roster_ but for the fingerprint_; of counters_ all but what is reported once.
void node::add_to(digest& sum) const {
  sum.add_all(self_, fingerprint_, std::uint64_t{counters_.lamport_refused == 0},
              std::uint64_t{counters_.too_many_peers == 0},
              std::uint64_t{counters_.lease_too_long == 0});
  lamport_.add_to(sum);
  link_.add_to(sum);
  membership_.add_to(sum);
  candidate_.add_to(sum);
  observer_.add_to(sum);
  sum.add(std::uint64_t{voter_.has_value()});
  if (voter_) {
    voter_->add_to(sum);
  }
  sum.add_all(std::uint64_t{superseded_}, std::uint64_t{joined_}, std::uint64_t{departed_},
              leave_by_, ask_lamport_at_, abstain_until_, own_name_heard_, remember_.size());
  for (const node_id id : remember_) {
    sum.add(id);
  }
  std::vector<node_boot> reported(mismatch_reported_.begin(), mismatch_reported_.end());
  std::ranges::sort(reported);
  sum.add(reported.size());
  for (const node_boot& who : reported) {
    sum.add(who);
  }
}

}  // namespace conclave::core
