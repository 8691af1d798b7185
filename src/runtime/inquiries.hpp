// Questions about locks that voters have yet to answer.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"
#include "node/node.hpp"
#include "runtime/outcomes.hpp"

#include <conclave/lock_explanation.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace conclave::runtime {

// What one member has said so far.
struct asked_voter {
  core::node_id id;
  std::uint64_t number = 0;    // of the question that it was asked last
  std::uint32_t position = 0;  // of the list of locks: from where on
  bool done = false;
  std::vector<core::lock_use> uses{};
  std::vector<core::lock_summary> locks{};
  core::inquiry_end end{};
};

using explained = std::unique_ptr<detail::completion<lock_explanation>>;
using listed = std::unique_ptr<detail::completion<std::vector<lock_listing>>>;

// Not thread-safe: the shell guards it. Asks again until all have answered or time is up.
class inquiries {
 public:
  // `lock` empty: for the list; exactly one of the two completions is there.
  struct question {
    std::string lock;
    core::instant give_up_at;
    explained explain;
    listed list;
    std::vector<asked_voter> voters = {};
    core::instant ask_at = core::long_ago;
  };

  void add(question one) { open_.push_back(std::move(one)); }
  static void refuse(question one, boost::system::error_code error, outcomes& due);
  // Asks whom it is due to ask, and ends what is complete or late.
  void go_on(core::node& core, core::instant now, core::actions& out, outcomes& due);
  void heard(const core::answered& part);
  // All end with this.
  void end_all(boost::system::error_code error, outcomes& due);
  [[nodiscard]] core::instant next_deadline() const;

 private:
  void ask(core::node& core, question& one, core::instant now, core::actions& out);
  static void finish(const core::node& core, question& one, core::instant now, outcomes& due);

  std::vector<question> open_;
  std::uint64_t last_number_ = 0;
};

// explaining.cpp: a member's name, or 16 hexadecimal digits of its id where the name is not known.
[[nodiscard]] std::string name_of(const core::node& core, core::node_id id);
[[nodiscard]] lock_explanation explanation_of(const core::node& core, const std::string& lock,
                                              const std::vector<asked_voter>& voters,
                                              core::instant now);
[[nodiscard]] std::vector<lock_listing> listing_of(const core::node& core,
                                                   const std::vector<asked_voter>& voters);

}  // namespace conclave::runtime
