// Round trips, acknowledgements and the queue of one peer.
#include "link/peer.hpp"

#include <algorithm>
#include <utility>

namespace conclave::core {

namespace {

constexpr duration sample_max = std::chrono::seconds(30);  // what is longer is no round trip

}  // namespace

void round_trip::sample(duration measured) {
  measured = std::clamp(measured, duration(0), sample_max);
  if (!known_) {
    known_ = true;
    smoothed_ = measured;
    variation_ = measured / 2;
    return;
  }
  const duration error = measured > smoothed_ ? measured - smoothed_ : smoothed_ - measured;
  variation_ += (error - variation_) / 4;
  smoothed_ += (measured - smoothed_) / 8;
}

duration round_trip::timeout(unsigned attempts) const {
  const duration base =
      known_ ? smoothed_ + std::max(4 * variation_, acknowledgement_delay) + acknowledgement_delay
             : retransmit_first;
  const duration backed_off = std::min(base * (1U << std::min(attempts, 10U)), retransmit_max);
  // On a path slower than that: see copies_max. Not by `base`, which one late frame can make very
  // long.
  return std::max(backed_off, smoothed_ / 2);
}

void outgoing::sent(sequence frame) {
  std::shift_right(sent_in.begin(), sent_in.end(), 1);
  sent_in.front() = frame;
}

instant peer::next_deadline(duration silence_max) const {
  instant earliest = std::min(acknowledge_by, last_heard + silence_max);
  for (const outgoing& one : in_flight) {
    earliest = std::min(earliest, one.resend_at);
  }
  return earliest;
}

void peer::drop_outbox() {
  in_flight.clear();
  waiting.clear();
  waiting_head = 0;
}

void peer::wake(instant now) {
  if (rests_until <= now) {
    rests = false;
    rests_until = never;
  }
}

// What was promised to that run needs no rest to end: the next one has sessions of its own.
void peer::forget_boot() {
  drop_outbox();
  rests = false;
  rests_until = never;
  latest_anchor.reset();
  latest_echo.reset();
  clock = {};  // the next run may be on another machine
  to_acknowledge_count = 0;
  acknowledge_by = never;
  unanswered = 0;
  round_ends = long_ago;
}

bool peer::acknowledged(sequence frame, instant now) {
  const std::size_t arrived = std::erase_if(in_flight, [&](const outgoing& one) {
    return std::ranges::find(one.sent_in, frame) != one.sent_in.end();
  });
  if (arrived == 0) {
    return false;
  }
  round_ends = long_ago;
  if (std::exchange(unanswered, 0) <= 1) {
    return false;
  }
  // What was put off for its silence need not wait any longer.
  for (outgoing& one : in_flight) {
    one.resend_at = std::min(one.resend_at, now + trip.timeout(0));
  }
  return true;
}

void peer::repeats(instant now) {
  if (round_ends <= now) {
    ++unanswered;
    round_ends = now + trip.timeout(unanswered);
  }
}

void peer::fill_flight() {
  while (waiting_head < waiting.size() && in_flight.size() < in_flight_max) {
    outgoing next;
    next.content = std::move(waiting[waiting_head++]);
    in_flight.push_back(std::move(next));
  }
  // Not only when it is empty: with somebody who always has more than there is room for it never
  // is.
  if (waiting_head > waiting.size() / 2) {
    waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(waiting_head));
    waiting_head = 0;
  }
}

}  // namespace conclave::core
