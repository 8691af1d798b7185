// Who asks voters about locks, and who watches one (docs/protocol.md, "Asking about locks").
#include "little_cluster.hpp"

namespace conclave::core {
namespace {

class watching_test : public testing::Test, public little_cluster {
 protected:
  watching_test() { start_three(); }

  void observe(const std::string& who, const std::string& lock) {
    process& one = processes.at(who);
    act(one, [&](actions& out) { one.node->observe(lock, now, out); });
    settle();
  }
  address start_watching(const std::string& who) {
    const address where = start(who).where;
    run_for(1s);
    observe(who, "a");
    return where;
  }
  // What it saw last; nobody when it saw nothing.
  [[nodiscard]] holder_view seen_by(const std::string& who) const {
    const auto all_seen = all<observed>(who);
    return all_seen.empty() ? holder_view() : all_seen.back().view;
  }
  // Messages of this kind that are under way.
  template <class T>
  [[nodiscard]] int under_way() const {
    int count = 0;
    for (const flying& frame : network) {
      count += carries<T>(frame) ? 1 : 0;
    }
    return count;
  }
  template <class T>
  [[nodiscard]] bool carries(const flying& frame) const {
    std::vector<std::byte> bytes = frame.bytes;
    received_frame read;
    const std::uint64_t cluster = processes.begin()->second.node->links().settings().cluster;
    message content;
    bool found = read_frame(bytes, cluster, sealer(), read) == frame_error::none;
    if (!found) {
      return false;
    }
    found = false;
    while (read.messages.next(content)) {
      found = found || std::holds_alternative<T>(content);
    }
    return found;
  }
  auto named(const std::string& who) {
    return [this, who](frame_header& header) {
      header.receiver_boot = at(who).self().boot;
      header.epoch = at(who).roster().epoch;
      header.roster_fingerprint = at(who).roster().fingerprint();
    };
  }
};

TEST_F(watching_test, a_change_that_is_lost_on_the_way_is_said_again) {
  observe("n3", "a");
  run_for(100ms);
  ASSERT_TRUE(seen_by("n3").known);
  int lost = 0;
  passes = [&](const flying& frame) {
    const bool drops = frame.to == processes.at("n3").where && carries<sighting>(frame) && lost < 2;
    lost += drops ? 1 : 0;
    return !drops;
  };
  lock("n1", "a");
  settle();
  ASSERT_EQ(lost, 2);
  EXPECT_FALSE(seen_by("n3").holder.node);
  run_for(1s);  // sooner than it asks again
  EXPECT_EQ(seen_by("n3").holder, at("n1").self());
}

TEST_F(watching_test, who_was_silent_for_long_hears_of_a_change_all_the_same) {
  const address worker = start_watching("worker");
  passes = [&](const flying& frame) { return frame.from != worker && frame.to != worker; };
  run_for(at("n1").links().settings().silence_max + 100ms);
  for (const std::string voter : {"n1", "n2", "n3"}) {
    ASSERT_EQ(at(voter).links().find(node_id_of("worker")), nullptr);
  }
  passes = [](const flying&) { return true; };
  lock("n1", "a");
  settle();
  EXPECT_EQ(seen_by("worker").holder, at("n1").self());
}

TEST_F(watching_test, who_watched_in_an_earlier_run_hears_no_more) {
  const address worker = start_watching("worker");
  int told = 0;
  passes = [&](const flying& frame) {
    told += frame.to == worker && carries<sighting>(frame) ? 1 : 0;
    return frame.from != worker && frame.to != worker;
  };
  run_for(at("n1").links().settings().silence_max + 100ms);
  for (const std::string voter : {"n1", "n2", "n3"}) {
    member_update news = *at(voter).members().update_about(node_id_of("worker"));
    news.boot = news.boot.next();
    news.status = member_status::alive;
    deliver(voter, at(voter == "n1" ? "n2" : "n1").self(), {news});
  }
  told = 0;  // what was not acknowledged was repeated
  lock("n1", "a");
  settle();
  EXPECT_EQ(told, 0);
}

TEST_F(watching_test, who_watches_before_it_knows_the_voters_asks_them_when_it_does) {
  lock("n1", "a");
  settle();
  start("worker");
  act(processes.at("worker"),
      [&](actions& out) { processes.at("worker").node->observe("a", now, out); });
  run_for(500ms);  // sooner than it asks again
  EXPECT_EQ(seen_by("worker").holder, at("n1").self());
}

TEST_F(watching_test, another_run_of_a_voter_is_asked_anew) {
  observe("n3", "a");
  int asked = 0;
  passes = [&](const flying& frame) {
    asked += frame.to == processes.at("n2").where && carries<watch>(frame) ? 1 : 0;
    return true;
  };
  start("n2");
  run_for(500ms);
  EXPECT_EQ(asked, 1);
}

TEST_F(watching_test, who_is_asked_answers_whichever_run_of_it_was_meant) {
  deliver("n2", at("n1").self(), {watch{.lock = "a"}});
  EXPECT_EQ(under_way<sighting>(), 1);
  deliver("n2", at("n1").self(), {inquiry{.number = 5, .lock = "a"}});
  EXPECT_EQ(under_way<inquiry_end>(), 1);
}

TEST_F(watching_test, an_answer_to_an_earlier_run_is_none) {
  const inquiry_end end{.number = 5};
  deliver("n1", at("n2").self(), {end});
  EXPECT_TRUE(all<answered>("n1").empty());
  deliver("n1", at("n2").self(), {end}, named("n1"));
  EXPECT_EQ(all<answered>("n1").size(), 1U);
}

TEST_F(watching_test, only_voters_of_the_same_roster_say_who_has_a_lock) {
  observe("n1", "a");
  const std::size_t before = all<observed>("n1").size();
  const auto says = [&](const std::string& voter, const auto& but) {
    sighting seen{.lock = "a", .version = 1'000, .node = {9}, .boot = {8}, .request = {7}};
    seen.ballot = {at("n1").lamport().value};
    deliver("n1", at(voter).self(), {seen}, [&](frame_header& header) {
      named("n1")(header);
      but(header);
    });
  };
  for (const std::string voter : {"n2", "n3"}) {
    says(voter, [](frame_header& header) { ++header.roster_fingerprint; });
    EXPECT_EQ(all<observed>("n1").size(), before);
  }
  for (const std::string voter : {"n2", "n3"}) {
    says(voter, [](frame_header&) {});
  }
  EXPECT_EQ(seen_by("n1").holder.node, node_id{9});
}

TEST_F(watching_test, who_has_forgotten_a_lock_asks_no_more) {
  observe("n1", "a");
  run_for(4s);
  at("n1").forget("a");
  bool asked = false;
  passes = [&](const flying& frame) {
    asked = asked || carries<watch>(frame);
    return true;
  };
  run_for(10s);
  EXPECT_FALSE(asked);
}

}  // namespace
}  // namespace conclave::core
