// Looks for rings.
#include "sim/checks/rings.hpp"

#include <algorithm>

namespace conclave::sim {

namespace {

bool is_open(const tracked_request& one) {
  return one.phase == request_phase::waiting || one.phase == request_phase::holding;
}

}  // namespace

tracked_request rings::find(const place& one) const {
  return (*all_)[one.first].find(one.second);
}

void rings::asked(machine_index at, core::request_id id) {
  std::erase_if(open_, [&](const place& one) { return !is_open(find(one)); });
  open_.emplace_back(at, id);
}

void rings::stopped(machine_index at) {
  std::erase_if(open_, [&](const place& one) { return one.first == at; });
  std::erase_if(seen_, [&](const place& one) { return one.first == at; });
}

void rings::look() {
  for (const place& one : open_) {
    const tracked_request asked = find(one);
    if (asked.phase == request_phase::waiting && asked.nested && !seen_.contains(one) &&
        waits_for_itself(one)) {
      seen_.insert(one);
    }
  }
}

std::optional<core::ticket> rings::ticket_of(const place& wait) const {
  const auto& process = (*machines_)[wait.first].process;
  if (!process) {
    return std::nullopt;
  }
  const auto found = process->asks().attempts().find(wait.second);
  return found == process->asks().attempts().end() ? std::nullopt
                                                   : std::optional(found->second.ticket);
}

// What who has this waits for: its owner, or the others that are asked for together with it.
bool rings::is_next(const place& at, const place& wait) const {
  const tracked_request has = find(at);
  const tracked_request waits = find(wait);
  if (waits.phase != request_phase::waiting || wait.first != at.first || wait == at) {
    return false;
  }
  return has.phase == request_phase::holding ? waits.owner == has.owner && waits.nested
                                             : waits.together.first == has.together.first;
}

// Whether somebody who has that lock waits, over whatever older ones, for what its own owner has.
// Among those that ask for several, who is before another keeps what it has of them.
bool rings::waits_for_itself(const place& wait) const {
  const std::optional<core::ticket> youngest = ticket_of(wait);
  std::vector<place> waits{wait};
  for (std::size_t i = 0; i < waits.size() && youngest; ++i) {
    const tracked_request its = find(waits[i]);
    const std::optional<core::ticket> age = ticket_of(waits[i]);
    for (const place& other : open_) {
      const tracked_request has = find(other);
      const bool holds = has.phase == request_phase::holding;
      const bool is_before = !holds && has.together.count > 1 && age && ticket_of(other) < age;
      if (has.lock != its.lock || !(holds || is_before)) {
        continue;
      }
      if (holds && other.first == wait.first && has.owner == find(wait).owner) {
        return true;
      }
      for (const place& next : open_) {
        const std::optional<core::ticket> next_age = ticket_of(next);
        if (is_next(other, next) && next_age && *next_age < *youngest &&
            std::ranges::find(waits, next) == waits.end()) {
          waits.push_back(next);
        }
      }
    }
  }
  return false;
}

}  // namespace conclave::sim
