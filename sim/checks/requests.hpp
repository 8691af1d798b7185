// The life of each request of one process: every lock() ends in exactly one of granted and failed,
// or is withdrawn; what is held ends once.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"
#include "lock/attempt.hpp"
#include "sim/machine.hpp"

#include <cstdint>
#include <vector>

namespace conclave::sim {

enum class request_phase : std::uint8_t { unknown, waiting, holding, over };

struct tracked_request {
  request_phase phase = request_phase::unknown;
  lock_index lock = 0;
  core::lock_mode mode = core::lock_mode::exclusive;
  std::uint32_t permits = 0;
  core::permit_slot slot = core::any_slot;  // while it holds
  core::companions together;                // with which others it was asked for
  duration hold_max = duration::max();
  core::instant latest = core::never;  // no deadline is later
  std::uint32_t owner = 0;             // the user that asked
  bool nested = false;                 // which may have other locks
  core::instant deadline{};            // as published last, on the process's own clock
};

// Losses that a deadline brings; the others are told at any time.
[[nodiscard]] bool is_by_time(loss_reason reason);

// Each function says whether the step is one that may happen.
class requests {
 public:
  [[nodiscard]] bool ask(core::request_id id, lock_index lock, std::uint32_t owner,
                         const core::lock_request& how = {}, const core::companions& together = {});
  [[nodiscard]] bool grant(core::request_id id, core::instant deadline, core::instant now = {},
                           core::permit_slot slot = core::only_slot);
  // False for a deadline that does not move on or is too late, or for a hold that was over already.
  [[nodiscard]] bool extend(core::request_id id, core::instant deadline, core::instant now);
  // A deadline that comes before the last one, for a hold that is not over before or by that.
  [[nodiscard]] bool shorten(core::request_id id, core::instant deadline, core::instant now);
  [[nodiscard]] bool fail(core::request_id id) { return finish(id, request_phase::waiting); }
  [[nodiscard]] bool lose(core::request_id id) { return finish(id, request_phase::holding); }
  // Whether downgrade() may have answered `held` to this.
  [[nodiscard]] bool downgrade(core::request_id id, bool held, core::instant now);
  // Whether unlock() may have answered `held` to this.
  [[nodiscard]] bool unlock(core::request_id id, bool held, core::instant now);

  [[nodiscard]] tracked_request find(core::request_id id) const;
  [[nodiscard]] std::size_t waiting() const { return waiting_; }
  // Once, after each step. One that was granted in it, and of those that it was asked for together
  // with another that was not; 0: none.
  [[nodiscard]] core::request_id granted_without_others();
  void clear() { *this = {}; }

 private:
  [[nodiscard]] tracked_request* in_phase(core::request_id id, request_phase phase);
  [[nodiscard]] bool finish(core::request_id id, request_phase from);

  std::vector<tracked_request> all_;  // by id
  std::size_t waiting_ = 0;
  std::vector<core::request_id> granted_;  // in this step, of those asked for together
};

}  // namespace conclave::sim
