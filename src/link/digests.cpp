// The state of the link as a hash: all that decides what it does next, and nothing else.
#include "base/digest.hpp"
#include "base/sorted_keys.hpp"
#include "link/link.hpp"
#include "wire/message.hpp"

#include <algorithm>
#include <vector>

namespace conclave::core {

namespace {

// Numbers of own frames only tell which acknowledgement is for which: they are names, and counted
// here in the order in which they are met.
using frame_names = std::vector<sequence>;

std::uint64_t name_of(frame_names& known, sequence frame) {
  if (!frame) {
    return 0;
  }
  const auto found = std::ranges::find(known, frame);
  const auto position = static_cast<std::uint64_t>(found - known.begin());
  if (found == known.end()) {
    known.push_back(frame);
  }
  return position + 1;
}

void add(digest& sum, const outgoing& one, frame_names& known) {
  const auto& [content, sent_in, attempts, resend_at] = one;
  add_to(sum, content);
  for (const sequence frame : sent_in) {
    sum.add(name_of(known, frame));
  }
  sum.add_all(std::uint64_t{attempts}, resend_at);
}

void add(digest& sum, const std::vector<message>& messages, std::size_t from) {
  sum.add(messages.size() - from);
  for (std::size_t i = from; i < messages.size(); ++i) {
    add_to(sum, messages[i]);
  }
}

void add(digest& sum, const peer& one) {
  const auto& [where, boot, latest_anchor, latest_anchor_at, latest_echo, last_heard, trip, clock,
               in_flight, unanswered, round_ends, waiting, waiting_head, unreliable, rests,
               rests_until, to_acknowledge, to_acknowledge_count, acknowledge_by, dirty, reply_due,
               ask_reply, timer] = one;
  sum.add_all(hash_value(where), boot, latest_anchor, latest_anchor_at, latest_echo, last_heard);
  trip.add_to(sum);
  clock.add_to(sum);
  sum.add(in_flight.size());
  frame_names known;
  for (const outgoing& each : in_flight) {
    add(sum, each, known);
  }
  sum.add_all(std::uint64_t{unanswered}, round_ends);
  add(sum, waiting, waiting_head);
  add(sum, unreliable, 0);
  sum.add_all(std::uint64_t{rests}, rests_until, std::uint64_t{to_acknowledge_count});
  for (std::size_t i = 0; i < to_acknowledge_count; ++i) {
    sum.add(to_acknowledge[i]);
  }
  sum.add_all(acknowledge_by, std::uint64_t{dirty}, std::uint64_t{reply_due},
              std::uint64_t{ask_reply}, timer);
}

}  // namespace

void clock_rate::add_to(digest& sum) const {
  for (const clock_exchange& each : {oldest_, middle_, fresh_}) {
    const auto& [sent, heard, answered, came] = each;
    sum.add_all(sent, heard, answered, came);
  }
  sum.add_all(conclude_at_, std::uint64_t{started_}, static_cast<std::uint64_t>(verdict_),
              std::uint64_t{bounds_.has_value()});
  if (bounds_) {
    const auto& [lower, upper] = *bounds_;
    sum.add_all(static_cast<std::uint64_t>(lower), static_cast<std::uint64_t>(upper));
  }
}

// Left out: counters_, which nothing looks at; last_sequence_, as frames' numbers are names; and of
// settings_ what is not its name.
void link::add_to(digest& sum) const {
  sum.add_all(settings_.self);
  sum.add(peers_.size());
  for (const node_id id : sorted_keys(peers_)) {
    sum.add(id);
    add(sum, peers_.at(id));
  }
  sum.add(dirty_.size());
  for (const node_id id : dirty_) {
    sum.add(id);
  }
  sum.add(unaddressed_.size());
  for (const unaddressed& each : unaddressed_) {
    const auto& [where, content] = each;
    sum.add(hash_value(where));
    core::add_to(sum, content);
  }
  timers_.add_to(sum);
}

}  // namespace conclave::core
