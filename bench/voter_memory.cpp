// What a voter's memory grows by for each lock that is held.
#include "base/digest.hpp"
#include "growth.hpp"
#include "lock/voter.hpp"

#include <fmt/format.h>
#include <malloc.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace conclave::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t locks_count = 100'000;

// As the allocator counts it: with what it adds to each allocation, and with what is in reserve.
std::size_t heap_in_use() {
  const struct mallinfo2 now = mallinfo2();
  return now.uordblks + now.hblkhd;
}

core::node_boot boot_of(const char* name) {
  return {.node = core::node_id_of(name), .boot = core::boot_id{1}};
}

}  // namespace

void measure_voter_memory(summary& to) {
  core::voter_roster roster;
  roster.epoch = core::epoch{1};
  roster.voters = {core::node_id_of("v")};
  roster.lease_ttl_max = 10s;
  const core::node_boot holder = boot_of("c");
  core::lamport_clock lamport{1, core::instant{}, 1h};
  std::vector<core::addressed> sends;
  std::vector<core::lock_event> events;
  std::vector<core::node_id> contacts;
  core::lock_step step{.now = core::instant{},
                       .lamport = lamport,
                       .sends = sends,
                       .events = events,
                       .contacts = contacts};
  core::voter voter(boot_of("v"), roster, false, lamport.time(), 2 * locks_count);
  voter.extend_session(holder, 10s, core::instant{}, core::instant{});
  sends.reserve(1);

  const std::size_t before = heap_in_use();
  for (std::uint64_t i = 1; i <= locks_count; ++i) {
    core::request asked;
    asked.lock = fmt::format("orders/{:09}", i);  // 16 bytes
    asked.ticket = {.time = lamport.tick(), .node = holder.node, .request = core::request_id{i}};
    asked.min_ballot = core::ballot{asked.ticket.time.value};
    voter.handle(holder, asked, step);
    sends.clear();
  }
  const std::size_t after = heap_in_use();
  if (voter.counters().votes_lent != locks_count || voter.locks().size() != locks_count) {
    throw std::logic_error("the voter did not lend all that was asked for");
  }
  to.add("voter_bytes_per_held_lock",
         static_cast<double>(after - before) / static_cast<double>(locks_count), "bytes");
}

}  // namespace conclave::bench
