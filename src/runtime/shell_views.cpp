// What users can ask a node for, and what it tells them unasked.
#include "runtime/shell.hpp"

#include <boost/system/system_error.hpp>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

namespace conclave::runtime {

member shell::self() const {
  const std::scoped_lock guard(mutex_);
  if (core_) {
    return described(core_->members().table().self());
  }
  member result;
  result.name = settings_.name;
  result.address = to_string(advertised_);
  result.boot = started_wall_ns_;
  result.metadata = metadata_;
  result.voter = std::ranges::count(settings_.voters, settings_.name) != 0;
  return result;
}

std::vector<member> shell::members() const {
  const std::scoped_lock guard(mutex_);
  std::vector<member> all;
  if (core_) {
    for (const core::belief* one : core_->members().table().by_name()) {
      all.push_back(described(*one));
    }
  }
  return all;
}

member shell::described(const core::belief& known) const {
  member result = describe(known);
  result.voter = core_->roster().names(known.id());
  result.flapping = core_->members().is_flapping(known.id());
  result.round_trip = core_->members().round_trip_to(known.id());
  result.coordinate = core_->members().coordinate_of(known.id());
  if (const core::peer* peer = core_->links().find(known.id()); peer != nullptr) {
    if (const auto& rate = peer->clock.bounds()) {
      result.clock = clock_rate{.lower_ppm = rate->lower_ppm, .upper_ppm = rate->upper_ppm};
    }
    if (peer->trip.known()) {
      result.round_trip = peer->trip.smoothed();
    }
    result.clock_trusted = peer->clock.verdict() != core::clock_verdict::broken;
  }
  return result;
}

conclave::roster shell::roster() const {
  conclave::roster result;
  result.voters = settings_.voters;
  std::ranges::sort(result.voters);
  result.lease_ttl_max = settings_.lease_ttl_max;
  result.clock_drift_max_ppm = settings_.clock_drift_max_ppm;
  const std::scoped_lock guard(mutex_);
  result.epoch = core_ ? core_->roster().epoch.value : 1;
  return result;
}

std::string shell::local_address() const {
  return to_string(bound_);
}

node_counters shell::counters() const {
  node_counters result;
  result.events_dropped = notifier_->events_dropped();
  const std::scoped_lock guard(mutex_);
  result.datagrams_received = datagrams_received_;
  result.datagrams_sent = datagrams_sent_;
  result.sends_failed = sends_failed_;
  result.dropped_malformed = oversized_ + (io_ ? io_->port->oversized() : 0);
  if (!core_) {
    return result;
  }
  const core::node_counters& node = core_->counters();
  const auto dropped = [&](core::frame_error why) {
    return node.frame_errors[static_cast<std::size_t>(why)];
  };
  result.dropped_malformed += dropped(core::frame_error::malformed);
  result.dropped_unknown_version = dropped(core::frame_error::unknown_version);
  result.dropped_other_cluster = dropped(core::frame_error::other_cluster);
  result.dropped_corrupt = dropped(core::frame_error::corrupt);
  result.dropped_other_receiver = node.other_receiver;
  result.dropped_older_sender = node.older_sender;
  result.dropped_too_many_peers = node.too_many_peers;
  result.dropped_lamport = node.lamport_refused;
  result.roster_mismatches = node.roster_mismatch;
  result.clocks_drifting = node.clocks_drifting;
  result.clocks_broken = node.clocks_broken;
  result.retransmissions = core_->links().counters().retransmissions;
  result.outbox_overflows = core_->links().counters().outbox_overflows;
  result.locks_granted = core_->asks().counters().granted;
  result.locks_lost = core_->asks().counters().lost;
  if (const core::voter* voter = core_->lends(); voter != nullptr) {
    result.votes_lent = voter->counters().votes_lent;
    result.sessions_lapsed = voter->counters().sessions_lapsed;
  }
  result.requests_waiting = waiting_.size();
  result.locks_held = holds_.size();
  result.probes_failed = core_->members().counters().probes_failed;
  result.members_known = core_->members().table().size();
  return result;
}

void shell::set_metadata(std::string metadata) {
  config changed = settings_;
  changed.metadata = metadata;
  if (const std::string broken = validate(changed); !broken.empty()) {
    throw boost::system::system_error(make_error_code(errc::invalid_config), broken);
  }
  enter(detail::invocation::later, [&](outcomes&, core::instant now) {
    metadata_ = metadata;
    if (runs()) {
      core_->set_metadata(std::move(metadata), now, actions_);
    }
  });
}

std::shared_ptr<detail::subscription_state> shell::subscribe(
    std::function<void(const member_event&)> callback) {
  return notifier_->subscribe(std::move(callback));
}

// From what is known now on: that is its first news.
std::shared_ptr<detail::subscription_state> shell::subscribe_settled(
    std::chrono::nanoseconds settle_time,
    std::function<void(const std::vector<member_event>&)> callback) {
  if (settle_time < std::chrono::nanoseconds(0)) {
    throw boost::system::system_error(
        make_error_code(errc::invalid_config),
        fmt::format("settle_time is {} ns; it must be 0 or more", settle_time.count()));
  }
  const auto fresh = std::make_shared<settled_view>(settle_time, std::move(callback));
  enter(detail::invocation::later, [&](outcomes&, core::instant now) {
    drop_ended_views();
    settled_views_.push_back(fresh);
    if (core_) {
      for (const core::belief* one : core_->members().table().by_name()) {
        note_settled(*fresh, described(*one), now);
      }
    }
  });
  return fresh;
}

void shell::note_settled(settled_view& view, const member& known, core::instant now) const {
  if (known.name != settings_.name) {
    view.note(known, now);
  }
}

void shell::drop_ended_views() {
  std::erase_if(settled_views_, [](const auto& one) { return one->ended(); });
}

void shell::tell_settled(core::instant now) {
  drop_ended_views();
  for (const auto& one : settled_views_) {
    if (one->start_delivery(now)) {
      notifier_->add(settled_notice{.to = one, .from = weak_from_this()}, executor_);
    }
  }
}

void shell::tell_change(const core::member_changed& change) {
  const bool told_at_once = notifier_->has_subscribers();
  if (!told_at_once && settled_views_.empty()) {
    return;
  }
  const core::belief* known = core_->members().table().find(change.id);
  if (known == nullptr) {
    return;
  }
  member news = described(*known);
  for (const auto& one : settled_views_) {
    note_settled(*one, news, now());
  }
  if (told_at_once) {
    notifier_->add(member_event{.kind = change.kind, .member = std::move(news)}, executor_);
  }
}

void shell::log_report(const core::report& said, outcomes& due) {
  if (!logger_) {
    return;
  }
  const core::belief* peer = core_->members().table().find(said.peer);
  const std::string name = peer != nullptr ? peer->record->name : std::string();
  if (auto line = reports_.line_for(said, name, now()); line) {
    due.add_line(line->level, std::move(line->text));
  }
}

std::string shell::explain(boost::system::error_code error) const {
  if (error != errc::seed_unreachable) {
    return {};
  }
  const std::scoped_lock guard(mutex_);
  const bool nobody_known = phase_ == phase::idle && !unresolved_.empty();
  const std::vector<std::string>& tried = nobody_known ? unresolved_ : settings_.seeds;
  std::string text;
  for (const std::string& seed : tried) {
    text += (text.empty() ? "\"" : ", \"") + seed + "\"";
  }
  return (nobody_known ? "no name of these seeds is known: " : "none of these seeds answered: ") +
         text;
}

}  // namespace conclave::runtime
