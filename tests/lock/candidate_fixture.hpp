// A candidate of three voters, spoken to by hand.
#pragma once

#include "bench_table.hpp"
#include "lock/candidate.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace conclave::core {

class candidate_test : public testing::Test {
 protected:
  candidate_test() {
    for (const std::string name : {"a", "b", "c"}) {
      hear(name, 1, 0s);
    }
    said_.lamport.observe({3'000});
  }

  void hear(const std::string& name, std::uint64_t opening, duration echo, duration now = 0s) {
    lock_step step = said_.step(now);
    candidate_.hear(
        {.voter = boot_of(name), .generation = core::generation{opening}, .covered_echo = at(echo)},
        step);
  }
  request_id ask(duration now = 0s, const lock_request& options = {}) {
    lock_step step = said_.step(now);
    const request_id request = candidate_.lock("l", options, step);
    candidate_.check_invariants(at(now));
    return request;
  }
  template <class Message>
  void tell(const std::string& from, const Message& content, duration now = 0s) {
    lock_step step = said_.step(now);
    candidate_.handle(boot_of(from), content, step);
    candidate_.check_invariants(at(now));
  }
  void lend(const std::string& from, request_id request, std::uint64_t number, duration now = 0s,
            std::uint64_t opening = 1) {
    said_.lamport.observe({number + 10});  // as the header of the voter's frame would
    tell(from,
         vote{.lock = "l",
              .request = request,
              .ballot = ballot{number},
              .generation = core::generation{opening}},
         now);
  }
  void tick(duration now) {
    lock_step step = said_.step(now);
    candidate_.tick(step);
    candidate_.check_invariants(at(now));
  }
  bool unlock(request_id request, duration now = 0s) {
    lock_step step = said_.step(now);
    return candidate_.unlock(request, step);
  }
  // 0: none.
  std::uint64_t take(request_id held, duration now = 0s) {
    lock_step step = said_.step(now);
    const auto token = candidate_.take_token(held, step);
    return token ? token->value() : 0;
  }
  ticket smaller_than(request_id request) const {
    ticket other = candidate_.attempts().at(request).ticket;
    --other.time.value;
    return other;
  }
  recall recall_of(request_id request, std::uint64_t number, const ticket& waiter) const {
    return {.lock = "l", .request = request, .ballot = ballot{number}, .waiter = waiter};
  }

  voter_roster roster_ = roster_with({"a", "b", "c"});
  said said_;
  candidate candidate_{{.self = boot_of("me"),
                        .lease_ttl = test_ttl,
                        .session_idle_max = 60s,
                        .deadlock_timeout = 250ms,
                        .requests_max = 5},
                       roster_};
  const duration usable_ = shortened_by_drift(test_ttl, roster_.clock_drift_max_ppm);
};

}  // namespace conclave::core
