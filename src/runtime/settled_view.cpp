// What has settled, and telling it.
#include "runtime/settled_view.hpp"

#include <algorithm>

namespace conclave::runtime {

namespace {

bool is_there(const member& one) {
  return one.status == member_status::alive || one.status == member_status::suspect;
}

bool looks_alike(const member& one, const member& other) {
  return is_there(one) == is_there(other) && one.boot == other.boot &&
         one.address == other.address && one.metadata == other.metadata;
}

}  // namespace

// Nothing: the user knows it all.
std::optional<member_event_kind> settled_view::news_in(const view& its) {
  if (!is_there(its.known)) {
    if (!its.told) {
      return std::nullopt;
    }
    return its.known.status == member_status::left ? member_event_kind::left
                                                   : member_event_kind::died;
  }
  if (!its.told || its.told->boot != its.known.boot) {
    return member_event_kind::joined;
  }
  if (!looks_alike(*its.told, its.known)) {
    return member_event_kind::updated;
  }
  return std::nullopt;
}

void settled_view::note(const member& known, core::instant now) {
  const std::scoped_lock guard(mutex_);
  const auto [at, is_new] = views_.try_emplace(known.name);
  view& its = at->second;
  const bool changed = is_new || !looks_alike(its.known, known);
  its.known = known;
  if (!changed) {
    return;
  }
  if (its.due != core::never) {
    unsettled_.erase({its.due, known.name});
    its.due = core::never;
  }
  if (news_in(its)) {
    // Never at the very end of time, which says that nothing is due.
    its.due = std::min(core::saturating_add(now, settle_), core::never - core::duration(1));
    unsettled_.emplace(its.due, known.name);
  } else if (!its.told) {
    views_.erase(at);
  }
}

core::instant settled_view::next_deadline() const {
  const std::scoped_lock guard(mutex_);
  return delivering_ || unsettled_.empty() ? core::never : unsettled_.begin()->first;
}

bool settled_view::start_delivery(core::instant now) {
  const std::scoped_lock guard(mutex_);
  if (delivering_ || unsettled_.empty() || unsettled_.begin()->first > now) {
    return false;
  }
  delivering_ = true;
  return true;
}

void settled_view::deliver(const std::vector<member_event>& news) {
  if (!news.empty()) {
    callback_.deliver(news);
  }
}

std::vector<member_event> settled_view::take(core::instant now) {
  const std::scoped_lock guard(mutex_);
  delivering_ = false;
  std::vector<member_event> news;
  while (!unsettled_.empty() && unsettled_.begin()->first <= now) {
    const auto at = views_.find(unsettled_.begin()->second);
    unsettled_.erase(unsettled_.begin());
    view& its = at->second;
    its.due = core::never;
    news.push_back({.kind = news_in(its).value(), .member = its.known});
    if (is_there(its.known)) {
      its.told = its.known;
    } else {
      views_.erase(at);
    }
  }
  return news;
}

}  // namespace conclave::runtime
