// Who is accused and refutes, again and again.
#include "membership/flapping.hpp"

#include <algorithm>

namespace conclave::core {

void flapping::remember(node_id id, unsigned more, instant at) {
  unsigned& count = refutations_[id];
  count = std::min(count + more, refutations_of_flapping);
  until_.set(id, at + remembered_);
}

void flapping::note_return(node_id id, instant at) {
  if (deaths_.has(id)) {
    remember(id, refutations_of_flapping, at);
  }
  deaths_.clear(id);
}

void flapping::forget(node_id id) {
  refutations_.erase(id);
  until_.clear(id);
  deaths_.clear(id);
}

void flapping::forget_old(instant at) {
  node_id id;
  while (until_.pop_due(at, id)) {
    refutations_.erase(id);
  }
  while (deaths_.pop_due(at, id)) {
  }
}

bool flapping::has(node_id id) const {
  const auto found = refutations_.find(id);
  return found != refutations_.end() && found->second == refutations_of_flapping;
}

}  // namespace conclave::core
