// A lock as it stands after some acquisitions in a certain order, each as early as it can be.
#pragma once

#include "sim/history/hold.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace conclave::histories {

// What has a place in the order: an acquisition, or a further token within a hold.
struct step {
  const hold* what = nullptr;              // of a further token: the hold that it is within
  const further_token* further = nullptr;  // null: an acquisition
  std::uint32_t further_tokens = 0;        // of an acquisition: how many steps are within it

  [[nodiscard]] span_of_time when() const {
    return further == nullptr ? what->begins : further->given;
  }
  [[nodiscard]] fencing_token token() const {
    return further == nullptr ? what->token : further->token;
  }
  [[nodiscard]] std::uint64_t line() const {
    return further == nullptr ? what->line : further->line;
  }
  // One that is smaller than its hold's own, by whatever mistake, can't be expected within it.
  [[nodiscard]] bool comes_within() const {
    return further != nullptr && what->token < further->token;
  }
};

// Counts the further tokens of each acquisition among these.
void count_further_tokens(std::vector<step>& steps);

// Whatever comes later is placed no earlier, so earliest is best: it leaves most room.
class order_state {
 public:
  // Puts this after all before, and says when it takes effect; never, when it cannot.
  moment place(const step& one);

  // Nothing begins before this any more: what differs only before it is the same.
  void forget_before(moment begin);
  // Nothing that comes later takes effect before this.
  [[nodiscard]] moment now() const { return now_; }
  // Equal for states that allow the same from here on.
  [[nodiscard]] std::uint64_t fingerprint() const;

 private:
  struct permits_out {
    moment until{};
    std::uint32_t count = 0;
  };

  moment place_hold(const step& one, moment from);
  moment place_further(const step& one, moment from);
  moment place_permit(const hold& one, moment from);
  void hold_until(const hold& one, moment until);
  // Until its tokens have come nobody can say when it ends.
  void begin_unfinished(const hold& one);
  void end_unfinished(const hold& one);
  [[nodiscard]] bool is_blocked(const hold& one) const;
  void give_back(moment until);

  moment now_ = before_all;
  moment exclusive_until_ = before_all;
  moment shared_until_ = before_all;
  std::vector<permits_out> out_;  // a heap: who is back first is in front
  std::uint64_t used_ = 0;
  std::uint32_t total_ = 0;
  std::map<std::uint32_t, moment> slots_until_;
  // Holds with tokens to come, by their line: how many. Each lasts at least until the last of them.
  std::map<std::uint64_t, std::uint32_t> tokens_to_come_;
  std::uint64_t exclusive_unfinished_ = 0;
  std::uint64_t shared_unfinished_ = 0;
  std::uint64_t permits_unfinished_ = 0;
  std::map<std::uint32_t, std::uint64_t> slots_unfinished_;
};

}  // namespace conclave::histories
