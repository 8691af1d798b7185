// Words for recordings, and the overlaps in them.
#include "sim/report/recording.hpp"

#include <algorithm>

namespace conclave::sim {

std::string_view to_string(recorded_kind kind) {
  switch (kind) {
    case recorded_kind::sent:
      return "sent";
    case recorded_kind::arrived:
      return "arrived";
    case recorded_kind::dropped:
      return "dropped";
    case recorded_kind::call:
      return "call";
    case recorded_kind::action:
      return "action";
    case recorded_kind::member:
      return "member";
    case recorded_kind::started:
      return "started";
    case recorded_kind::stopped:
      return "stopped";
    case recorded_kind::paused:
      return "paused";
    case recorded_kind::resumed:
      return "resumed";
    case recorded_kind::fault_begins:
      return "fault_begins";
    case recorded_kind::fault_ends:
      return "fault_ends";
    case recorded_kind::note:
      return "note";
    case recorded_kind::broken:
      return "broken";
  }
  return "?";
}

std::string_view to_string(recorded_fate fate) {
  switch (fate) {
    case recorded_fate::under_way:
      return "under_way";
    case recorded_fate::lost:
      return "lost";
    case recorded_fate::blocked:
      return "blocked";
    case recorded_fate::queue_full:
      return "queue_full";
    case recorded_fate::nobody:
      return "nobody";
  }
  return "?";
}

const recorded_event* recording::find(std::uint64_t number) const {
  const bool known = number >= first_event && number - first_event < events.size();
  return known ? &events[number - first_event] : nullptr;
}

std::vector<overlap> overlaps_of(const recording& all) {
  std::vector<std::size_t> order(all.beliefs.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return all.beliefs[a].during.from < all.beliefs[b].during.from;
  });
  std::vector<overlap> found;
  std::vector<std::size_t> open;
  for (const std::size_t next : order) {
    const recorded_belief& later = all.beliefs[next];
    std::erase_if(
        open, [&](std::size_t each) { return all.beliefs[each].during.to <= later.during.from; });
    for (const std::size_t each : open) {
      const recorded_belief& earlier = all.beliefs[each];
      const true_time end = std::min(earlier.during.to, later.during.to);
      const bool both_share =
          earlier.shared_from <= later.during.from && later.shared_from <= later.during.from;
      if (earlier.lock == later.lock && earlier.slot == later.slot && later.during.from < end &&
          !both_share) {
        found.push_back(
            {.first = each, .second = next, .during = {.from = later.during.from, .to = end}});
      }
    }
    open.push_back(next);
  }
  return found;
}

}  // namespace conclave::sim
