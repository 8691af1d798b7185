// Deadlines of requests against the process's own clock and its next tick.
#include "sim/checks/timeliness.hpp"

namespace conclave::sim {

namespace {

std::string name_of(const machine& where, core::request_id request) {
  return where.name() + " r" + std::to_string(request.value);
}

}  // namespace

std::string overdue(const machine& where, true_time now, bool ticked) {
  if (!where.process) {
    return {};
  }
  const core::instant local = where.local(now);
  const core::instant wakes_at = where.process->next_deadline();
  for (const auto& [request, one] : where.process->asks().attempts()) {
    const bool holds = one.phase == core::attempt_phase::holding;
    if (one.phase == core::attempt_phase::kept) {
      continue;  // nobody is owed anything
    }
    const core::instant due = holds ? one.deadline : one.options.give_up_at;
    if (ticked && due <= local) {
      return name_of(where, request) + (holds ? ": its hold is over, and it is not told so"
                                              : ": its time is over, and it has not failed");
    }
    if (wakes_at > due) {
      return name_of(where, request) + ": the process sleeps past its deadline";
    }
  }
  return {};
}

std::string kept_after_the_end(const machine& where) {
  if (!where.process || (!where.process->leaving() && !where.process->superseded()) ||
      where.process->asks().attempts().empty()) {
    return {};
  }
  return where.name() + ": a process that takes no part any more keeps " +
         std::to_string(where.process->asks().attempts().size()) + " requests";
}

}  // namespace conclave::sim
