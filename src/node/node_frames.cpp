// One node: what a frame from the network does.
#include "node/node.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace conclave::core {

void node::handle(std::span<std::byte> datagram, const address& from, instant now, actions& out) {
  received_frame frame;
  const frame_error error =
      read_frame(datagram, link_.settings().cluster, link_.settings().seal, frame);
  if (error != frame_error::none) {
    ++counters_.frame_errors[static_cast<std::size_t>(error)];
    return;
  }
  if (superseded_) {
    return;
  }
  lock_step step = step_at(now);
  const frame_header& header = frame.header;
  if (admit(header, from, step)) {
    lamport_.observe(header.lamport);
    // A frame that does not name this boot may be meant for an earlier run: gossip only.
    const bool for_us = header.receiver_boot == self_.boot;
    const bool locks = for_us && agrees_on_roster(header, from, step);
    if (locks) {
      handle_sessions(header, from, step);
    }
    handle_messages(frame, from,
                    locks    ? standing::agreed
                    : for_us ? standing::addressed
                             : standing::unknown,
                    step);
    membership_.heard_of(header.sender, from, now, gossip_);
  }
  settle(step, out);
}

// False when the frame goes no further; the reasons are counted.
bool node::admit(const frame_header& header, const address& from, lock_step& step) {
  const instant now = step.now;
  if (!lamport_.admits(header.lamport, now)) {
    if (counters_.lamport_refused++ == 0) {
      tell({.kind = report_kind::lamport_refused,
            .peer = header.sender.node,
            .from = from,
            .value = header.lamport.value,
            .other = lamport_.time().value});
    }
    return false;
  }
  arrival_news news;
  switch (link_.receive(header, from, now, news)) {
    case arrival::accepted:
      if (news.clock) {
        judge_clock(header.sender.node, *news.clock, step);
      }
      return true;
    case arrival::own_name:
      return heard_own_name(header, from, now);
    case arrival::other_receiver:
      ++counters_.other_receiver;
      return false;
    case arrival::older_sender:
      // The older process finds out that it was replaced.
      ++counters_.older_sender;
      if (const auto known = membership_.update_about(header.sender.node);
          known && known->boot > header.sender.boot) {
        link_.send_to(from, *known);
      }
      return false;
    case arrival::too_many_peers:
      if (counters_.too_many_peers++ == 0) {
        tell({.kind = report_kind::peers_full, .peer = header.sender.node, .from = from});
      }
      return false;
  }
  return false;
}

bool node::heard_own_name(const frame_header& header, const address& from, instant now) {
  if (header.sender.boot == self_.boot) {
    return false;
  }
  if (header.sender.boot > self_.boot) {
    supersede(header.sender.boot, now);
  } else if (std::exchange(own_name_heard_, header.sender.boot) != header.sender.boot) {
    tell({.kind = report_kind::own_name_heard,
          .peer = self_.node,
          .from = from,
          .value = header.sender.boot.value});
  }
  // So that both know.
  if (const auto own = membership_.update_about(self_.node); own) {
    link_.send_to(from, *own);
  }
  return false;
}

// From two clocks alone nobody knows which of them is wrong: each side stops counting the other.
void node::judge_clock(node_id peer, clock_verdict verdict, lock_step& step) {
  const bool trusted = verdict != clock_verdict::broken;
  const bool changed = candidate_.trust_clock(peer, trusted, step);
  std::optional<report_kind> kind;
  switch (verdict) {
    case clock_verdict::unknown:
      break;
    case clock_verdict::kept:
      kind = changed ? std::optional(report_kind::clock_trusted) : std::nullopt;
      break;
    case clock_verdict::drifting:
      kind = report_kind::clock_drifting;
      ++counters_.clocks_drifting;
      break;
    case clock_verdict::broken:
      kind = report_kind::clock_broken;
      ++counters_.clocks_broken;
      break;
  }
  if (kind) {
    const rate_bounds rate = link_.find(peer)->clock.bounds().value_or(rate_bounds{});
    tell({.kind = *kind,
          .peer = peer,
          .from = {},
          .value = static_cast<std::uint64_t>(rate.lower_ppm),
          .other = static_cast<std::uint64_t>(rate.upper_ppm)});
  }
}

// Votes and sessions count only between nodes with one and the same roster.
bool node::agrees_on_roster(const frame_header& header, const address& from, lock_step& step) {
  const std::uint64_t ours = fingerprint_;
  if (header.epoch == roster_.epoch && header.roster_fingerprint == ours) {
    return ours != 0;
  }
  if (header.roster_fingerprint == 0 || ours == 0) {
    return false;  // one of the two only watches
  }
  ++counters_.roster_mismatch;
  if (mismatch_reported_.size() < settings_.peers_max &&
      mismatch_reported_.insert(header.sender).second) {
    tell({.kind = report_kind::roster_mismatch,
          .peer = header.sender.node,
          .from = from,
          .value = header.roster_fingerprint,
          .other = ours});
  }
  candidate_.refused(header.sender.node, errc::roster_mismatch, step);
  return false;
}

void node::handle_sessions(const frame_header& header, const address& from, lock_step& step) {
  if (voter_) {
    voter_->end_lapsed(step);
  }
  if (voter_ && !leaving() && header.lease_ttl > duration(0)) {
    if (header.lease_ttl > roster_.lease_ttl_max) {
      const auto offered = static_cast<std::uint64_t>(header.lease_ttl.count());
      const auto accepted = static_cast<std::uint64_t>(roster_.lease_ttl_max.count());
      if (counters_.lease_too_long++ == 0) {
        tell({.kind = report_kind::lease_too_long,
              .peer = header.sender.node,
              .from = from,
              .value = offered,
              .other = accepted});
      }
      link_.send(header.sender.node, refusal{.reason = refusal_reason::lease_too_long,
                                             .offered = offered,
                                             .accepted = accepted});
    } else if (!link_.rests(header.sender.node) && header.echo && *header.echo <= step.now &&
               step.now - *header.echo < header.lease_ttl) {
      // The candidate heard us lately: one that can send but not hear pins no vote.
      voter_->extend_session(header.sender, header.lease_ttl, header.anchor, step.now);
    }
  }
  // An echo from the future is none that we sent.
  const bool covers = header.session_covers_echo && *header.echo <= step.now;
  candidate_.hear({.voter = header.sender,
                   .generation = header.generation,
                   .covered_echo = covers ? header.echo : std::nullopt},
                  step);
}

void node::handle_messages(received_frame& frame, const address& from, standing how,
                           lock_step& step) {
  bool reliable = false;
  message content;
  while (frame.messages.next(content)) {
    ++counters_.messages;
    reliable = reliable || is_reliable(content);
    dispatch(frame.header.sender, from, content, how, step);
  }
  counters_.unknown_kinds += frame.messages.unknown_kinds();
  if (frame.messages.malformed()) {
    ++counters_.malformed_messages;
  } else if (reliable) {
    link_.acknowledge(frame.header.sender.node, frame.header.sequence, step.now);
  }
}

void node::dispatch(const node_boot& from, const address& where, const message& content,
                    standing how, lock_step& step) {
  const bool locks = how == standing::agreed;
  std::visit(
      [&]<class T>(const T& one) {
        if constexpr (std::is_same_v<T, request> || std::is_same_v<T, relinquish> ||
                      std::is_same_v<T, release> || std::is_same_v<T, wait_chase>) {
          if (locks && voter_) {
            voter_->handle(from, one, step);
          }
        } else if constexpr (std::is_same_v<T, vote> || std::is_same_v<T, busy> ||
                             std::is_same_v<T, recall> || std::is_same_v<T, mismatch> ||
                             std::is_same_v<T, hold_chase>) {
          if (locks) {
            candidate_.handle(from, one, step);
          }
        } else if constexpr (std::is_same_v<T, inquiry> || std::is_same_v<T, watch>) {
          // Whichever run of this node was meant: it changes nothing.
          if (voter_) {
            voter_->handle(from, one, step);
          }
        } else if constexpr (std::is_same_v<T, lock_use> || std::is_same_v<T, lock_summary> ||
                             std::is_same_v<T, inquiry_end>) {
          if (how != standing::unknown) {
            answers_.push_back({.from = from, .content = one});
          }
        } else if constexpr (std::is_same_v<T, sighting>) {
          if (locks) {
            observer_.handle(from, one, step.now, sightings_);
          }
        } else if constexpr (std::is_same_v<T, refusal>) {
          handle_refusal(from, one, step);
        } else if constexpr (std::is_same_v<T, lamport_query>) {
          if (voter_ && !voter_->stopped()) {
            link_.send(from.node, lamport_answer{.remembers = !voter_->abstains()});
          }
        } else if constexpr (std::is_same_v<T, lamport_answer>) {
          if (locks && one.remembers && roster_.names(from.node)) {
            handle_lamport_answer(from.node, step);
          }
        } else {
          membership_.handle(from, where, content, step.now, gossip_);
        }
      },
      content);
  route_membership(step.now);
}

void node::handle_refusal(const node_boot& from, const refusal& said, lock_step& step) {
  const errc reason =
      said.reason == refusal_reason::lease_too_long ? errc::lease_too_long : errc::roster_mismatch;
  if (candidate_.refused(from.node, reason, step)) {
    tell({.kind = report_kind::lease_refused,
          .peer = from.node,
          .from = {},
          .value = said.offered,
          .other = said.accepted});
  }
}

}  // namespace conclave::core
