// Sessions as the candidate believes in them.
#include "lock/voter_views.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace conclave::core {

namespace {

// A voter that does not answer is tried again after this, doubling up to the second figure.
constexpr duration contact_retry_first = std::chrono::milliseconds(100);
constexpr duration contact_retry_max = std::chrono::milliseconds(1'600);

}  // namespace

voter_views::voter_views(const voter_roster& roster, duration lease_ttl)
    : usable_(shortened_by_drift(lease_ttl, roster.clock_drift_max_ppm)),
      contact_every_(usable_ / 3) {
  std::vector<node_id> all;
  std::ranges::set_union(roster.voters, roster.previous, std::back_inserter(all));
  for (const node_id id : all) {
    voter_view view;
    view.id = id;
    views_.push_back(view);
  }
}

std::optional<std::size_t> voter_views::index_of(node_id voter) const {
  const auto found = std::ranges::lower_bound(views_, voter, {}, &voter_view::id);
  if (found == views_.end() || found->id != voter) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - views_.begin());
}

voter_views::change voter_views::hear(std::size_t index, const session_word& word) {
  voter_view& view = views_[index];
  change result = change::none;
  if (word.voter.boot != view.boot) {
    result = view.generation ? change::votes_gone : change::none;
    const instant contact_at = view.contact_at;
    view = {};
    view.id = word.voter.node;
    view.boot = word.voter.boot;
    view.contact_at = contact_at;
    view.shaking_hands = true;
  }
  if (word.generation < view.generation || !word.generation) {
    return result;  // an older word extends nothing
  }
  if (word.generation > view.generation) {
    view.generation = word.generation;
    view.believed_until = long_ago;
    view.covered_anchor = long_ago;
    view.refusal.reset();
    result = change::votes_gone;
  }
  if (word.covered_echo && *word.covered_echo > view.covered_anchor) {
    // From the sending of our frame, not from the arrival of the answer: we stop believing before
    // the voter stops promising, whatever the network did in between.
    view.covered_anchor = *word.covered_echo;
    view.believed_until = *word.covered_echo + usable_;
    // Never sooner than contact_due() said: on a path slower than this third every answer would
    // call for a contact at once, and every contact for an answer.
    view.contact_at = std::max(view.contact_at, *word.covered_echo + contact_every_);
    view.failed_contacts = 0;
    view.shaking_hands = false;
  }
  return result;
}

bool voter_views::contact_due(std::size_t index, instant now) {
  voter_view& view = views_[index];
  if (view.contact_at > now) {
    return false;
  }
  const duration retry =
      std::min(contact_retry_first * (1U << std::min(view.failed_contacts, 8U)), contact_retry_max);
  view.contact_at = now + std::min(retry, view.believed(now) ? contact_every_ : usable_ / 3);
  ++view.failed_contacts;
  view.shaking_hands = true;
  return true;
}

bool voter_views::finish_handshake(std::size_t index) {
  return std::exchange(views_[index].shaking_hands, false);
}

void voter_views::contact_within(duration usable, instant now) {
  contact_every_ = usable / 3;
  for (voter_view& view : views_) {
    if (view.believed(now)) {
      view.contact_at = std::min(view.contact_at, view.covered_anchor + contact_every_);
    }
  }
}

instant voter_views::next_contact() const {
  const auto first = std::ranges::min_element(views_, {}, &voter_view::contact_at);
  return first == views_.end() ? never : first->contact_at;
}

}  // namespace conclave::core
