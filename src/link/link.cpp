// Frames between this node and its peers.
#include "link/link.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace conclave::core {

namespace {

// A peer that was heard is where its frames come from; one that is silent for this long may have
// moved.
constexpr duration move_after_silence = std::chrono::seconds(1);

}  // namespace

bool is_reliable(const message& content) {
  return std::visit(
      []<class T>(const T&) {
        return std::is_same_v<T, request> || std::is_same_v<T, vote> || std::is_same_v<T, busy> ||
               std::is_same_v<T, recall> || std::is_same_v<T, relinquish> ||
               std::is_same_v<T, release> || std::is_same_v<T, mismatch> ||
               std::is_same_v<T, sighting>;
      },
      content);
}

arrival link::receive(const frame_header& header, const address& from, instant now,
                      arrival_news& news) {
  news = {};
  if (header.sender.node == settings_.self.node) {
    return arrival::own_name;
  }
  peer* one = find_mutable(header.sender.node);
  if (one == nullptr) {
    if (peers_.size() >= settings_.peers_max) {
      return arrival::too_many_peers;
    }
    introduce(header.sender.node, from, now);
    one = find_mutable(header.sender.node);
  }
  if (header.sender.boot < one->boot) {
    return arrival::older_sender;
  }
  ++counters_.frames_received;
  if (header.sender.boot > one->boot) {
    news.boot_changed = static_cast<bool>(one->boot);
    one->forget_boot();
    one->boot = header.sender.boot;
  }
  one->last_heard = now;
  one->wake(now);
  if (!one->latest_anchor || header.anchor > *one->latest_anchor) {
    one->where = from;  // an old frame does not move the peer back
    one->latest_anchor = header.anchor;
    one->latest_anchor_at = now;
  }
  if (header.receiver_boot && header.receiver_boot != settings_.self.boot) {
    // It speaks to an earlier run of this node: an empty frame tells it of this one.
    touch(header.sender.node, false);
    return arrival::other_receiver;
  }
  if (header.echo && *header.echo <= now) {
    measure(header, *one, now, news);
  }
  for (std::size_t i = 0; i < header.acknowledged_count; ++i) {
    if (one->acknowledged(header.acknowledged[i], now)) {
      schedule(header.sender.node, *one);
    }
  }
  if (header.wants_reply) {
    touch(header.sender.node, false);
  } else if (one->waiting_head < one->waiting.size()) {
    mark(header.sender.node, *one);
  }
  return arrival::accepted;
}

// `header` has an echo that may be one of ours.
void link::measure(const frame_header& header, peer& one, instant now, arrival_news& news) {
  if (!one.latest_echo || *header.echo > *one.latest_echo) {
    one.latest_echo = header.echo;
    one.trip.sample(now - *header.echo - header.echo_age);
  }
  // Without our boot in it, the echo may be of an anchor that an earlier run of ours sent.
  if (header.receiver_boot) {
    news.clock = one.clock.heard({.sent = *header.echo,
                                  .heard = header.anchor - header.echo_age,
                                  .answered = header.anchor,
                                  .came = now},
                                 settings_.clocks);
  }
}

void link::acknowledge(node_id from, sequence frame, instant now) {
  peer* one = find_mutable(from);
  check(one != nullptr, "only a peer's frame is acknowledged");
  one->to_acknowledge[one->to_acknowledge_count++] = frame;
  if (one->to_acknowledge_count == acknowledgements_max / 2) {
    mark(from, *one);
  }
  if (one->to_acknowledge_count == acknowledgements_max) {
    // Not flushed for so many frames: forget the oldest half, they will be sent again.
    std::copy(one->to_acknowledge.begin() + acknowledgements_max / 2, one->to_acknowledge.end(),
              one->to_acknowledge.begin());
    one->to_acknowledge_count = acknowledgements_max / 2;
  }
  one->acknowledge_by = std::min(one->acknowledge_by, now + acknowledgement_delay);
  schedule(from, *one);
}

void link::send(node_id to, message content) {
  peer* one = find_mutable(to);
  if (one == nullptr) {
    return;  // forgotten since: every session with it has lapsed
  }
  if (!is_reliable(content)) {
    one->unreliable.push_back(std::move(content));
    mark(to, *one);
    return;
  }
  if (!one->rests && one->outbox_size() >= settings_.outbox_max) {
    counters_.outbox_overflows += one->outbox_size();
    one->drop_outbox();
    one->rests = true;
    mark(to, *one);  // flush() knows the time from which it rests
  }
  if (one->rests) {
    ++counters_.outbox_overflows;
    return;
  }
  one->waiting.push_back(std::move(content));
  mark(to, *one);
}

void link::send(const node_boot& to, message content) {
  if (const peer* one = find(to.node); one != nullptr && one->boot == to.boot) {
    send(to.node, std::move(content));
  }
}

void link::send_to(const address& where, message content) {
  unaddressed_.push_back({.where = where, .content = std::move(content)});
}

void link::touch(node_id to, bool ask_reply) {
  if (peer* one = find_mutable(to); one != nullptr) {
    one->reply_due = true;
    one->ask_reply = one->ask_reply || ask_reply;
    mark(to, *one);
  }
}

void link::introduce(node_id id, const address& where, instant now) {
  if (id == settings_.self.node) {
    return;
  }
  if (peer* one = find_mutable(id); one != nullptr) {
    if (!one->boot || now - one->last_heard > move_after_silence) {
      one->where = where;
    }
    return;
  }
  if (peers_.size() >= settings_.peers_max) {
    return;
  }
  peer fresh;
  fresh.where = where;
  fresh.last_heard = now;
  peer& one = peers_.emplace(id, std::move(fresh)).first->second;
  schedule(id, one);
}

void link::introduce_run(const node_boot& who, const address& where, instant now) {
  introduce(who.node, where, now);
  if (peer* one = find_mutable(who.node); one != nullptr && !one->boot) {
    one->boot = who.boot;
  }
}

bool link::rests(node_id id) const {
  const peer* one = find(id);
  return one != nullptr && one->rests;
}

void link::tick(instant now) {
  instant when{};
  node_id id;
  while (timers_.pop_due(now, when, id)) {
    peer* one = find_mutable(id);
    if (one == nullptr || one->timer != when) {
      continue;
    }
    one->timer = never;
    if (one->dirty) {
      continue;  // flush() sets its timer anew
    }
    if (now - one->last_heard >= settings_.silence_max) {
      peers_.erase(id);
      continue;
    }
    const bool repeat = std::ranges::any_of(
        one->in_flight, [&](const outgoing& sent) { return sent.resend_at <= now; });
    if (repeat || one->acknowledge_by <= now) {
      mark(id, *one);
    } else {
      schedule(id, *one);
    }
  }
}

void link::flush(instant now, const header_filler& fill, outbox& out) {
  // flush_peer() marks nobody, so the list stands still.
  for (const node_id id : dirty_) {
    if (peer* one = find_mutable(id); one != nullptr && one->dirty) {
      flush_peer(id, *one, now, fill, out);
    }
  }
  dirty_.clear();
  flush_unaddressed(now, fill, out);
  drop_stale_timers();
}

// What was acknowledged in time, or rode along with another frame, needs no tick.
void link::drop_stale_timers() {
  timers_.drop_front_while([&](instant when, node_id id) {
    peer* one = find_mutable(id);
    if (one == nullptr || one->timer != when) {
      return true;
    }
    if (one->next_deadline(settings_.silence_max) <= when) {
      return false;
    }
    one->timer = never;
    schedule(id, *one);  // later than this entry, which stays in front
    return true;
  });
}

void link::flush_peer(node_id id, peer& one, instant now, const header_filler& fill, outbox& out) {
  one.dirty = false;
  if (one.rests && one.rests_until == never) {
    one.rests_until = now + settings_.silence_max;
  }
  one.wake(now);
  bool more = true;
  while (more) {
    one.fill_flight();
    frame_header header = header_for({.node = id, .boot = one.boot}, now, &one);
    header.wants_reply = one.ask_reply;
    std::copy_n(one.to_acknowledge.begin(), one.to_acknowledge_count, header.acknowledged.begin());
    header.acknowledged_count = one.to_acknowledge_count;
    fill(header, {.node = id, .boot = one.boot});
    const std::size_t offset = out.bytes.size();
    frame_builder frame(out.bytes, header, settings_.seal);
    more = fill_frame(frame, header, one, now);
    frame.finish();
    out.frames.push_back({.to = one.where, .offset = offset, .size = frame.size()});
    ++counters_.frames_sent;
    one.reply_due = one.ask_reply = false;
    one.to_acknowledge_count = 0;
    one.acknowledge_by = never;
  }
  schedule(id, one);
}

// Puts all that is due into the frame; true when some of it needs another one.
bool link::fill_frame(frame_builder& frame, frame_header& header, peer& one, instant now) {
  for (outgoing& due : one.in_flight) {
    if (due.resend_at > now) {
      continue;
    }
    if (!frame.add(due.content)) {
      return true;
    }
    if (due.attempts > 0) {
      ++counters_.retransmissions;
      one.repeats(now);
    }
    due.sent(header.sequence);
    due.resend_at = now + one.trip.timeout(std::max(due.attempts++, one.unanswered));
  }
  std::size_t added = 0;
  while (added < one.unreliable.size() && frame.add(one.unreliable[added])) {
    ++added;
  }
  one.unreliable.erase(one.unreliable.begin(),
                       one.unreliable.begin() + static_cast<std::ptrdiff_t>(added));
  return !one.unreliable.empty();
}

frame_header link::header_for(node_boot to, instant now, const peer* one) {
  last_sequence_ = last_sequence_.next();
  frame_header header;
  header.cluster = settings_.cluster;
  header.sender = settings_.self;
  header.sequence = last_sequence_;
  header.receiver_boot = to.boot;
  header.anchor = now;
  if (one != nullptr && one->latest_anchor) {
    header.echo = one->latest_anchor;
    header.echo_age = now - one->latest_anchor_at;
  }
  return header;
}

void link::flush_unaddressed(instant now, const header_filler& fill, outbox& out) {
  for (std::size_t next = 0; next < unaddressed_.size();) {
    const address where = unaddressed_[next].where;
    frame_header header = header_for({}, now, nullptr);
    fill(header, {});
    const std::size_t offset = out.bytes.size();
    frame_builder frame(out.bytes, header, settings_.seal);
    // Neighbours in the list that go to one address share a frame.
    while (next < unaddressed_.size() && unaddressed_[next].where == where &&
           frame.add(unaddressed_[next].content)) {
      ++next;
    }
    frame.finish();
    out.frames.push_back({.to = where, .offset = offset, .size = frame.size()});
    ++counters_.frames_sent;
  }
  unaddressed_.clear();
}

std::size_t link::outstanding() const {
  std::size_t sum = 0;
  for (const auto& [id, one] : peers_) {  // the order does not matter to a sum
    sum += one.outbox_size();
  }
  return sum;
}

const peer* link::find(node_id id) const {
  const auto found = peers_.find(id);
  return found == peers_.end() ? nullptr : &found->second;
}

peer* link::find_mutable(node_id id) {
  const auto found = peers_.find(id);
  return found == peers_.end() ? nullptr : &found->second;
}

void link::mark(node_id id, peer& one) {
  if (!one.dirty) {
    one.dirty = true;
    dirty_.push_back(id);
  }
}

void link::schedule(node_id id, peer& one) {
  const instant due = one.next_deadline(settings_.silence_max);
  if (due < one.timer) {
    one.timer = due;
    timers_.schedule(due, id);
  }
}

}  // namespace conclave::core
