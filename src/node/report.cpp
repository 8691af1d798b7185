// Reports as sentences for operators.
#include "node/actions.hpp"

#include <cstdint>
#include <string>

namespace conclave::core {

const char* to_string(report_kind kind) {
  switch (kind) {
    case report_kind::superseded:
      return "superseded";
    case report_kind::own_name_heard:
      return "own_name_heard";
    case report_kind::roster_mismatch:
      return "roster_mismatch";
    case report_kind::lease_refused:
      return "lease_refused";
    case report_kind::lease_too_long:
      return "lease_too_long";
    case report_kind::lamport_refused:
      return "lamport_refused";
    case report_kind::abstaining:
      return "abstaining";
    case report_kind::abstention_over:
      return "abstention_over";
    case report_kind::floors_on_wall_clock:
      return "floors_on_wall_clock";
    case report_kind::peers_full:
      return "peers_full";
    case report_kind::clock_drifting:
      return "clock_drifting";
    case report_kind::clock_broken:
      return "clock_broken";
    case report_kind::clock_trusted:
      return "clock_trusted";
  }
  return "?";
}

namespace {

std::string milliseconds_of(std::uint64_t nanoseconds) {
  return std::to_string(nanoseconds / 1'000'000) + " ms";
}

// "3000 to 3100 ppm faster than".
std::string rate_of(const report& said) {
  const auto lower = static_cast<std::int64_t>(said.value);
  const auto upper = static_cast<std::int64_t>(said.other);
  if (lower < 0 && upper > 0) {
    return "between " + std::to_string(-lower) + " ppm slower and " + std::to_string(upper) +
           " ppm faster than";
  }
  const bool slower = lower < 0;
  return std::to_string(slower ? -upper : lower) + " to " +
         std::to_string(slower ? -lower : upper) + " ppm " + (slower ? "slower" : "faster") +
         " than";
}

// What is certain of a rate that lies on one side as a whole.
std::string least_rate_of(const report& said) {
  const auto lower = static_cast<std::int64_t>(said.value);
  const auto upper = static_cast<std::int64_t>(said.other);
  return "at least " + std::to_string(lower > 0 ? lower : -upper) + " ppm " +
         (lower > 0 ? "faster" : "slower") + " than";
}

std::string text_about_clock(const report& said, const std::string& peer) {
  const bool in_bound = said.kind == report_kind::clock_trusted;
  const std::string runs = "the clock of " + peer + " runs " +
                           (in_bound ? rate_of(said) : least_rate_of(said)) + " this node's";
  if (said.kind == report_kind::clock_drifting) {
    return runs +
           ": more than half of what clock_drift_max_ppm allows. Look at how both machines keep "
           "time before votes no longer count";
  }
  if (said.kind == report_kind::clock_trusted) {
    return runs + ": both keep clock_drift_max_ppm again, as far as can be seen; its votes count";
  }
  return runs +
         ": not both can keep clock_drift_max_ppm, and one of the two is wrong. Its votes do not "
         "count on this node. Mend the clock that differs from all others";
}

}  // namespace

std::string to_text(const report& said, const std::string& peer_name) {
  std::string peer =
      peer_name.empty() ? "node " + std::to_string(said.peer.value) : "\"" + peer_name + "\"";
  if (said.from) {
    peer += " at " + to_string(said.from);
  }
  const std::string value = std::to_string(said.value);
  const std::string other = std::to_string(said.other);
  switch (said.kind) {
    case report_kind::superseded:
      return "a newer process (boot " + value +
             ") runs under this node's name; this one has stopped voting and given up its locks";
    case report_kind::own_name_heard:
      return "an older process (boot " + value + ") still runs under this node's name: " + peer;
    case report_kind::roster_mismatch:
      return peer + " has another roster (fingerprint " + value + ", ours " + other +
             "); give all nodes the same voters, lease_ttl_max and clock_drift_max_ppm";
    case report_kind::lease_refused:
      return peer + " refused this node's lease_ttl of " + milliseconds_of(said.value) +
             "; its lease_ttl_max is " + milliseconds_of(said.other);
    case report_kind::lease_too_long:
      return peer + " asks for a lease_ttl of " + milliseconds_of(said.value) +
             ", over the roster's lease_ttl_max of " + milliseconds_of(said.other);
    case report_kind::lamport_refused:
      return peer + " has a Lamport time too far ahead (" + value + ", ours " + other +
             "); its frames are dropped. Check its wall clock, and lamport_jump_max";
    case report_kind::abstaining:
      return "this voter started without knowing what it lent before: it lends nothing for " +
             milliseconds_of(said.value);
    case report_kind::abstention_over:
      return "this voter lends again; " + value + " other voters remembered their tokens";
    case report_kind::floors_on_wall_clock:
      return "this voter lends again, but only " + value + " of " + other +
             " needed voters remembered their tokens: fencing tokens rest on its wall clock";
    case report_kind::peers_full:
      return "too many peers: frames of " + peer + " are dropped; see peers_max";
    case report_kind::clock_drifting:
    case report_kind::clock_broken:
    case report_kind::clock_trusted:
      return text_about_clock(said, peer);
  }
  return to_string(said.kind);
}

}  // namespace conclave::core
