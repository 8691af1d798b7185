// A node that hears accusations, for tests.
#pragma once

#include "solo.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace conclave::core {

// A node and those that accuse "x", each by a probe of its own.
class accused : public testing::Test {
 protected:
  accused() {
    for (const std::string name : {"x", "a", "b", "c", "d"}) {
      node_.hear(name, 1, update(name, 1, 1));
    }
  }
  void accuse(const std::string& accuser, std::uint64_t word = 1, std::uint64_t boot = 1) {
    node_.hear("d", 1,
               accusation{.member = node_id_of("x"),
                          .boot = {boot},
                          .incarnation = {word},
                          .accuser = node_id_of(accuser)});
  }
  // What was asked just now is answered by all but one.
  void answer_but_for(const std::string& silent) {
    const std::vector<gossip_send> said = node_.out().sends;
    for (const std::string name : {"x", "a", "b", "c", "d"}) {
      for (const gossip_send& sent : said) {
        const ping* asked = std::get_if<ping>(&sent.content);
        if (asked != nullptr && sent.to == node_id_of(name) && name != silent) {
          node_.hear(name, 1, ping_answer{.probe = asked->probe});
        }
      }
    }
  }
  // The own probes of this node are answered, so that it accuses nobody.
  void pass_answered(duration length) {
    for (const instant end = node_.now() + length; node_.now() < end;) {
      node_.pass(std::chrono::milliseconds(20));
      answer_but_for("");
    }
  }
  // Until this node accuses that one, which does not answer; others do.
  void pass_unanswered(const std::string& silent) {
    for (const instant end = node_.now() + std::chrono::seconds(10);
         node_.now() < end && node_.find(silent)->status == member_status::alive;) {
      node_.pass(std::chrono::milliseconds(20));
      answer_but_for(silent);
      node_.hear("a", 1, ping{.probe = probe_id{1}, .target = {}});  // so it is not deaf
    }
  }
  // So that it flaps: a suspicion of it is long.
  void refute_often() {
    for (std::uint64_t word = 1; word <= refutations_of_flapping; ++word) {
      accuse("a", word);
      accuse("b", word);
      node_.hear("x", 1, update("x", 1, word + 1));
    }
    pass_answered(std::chrono::seconds(1));
  }
  [[nodiscard]] member_status status() const { return node_.find("x")->status; }

  solo node_;
};

}  // namespace conclave::core
