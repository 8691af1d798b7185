// Cutting recordings.
#include "sim/report/window.hpp"

#include "sim/report/text_table.hpp"

#include <algorithm>
#include <utility>

namespace conclave::sim {

namespace {

// Those before the window go, those after it go; numbers stay.
void cut_events(recording& all, std::size_t events_max) {
  const auto outside = [&](const recorded_event& one) {
    return one.at < all.window.from || one.at > all.window.to;
  };
  const auto first = std::ranges::find_if_not(all.events, outside);
  const auto last = std::find_if(first, all.events.end(), outside);
  all.events_total -= static_cast<std::uint64_t>(all.events.size() - (last - first));
  all.first_event += static_cast<std::uint64_t>(first - all.events.begin());
  all.events.erase(last, all.events.end());
  all.events.erase(all.events.begin(), first);
  if (all.events.size() > events_max) {
    const auto surplus = static_cast<std::ptrdiff_t>(all.events.size() - events_max);
    all.first_event += static_cast<std::uint64_t>(surplus);
    all.events.erase(all.events.begin(), all.events.begin() + surplus);
  }
  if (all.events_total > all.events.size() && !all.events.empty()) {
    all.window.from = std::max(all.window.from, all.events.front().at);
  }
}

bool reaches_into(const interval& window, const interval& one) {
  return one.to >= window.from && one.from <= window.to;
}

template <class T>
void cut_intervals(const interval& window, std::vector<T>& list) {
  std::erase_if(list, [&](const T& one) {
    if constexpr (std::is_same_v<T, interval>) {
      return !reaches_into(window, one);
    } else {
      return !reaches_into(window, one.during);
    }
  });
}

// Texts that nothing here says go as well.
void keep_used_texts(recording& all) {
  text_table used;
  const auto again = [&](std::uint32_t& text) { text = used.number_of(all.texts[text]); };
  for (recorded_event& one : all.events) {
    again(one.text);
  }
  for (recorded_belief& one : all.beliefs) {
    again(one.ending);
  }
  for (recorded_fault& one : all.faults) {
    again(one.text);
  }
  all.texts = used.texts();
}

}  // namespace

void cut(recording& all, const interval& window, std::size_t events_max) {
  all.window = {.from = std::max(all.window.from, window.from),
                .to = std::min(all.window.to, window.to)};
  cut_events(all, events_max);
  cut_intervals(all.window, all.beliefs);
  cut_intervals(all.window, all.loans);
  cut_intervals(all.window, all.faults);
  for (recorded_node& one : all.nodes) {
    cut_intervals(all.window, one.up);
    cut_intervals(all.window, one.paused);
    cut_intervals(all.window, one.abstains);
  }
  keep_used_texts(all);
}

}  // namespace conclave::sim
