// Who is there, as far as it has settled: a change is told once nothing came after it for some
// time, and all that is due in one call.
#pragma once

#include "base/time.hpp"
#include "runtime/subscriber.hpp"

#include <conclave/member.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace conclave::runtime {

// Thread-safe. Its mutex is never held while user code runs. However slow the user is, it keeps no
// more than each member once.
class settled_view final : public detail::subscription_state {
 public:
  using callback_type = std::function<void(const std::vector<member_event>&)>;

  // `settle`: how long nothing may come after a change.
  settled_view(core::duration settle, callback_type callback)
      : settle_(settle), callback_(std::move(callback)) {}

  // What is believed of a member from now on. A suspicion is no change: who is suspected is there.
  void note(const member& known, core::instant now);

  // When something is due; never between start_delivery() and take().
  [[nodiscard]] core::instant next_deadline() const;
  // True when something is due: take() must follow, and may come late.
  [[nodiscard]] bool start_delivery(core::instant now);
  // All that is due, each member once.
  [[nodiscard]] std::vector<member_event> take(core::instant now);
  // Calls back, unless there is nothing to tell.
  void deliver(const std::vector<member_event>& news);

  void end() noexcept override { callback_.end(); }
  [[nodiscard]] bool ended() { return callback_.ended(); }

 private:
  struct view {
    std::optional<member> told;  // as the user knows it; nothing: not there
    member known;                // as it is
    core::instant due = core::never;
  };

  static std::optional<member_event_kind> news_in(const view& its);

  const core::duration settle_;
  subscriber_of<std::vector<member_event>> callback_;
  mutable std::mutex mutex_;                                   // guards all below
  boost::unordered_flat_map<std::string, view> views_;         // by name
  std::set<std::pair<core::instant, std::string>> unsettled_;  // by when they are due
  bool delivering_ = false;
};

}  // namespace conclave::runtime
