// Following waits, and who gives way when they come back (docs/protocol.md, "Deadlocks").
#include "candidate_fixture.hpp"
#include "voter_fixture.hpp"

#include <set>
#include <string>
#include <vector>

namespace conclave::core {
namespace {

constexpr duration soon = 200ms;  // when a wait is followed
constexpr owner_id one{1};
constexpr owner_id other{2};

class deadlocks_test : public candidate_test {
 protected:
  deadlocks_test() {
    candidate_ = candidate({.self = boot_of("me"),
                            .lease_ttl = test_ttl,
                            .session_idle_max = 60s,
                            .deadlock_timeout = soon,
                            .requests_max = 10},
                           roster_);
    for (const std::string name : {"a", "b", "c"}) {
      hear(name, 1, 0s);
    }
  }
  request_id ask_for(const lock_name& name, owner_id owner, bool nested = true) {
    lock_step step = said_.step(0s);
    const request_id id = candidate_.lock(name, {.owner = owner, .nested = nested}, step);
    candidate_.check_invariants(at(0s));
    return id;
  }
  request_id hold(const lock_name& name, owner_id owner) {
    return have_voted(name, ask_for(name, owner, false));
  }
  request_id share(const lock_name& name, owner_id owner) {
    lock_step step = said_.step(0s);
    return have_voted(name,
                      candidate_.lock(name, {.mode = lock_mode::shared, .owner = owner}, step));
  }
  // By a voter that lent nothing before.
  ballot lent_at(request_id id) const { return candidate_.attempts().at(id).min_ballot; }
  request_id have_voted(const lock_name& name, request_id id) {
    for (const std::string from : {"a", "b", "c"}) {
      said_.lamport.observe({5'010});
      tell(from,
           vote{.lock = name, .request = id, .ballot = lent_at(id), .generation = generation{1}});
    }
    EXPECT_EQ(candidate_.attempts().at(id).phase, attempt_phase::holding);
    return id;
  }
  [[nodiscard]] const ticket& ticket_of(request_id id) const {
    return candidate_.attempts().at(id).ticket;
  }
  // One that began at a younger request of another node.
  static wait_trail from_elsewhere(std::uint64_t time = 100'000) {
    return {
        .boot = boot_id{7},
        .waiter = {.time = lamport_time{time}, .node = node_id_of("you"), .request = request_id{9}},
        .number = 1,
        .ways = 1};
  }
  // This trail comes to what `held` has, as a voter passes it on.
  void arrive(const lock_name& name, request_id held, const wait_trail& trail) {
    const ticket waiter{.time = lamport_time{90'000}, .node = node_id_of("you"), .request = {5}};
    tell("a", hold_chase{.lock = name, .request = held, .waiter = waiter, .trail = trail}, soon);
  }
  std::vector<failed> failures() const { return said_.all_events<failed>(); }
  // By the ways that are followed in so many turns.
  [[nodiscard]] bool fails_in_time(request_id id, int turns = 2) {
    for (int turn = 1; turn <= turns && candidate_.attempts().contains(id); ++turn) {
      for (const std::string name : {"a", "b", "c"}) {
        hear(name, 1, turn * soon, turn * soon);
      }
      tick(turn * soon);
    }
    return !candidate_.attempts().contains(id);
  }
};

TEST_F(deadlocks_test, of_a_ring_within_one_node_the_youngest_fails) {
  const request_id p = hold("p", one);
  const request_id q = hold("q", other);
  const request_id older = ask_for("q", one);
  const request_id younger = ask_for("p", other);
  ASSERT_LT(ticket_of(older), ticket_of(younger));
  tick(soon);
  ASSERT_EQ(failures().size(), 1U);
  EXPECT_EQ(failures()[0].request, younger);
  EXPECT_EQ(failures()[0].reason, errc::deadlock);
  EXPECT_EQ(candidate_.counters().deadlocks, 1U);
  EXPECT_TRUE(candidate_.attempts().contains(p));
  EXPECT_TRUE(candidate_.attempts().contains(q));
  tick(2 * soon);
  EXPECT_TRUE(failures().empty()) << "the other goes on waiting";
}

TEST_F(deadlocks_test, a_wait_that_is_in_no_ring_goes_on) {
  hold("p", one);
  hold("q", other);
  ask_for("q", one);
  for (int turn = 1; turn < 10; ++turn) {
    tick(turn * soon / 4);
    EXPECT_TRUE(failures().empty());
  }
}

TEST_F(deadlocks_test, one_owner_that_waits_for_what_it_has_is_a_ring) {
  hold("p", one);
  const request_id again = ask_for("p", one);
  tick(soon);
  ASSERT_EQ(failures().size(), 1U);
  EXPECT_EQ(failures()[0].request, again);
}

TEST_F(deadlocks_test, who_waits_for_any_of_several_permits_is_not_followed) {
  const auto permit = [&](owner_id owner, bool nested) {
    lock_step step = said_.step(0s);
    return candidate_.lock(
        "few", {.mode = lock_mode::permit, .permits = 1, .owner = owner, .nested = nested}, step);
  };
  const request_id has = permit(one, false);
  for (const std::string from : {"a", "b", "c"}) {
    said_.lamport.observe({5'010});
    tell(from,
         vote{.lock = "few", .request = has, .ballot = lent_at(has), .generation = generation{1}});
  }
  ASSERT_EQ(candidate_.attempts().at(has).phase, attempt_phase::holding);
  hold("p", other);
  ask_for("p", one);
  permit(other, true);
  permit(other, true);  // behind that one
  tick(soon);
  EXPECT_TRUE(failures().empty());
  tick(2 * soon);
  EXPECT_TRUE(failures().empty());
}

TEST_F(deadlocks_test, a_ring_of_three_is_found) {
  hold("p", owner_id{1});
  hold("q", owner_id{2});
  hold("r", owner_id{3});
  ask_for("q", owner_id{1});
  ask_for("r", owner_id{2});
  const request_id last = ask_for("p", owner_id{3});
  tick(soon);
  ASSERT_EQ(failures().size(), 1U);
  EXPECT_EQ(failures()[0].request, last);
}

TEST_F(deadlocks_test, a_ring_over_any_of_those_that_share_is_found) {
  for (const std::uint64_t which : {3U, 4U}) {
    SCOPED_TRACE(which);
    const std::string name = "s" + std::to_string(which);
    std::vector<request_id> all{share(name, owner_id{3}), share(name, owner_id{4})};
    all.push_back(hold("q", one));
    all.push_back(ask_for("q", owner_id{which}));
    const request_id last = ask_for(name, one);
    EXPECT_TRUE(fails_in_time(last));
    for (const request_id each : all) {
      EXPECT_TRUE(candidate_.attempts().contains(each));
      unlock(each);
    }
  }
}

// It has all votes for the one, and waits for the other.
TEST_F(deadlocks_test, a_ring_over_several_that_are_before_it_here_is_found) {
  hold("l", one);
  lock_step step = said_.step(0s);
  const request_id group = candidate_.lock_all(std::vector<lock_name>{"p", "l"}, {}, step);
  for (const std::string from : {"a", "b", "c"}) {
    tell(
        from,
        vote{.lock = "p", .request = group, .ballot = lent_at(group), .generation = generation{1}});
  }
  const request_id last = ask_for("p", one);
  EXPECT_TRUE(fails_in_time(last));
  EXPECT_TRUE(candidate_.attempts().contains(group));
}

TEST(wait_trail, with_one_number_after_the_other_takes_each_combination_once) {
  std::set<std::vector<std::size_t>> taken;
  for (std::uint64_t number = 0; number < 24; ++number) {
    wait_trail trail{.boot = {}, .waiter = {}, .number = number, .ways = number};
    taken.insert({trail.branch(3), trail.branch(1), trail.branch(2), trail.branch(4)});
  }
  EXPECT_EQ(taken.size(), 24U);
}

TEST(wait_trail, takes_the_same_way_again) {
  wait_trail trail{.boot = boot_id{3}, .waiter = {}, .number = 23, .ways = 23, .path = 5};
  EXPECT_EQ(trail.branch(3), 2U);
  const wait_trail again = trail.again();
  EXPECT_EQ(again.boot, boot_id{3});
  EXPECT_EQ(again.ways, 23U);
  EXPECT_EQ(again.earlier, 5U);
  EXPECT_EQ(again.path, 0U);
  EXPECT_EQ(again.steps, 0U);
}

TEST(wait_trail, asks_each_of_several_within_a_few_numbers) {
  for (std::uint64_t request = 1; request <= 1'000; ++request) {
    std::set<std::size_t> taken;
    for (std::uint64_t number = 0; number < 40; ++number) {
      taken.insert(wait_trail{.boot = {},
                              .waiter = {.time = {}, .node = {}, .request = request_id{request}},
                              .number = number,
                              .steps = 1}
                       .sample(3));
    }
    EXPECT_EQ(taken.size(), 3U) << request;
  }
}

TEST(wait_trail, asks_not_whom_the_last_asked_one_step_later) {
  int alike = 0;
  for (std::uint64_t number = 1; number <= 1'000; ++number) {
    const wait_trail last{.boot = {}, .waiter = {}, .number = number, .steps = 1};
    const wait_trail next{.boot = {}, .waiter = {}, .number = number + 1, .steps = 0};
    alike += last.sample(2) == next.sample(2) ? 1 : 0;
  }
  EXPECT_GT(alike, 300);
  EXPECT_LT(alike, 700);
}

TEST_F(deadlocks_test, a_time_beyond_all_clocks_means_never) {
  candidate_ = candidate({.self = boot_of("me"),
                          .lease_ttl = test_ttl,
                          .session_idle_max = 60s,
                          .deadlock_timeout = duration::max(),
                          .requests_max = 10},
                         roster_);
  lock_step step = said_.step(1s);
  candidate_.lock("l", {.owner = one, .nested = true}, step);
  tick(1s + soon);
  EXPECT_EQ(candidate_.counters().chased, 0U);
}

TEST_F(deadlocks_test, who_only_tries_is_not_followed) {
  lock_step step = said_.step(0s);
  candidate_.lock("l", {.wait = false, .give_up_at = at(1s), .owner = one, .nested = true}, step);
  tick(soon);
  EXPECT_TRUE(said_.all<wait_chase>().empty());
}

TEST_F(deadlocks_test, no_voter_is_asked_that_was_not_heard_of_lately) {
  ask_for("l", one);
  tick(2 * test_ttl);
  EXPECT_TRUE(said_.all<wait_chase>().empty());
}

TEST_F(deadlocks_test, only_voters_are_answered) {
  const request_id held = hold("p", one);
  ask_for("l", one);
  const ticket waiter{.time = lamport_time{90'000}, .node = node_id_of("you"), .request = {5}};
  tell("you",
       hold_chase{.lock = "p", .request = held, .waiter = waiter, .trail = from_elsewhere()});
  EXPECT_TRUE(said_.sends.empty());
}

TEST_F(deadlocks_test, what_was_waited_for_is_followed_no_more) {
  const request_id held = hold("p", one);
  const request_id given_up = ask_for("l", one);
  unlock(given_up);
  candidate_.check_invariants(at(0s));
  arrive("p", held, from_elsewhere());
  EXPECT_TRUE(said_.sends.empty());
  const request_id had = have_voted("l", ask_for("l", one));
  arrive("p", held, from_elsewhere());
  EXPECT_TRUE(said_.sends.empty());
  unlock(had);
}

TEST_F(deadlocks_test, nor_is_what_another_request_of_the_node_passed_on) {
  lock_step step = said_.step(0s);
  const request_id before = have_voted("l", candidate_.lock("l", {.span = 4}, step));
  const request_id held = hold("p", one);
  const request_id next = ask_for("l", one);
  unlock(before);
  ASSERT_EQ(candidate_.attempts().at(next).phase, attempt_phase::holding);
  arrive("p", held, from_elsewhere());
  EXPECT_TRUE(said_.sends.empty());
}

TEST_F(deadlocks_test, who_may_have_nothing_else_is_not_followed) {
  const request_id waits = ask_for("l", one, false);
  tick(soon);
  EXPECT_TRUE(said_.all<wait_chase>().empty());
  EXPECT_TRUE(candidate_.attempts().contains(waits));
}

TEST_F(deadlocks_test, a_voter_that_lent_elsewhere_is_asked_who_has_it) {
  const request_id waits = ask_for("l", one);
  lend("a", waits, lent_at(waits).value);
  tick(soon - 1ns);
  EXPECT_TRUE(said_.all<wait_chase>().empty());
  std::uint64_t number = 0;
  int turn = 0;
  for (const std::size_t trails : {1U, 4U, 4U}) {
    tick(++turn * soon);
    ASSERT_EQ(said_.all<wait_chase>().size(), trails);
    for (std::size_t i = 0; i < trails; ++i) {
      EXPECT_NE(said_.sends[i].to, boot_of("a")) << "its vote is had";
      const wait_chase asked = said_.all<wait_chase>()[i];
      EXPECT_EQ(asked.request, waits);
      EXPECT_EQ(asked.trail.waiter, ticket_of(waits));
      EXPECT_EQ(asked.trail.number, number);
      EXPECT_EQ(asked.trail.ways, number);
      EXPECT_EQ(asked.trail.earlier, 0U);
      ++number;
    }
  }
}

TEST_F(deadlocks_test, the_trail_goes_on_to_what_the_owner_of_a_hold_waits_for) {
  const request_id held = hold("p", one);
  const request_id waits = ask_for("l", one);
  arrive("p", held, from_elsewhere());
  ASSERT_EQ(said_.all<wait_chase>().size(), 1U);
  const wait_chase next = said_.all<wait_chase>()[0];
  EXPECT_EQ(next.lock, "l");
  EXPECT_EQ(next.request, waits);
  EXPECT_EQ(next.trail.waiter, from_elsewhere().waiter);
  EXPECT_EQ(next.trail.steps, 1U);
  EXPECT_NE(next.trail.path, 0U);
}

TEST_F(deadlocks_test, each_of_several_that_the_owner_waits_for_has_its_turn) {
  const request_id held = hold("p", one);
  ask_for("l", one);
  ask_for("m", one);
  std::set<lock_name> followed;
  for (std::uint64_t ways = 4; ways < 6; ++ways) {
    wait_trail trail = from_elsewhere();
    trail.ways = ways;
    arrive("p", held, trail);
    ASSERT_EQ(said_.all<wait_chase>().size(), 1U);
    followed.insert(said_.all<wait_chase>()[0].lock);
    EXPECT_EQ(said_.all<wait_chase>()[0].trail.ways, 2U);
  }
  EXPECT_EQ(followed.size(), 2U);
}

TEST_F(deadlocks_test, each_voter_that_may_know_something_else_is_asked) {
  ask_for("l", one);
  std::set<node_id> asked;
  for (int turn = 1; turn <= 3; ++turn) {
    tick(turn * soon);
    for (const auto& each : said_.sends) {
      asked.insert(each.to.node);
    }
  }
  EXPECT_EQ(asked.size(), 3U);
}

TEST_F(deadlocks_test, it_ends_at_an_owner_that_waits_for_nothing) {
  const request_id held = hold("p", one);
  ask_for("l", other);
  arrive("p", held, from_elsewhere());
  EXPECT_TRUE(said_.sends.empty());
}

TEST_F(deadlocks_test, it_ends_at_a_younger_wait_which_finds_the_ring_itself) {
  const request_id held = hold("p", one);
  ask_for("l", one);
  arrive("p", held, from_elsewhere(1));
  EXPECT_TRUE(said_.sends.empty());
}

TEST_F(deadlocks_test, it_ends_where_nothing_is_held) {
  const request_id asked = ask_for("p", one);
  ask_for("l", one);
  arrive("p", asked, from_elsewhere());
  EXPECT_TRUE(said_.sends.empty());
}

// Of those that ask for several at once, who is before another keeps what it has of them.
TEST_F(deadlocks_test, it_goes_on_from_one_of_several_that_are_asked_for_together) {
  lock_step step = said_.step(0s);
  const request_id group = candidate_.lock_all(std::vector<lock_name>{"p", "l"}, {}, step);
  arrive("p", group, from_elsewhere());
  ASSERT_EQ(said_.all<wait_chase>().size(), 1U);
  EXPECT_EQ(said_.all<wait_chase>()[0].lock, "l");
  tell("a",
       hold_chase{
           .lock = "p", .request = group, .waiter = smaller_than(group), .trail = from_elsewhere()},
       soon);
  EXPECT_TRUE(said_.sends.empty()) << "it gives way to that one";
}

TEST_F(deadlocks_test, a_copy_of_it_goes_nowhere) {
  const request_id held = hold("p", one);
  ask_for("l", one);
  arrive("p", held, from_elsewhere());
  ASSERT_EQ(said_.sends.size(), 1U);
  arrive("p", held, from_elsewhere());
  EXPECT_TRUE(said_.sends.empty());
  wait_trail a_ring_later = from_elsewhere();
  ++a_ring_later.steps;
  arrive("p", held, a_ring_later);
  EXPECT_EQ(said_.sends.size(), 1U) << "that is none";
}

TEST_F(deadlocks_test, it_ends_after_so_many_steps) {
  const request_id held = hold("p", one);
  ask_for("l", one);
  wait_trail trail = from_elsewhere();
  trail.steps = 32;
  arrive("p", held, trail);
  EXPECT_TRUE(said_.sends.empty());
}

// The trail leaves here, and comes back as another node sends it on.
class trail_comes_back : public deadlocks_test {
 protected:
  trail_comes_back() {
    held_ = hold("p", one);
    waits_ = ask_for("l", one);
    tick(soon);
    sent_ = said_.all<wait_chase>().at(0).trail;
  }
  // After a step at another node.
  static wait_trail passed_on(wait_trail trail, std::uint64_t by = 5) {
    ++trail.steps;
    trail.path = mix(trail.path ^ by);
    return trail;
  }

  request_id held_;
  request_id waits_;
  wait_trail sent_;
};

TEST_F(trail_comes_back, the_first_time_it_goes_the_same_way_once_more) {
  arrive("p", held_, passed_on(sent_));
  EXPECT_TRUE(failures().empty());
  ASSERT_EQ(said_.all<wait_chase>().size(), 1U);
  const wait_trail again = said_.all<wait_chase>()[0].trail;
  EXPECT_NE(again.earlier, 0U);
  EXPECT_EQ(again.number, sent_.number);
  EXPECT_EQ(again.steps, 0U);
  EXPECT_EQ(again.path, 0U);
}

TEST_F(trail_comes_back, the_second_time_on_the_same_way_it_is_a_deadlock) {
  arrive("p", held_, passed_on(sent_));
  const wait_trail again = said_.all<wait_chase>().at(0).trail;
  arrive("p", held_, passed_on(again));
  ASSERT_EQ(failures().size(), 1U);
  EXPECT_EQ(failures()[0].request, waits_);
  EXPECT_TRUE(candidate_.attempts().contains(held_));
}

TEST_F(trail_comes_back, on_another_way_it_is_none) {
  arrive("p", held_, passed_on(sent_));
  const wait_trail again = said_.all<wait_chase>().at(0).trail;
  arrive("p", held_, passed_on(again, 6));
  EXPECT_TRUE(failures().empty());
}

TEST_F(trail_comes_back, a_copy_of_the_first_round_is_no_second_one) {
  arrive("p", held_, passed_on(sent_));
  arrive("p", held_, passed_on(sent_));
  EXPECT_TRUE(failures().empty());
}

// Over a slow network the next ones set out before it is back.
TEST_F(trail_comes_back, one_that_is_late_is_as_good) {
  tick(2 * soon);
  arrive("p", held_, passed_on(sent_));
  const wait_trail again = said_.all<wait_chase>().at(0).trail;
  EXPECT_EQ(again.number, sent_.number);
  tick(3 * soon);
  arrive("p", held_, passed_on(again));
  EXPECT_EQ(failures().size(), 1U);
}

TEST_F(trail_comes_back, one_that_began_in_an_earlier_run_says_nothing) {
  wait_trail earlier = passed_on(sent_);
  earlier.boot = boot_id{77};
  arrive("p", held_, earlier);
  EXPECT_TRUE(said_.sends.empty());
}

class voter_passes_on : public voter_fixture {
 protected:
  voter_passes_on() {
    open(x_);
    open(y_);
    tell(x_, request_of(x_, 1, 10));
    tell(y_, request_of(y_, 2, 20));
  }
  void ask(const node_boot& who, std::uint64_t id, const lock_name& lock = "a") {
    tell(who, wait_chase{.lock = lock,
                         .request = request_id{id},
                         .trail = {.boot = {}, .waiter = {}, .number = 3, .ways = 3}});
  }
};

TEST_F(voter_passes_on, to_who_has_what_is_waited_for) {
  ask(y_, 2);
  ASSERT_EQ(said_.all<hold_chase>().size(), 1U);
  EXPECT_EQ(said_.sends[0].to, x_);
  EXPECT_EQ(said_.all<hold_chase>()[0].request, request_id{1});
  EXPECT_EQ(said_.all<hold_chase>()[0].trail.number, 3U);
  EXPECT_EQ(said_.all<hold_chase>()[0].waiter.request, request_id{2});
}

TEST_F(voter_passes_on, nothing_for_who_does_not_wait_here) {
  ask(x_, 1);
  EXPECT_TRUE(said_.sends.empty()) << "it has it";
  ask(y_, 3);
  EXPECT_TRUE(said_.sends.empty());
  ask(z_, 2);
  EXPECT_TRUE(said_.sends.empty());
  ask(y_, 2, "b");
  EXPECT_TRUE(said_.sends.empty());
}

TEST_F(voter_passes_on, to_each_of_those_that_share_it_in_turn) {
  for (const node_boot& who : {x_, y_}) {
    request asked = request_of(who, 5, 30, "s");
    asked.mode = lock_mode::shared;
    tell(who, asked);
  }
  open(z_);
  tell(z_, request_of(z_, 6, 40, "s"));
  bool to_x = false;
  bool to_y = false;
  for (std::uint64_t ways = 0; ways < 4; ++ways) {
    tell(z_, wait_chase{.lock = "s",
                        .request = request_id{6},
                        .trail = {.boot = {}, .waiter = {}, .ways = ways}});
    ASSERT_EQ(said_.sends.size(), 1U);
    EXPECT_EQ(said_.all<hold_chase>()[0].trail.ways, ways / 2) << "the others choose by the rest";
    to_x = to_x || said_.sends[0].to == x_;
    to_y = to_y || said_.sends[0].to == y_;
  }
  EXPECT_TRUE(to_x && to_y);
}

TEST_F(voter_passes_on, nothing_about_permits) {
  for (const node_boot& who : {x_, y_}) {
    request asked = request_of(who, 7, 50, "k");
    asked.mode = lock_mode::permit;
    asked.permits = 1;
    tell(who, asked);
  }
  ask(y_, 7, "k");
  EXPECT_TRUE(said_.all<hold_chase>().empty());
}

}  // namespace
}  // namespace conclave::core
