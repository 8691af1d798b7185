// What happens next in a simulated world: events by true time, those of one time in the order in
// which they were scheduled.
#pragma once

#include "sim/clock.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace conclave::sim {

enum class event_kind : std::uint8_t {
  arrival,       // of the datagram `subject`
  tick,          // of the machine `subject`
  user,          // `subject` acts
  fault_begins,  // of the schedule's entry `subject`
  fault_turns,
  fault_ends,
  start,      // the first process of the machine `subject`
  departure,  // the process there has said goodbye
  restart,    // whoever looks after the machine replaces a process that is superseded
  ready,      // the slow machine `subject` is done with what it did
  phase,      // the run goes over to its next phase
};

struct event {
  true_time at;
  std::uint64_t sequence = 0;
  event_kind kind = event_kind::phase;
  std::uint32_t subject = 0;
  std::uint32_t stamp = 0;  // an event whose subject shows another stamp by now is stale
};

class event_queue {
 public:
  void schedule(true_time at, event_kind kind, std::uint32_t subject, std::uint32_t stamp = 0) {
    heap_.push_back(
        {.at = at, .sequence = ++last_sequence_, .kind = kind, .subject = subject, .stamp = stamp});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] const event& next() const { return heap_.front(); }

  event pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const event first = heap_.back();
    heap_.pop_back();
    return first;
  }

 private:
  static bool later(const event& a, const event& b) {
    return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
  }

  std::vector<event> heap_;
  std::uint64_t last_sequence_ = 0;
};

}  // namespace conclave::sim
