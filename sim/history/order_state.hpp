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
  const hold* what = nullptr;              // null: a further token
  const further_token* further = nullptr;  // null: an acquisition

  [[nodiscard]] span_of_time when() const {
    return what != nullptr ? what->begins : further->given;
  }
  [[nodiscard]] fencing_token token() const {
    return what != nullptr ? what->token : further->token;
  }
  [[nodiscard]] std::uint64_t line() const { return what != nullptr ? what->line : further->line; }
  [[nodiscard]] process_id process() const {
    return what != nullptr ? what->process : further->process;
  }
};

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

  moment place_permit(const hold& one, moment from);
  void give_back(moment until);

  moment now_ = before_all;
  moment exclusive_until_ = before_all;
  moment shared_until_ = before_all;
  std::vector<permits_out> out_;  // a heap: who is back first is in front
  std::uint64_t used_ = 0;
  std::uint32_t total_ = 0;
  std::map<std::uint32_t, moment> slots_until_;
};

}  // namespace conclave::histories
