// Deadlines of members.
#include "membership/deadlines.hpp"

namespace conclave::core {

namespace {

constexpr std::size_t queue_spare = 64;

}  // namespace

void deadlines::set(node_id id, instant when) {
  const auto [found, inserted] = current_.try_emplace(id, when);
  if (!inserted && found->second == when) {
    return;
  }
  found->second = when;
  queue_.schedule(when, id);
  // What was moved or cleared stays in the queue until it is due: for minutes, of graves.
  if (queue_.size() > 2 * current_.size() + queue_spare) {
    queue_ = {};
    for (const auto& [each, its] : current_) {
      queue_.schedule(its, each);
    }
  }
}

bool deadlines::pop_due(instant now, node_id& id) {
  instant when{};
  while (queue_.pop_due(now, when, id)) {
    const auto found = current_.find(id);
    if (found != current_.end() && found->second == when) {
      current_.erase(found);
      return true;
    }
  }
  return false;
}

}  // namespace conclave::core
