// A voter and three candidates, spoken to by hand.
#pragma once

#include "bench_table.hpp"
#include "lock/voter.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace conclave::core {

class voter_fixture : public testing::Test {
 protected:
  voter_fixture() { said_.lamport.observe({100'000}); }

  void open(const node_boot& candidate, duration now = 0s) {
    voter_.extend_session(candidate, test_ttl, at(now), at(now));
  }
  template <class Message>
  void tell(const node_boot& from, const Message& content, duration now = 0s) {
    lock_step step = said_.step(now);
    voter_.handle(from, content, step);
    voter_.check_invariants();
  }

  const node_boot x_ = boot_of("x");
  const node_boot y_ = boot_of("y");
  const node_boot z_ = boot_of("z");
  voter_roster roster_ = roster_with({"v", "w", "u"});
  voter voter_{boot_of("v"), roster_, false, lamport_time{1'000}, 100};
  said said_;
};

// Where the vote can be lent to several at once.
class lends_to_several : public voter_fixture {
 protected:
  lends_to_several() {
    for (const node_boot& who : {x_, y_, z_}) {
      open(who);
    }
  }

  void done(const node_boot& who, std::uint64_t id, std::uint64_t token = 0) {
    tell(who, release{.lock = "a", .request = request_id{id}, .last_token = ballot{token}});
  }
  // Null when it has none.
  [[nodiscard]] const lent_vote* lent(const node_boot& who, std::uint64_t id = 1) const {
    return voter_.find_lock("a")->find_lent(who, request_id{id});
  }
  [[nodiscard]] ballot ballot_of(const node_boot& who) const { return lent(who)->ballot; }
};

}  // namespace conclave::core
