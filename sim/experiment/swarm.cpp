// Many members and their network.
#include "sim/experiment/swarm.hpp"

#include "base/address.hpp"
#include "base/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace conclave::sim {

namespace {

constexpr std::uint64_t ip_and_udp = 28;
constexpr std::uint16_t first_port = 1'000;

std::string name_of(member_index at) {
  return fmt::format("member-{:05}", at);
}

}  // namespace

swarm::swarm(const swarm_settings& settings)
    : settings_(settings),
      random_(settings.seed),
      records_(std::make_shared<core::member_records>()),
      members_(settings.members) {
  core::check(settings.members <= 60'000, "each member has a port of its own", settings.members);
  settings_.config.members_max = std::max<std::size_t>(settings_.config.members_max, size());
  for (member_index at = 0; at < size(); ++at) {
    indexes_[core::node_id_of(name_of(at))] = at;
  }
}

core::address swarm::address_of(member_index at) {
  return core::ipv4_address({10, 0, 0, 1}, static_cast<std::uint16_t>(first_port + at));
}

void swarm::start(member_index at, member_index through) {
  member& one = members_[at];
  const auto seeds =
      through == at ? std::vector<core::address>() : std::vector{address_of(through)};
  one.boot = one.boot ? one.boot.next() : core::boot_id{std::uint64_t{1} << 60U};
  one.clock = random_.between(duration(0), duration(std::chrono::hours(1)));
  one.runs = true;
  one.machine =
      std::make_unique<core::membership>(core::membership_settings{.config = settings_.config,
                                                                   .name = name_of(at),
                                                                   .self_address = address_of(at),
                                                                   .boot = one.boot,
                                                                   .metadata = {},
                                                                   .seeds = seeds,
                                                                   .records = records_},
                                         now_ + one.clock, random_.fork());
  act(at, [&](core::membership& machine, instant now) { machine.join(now, out_); });
}

void swarm::crash(member_index at) {
  members_[at].runs = false;
  members_[at].machine.reset();
  members_[at].ticks_at = core::never;
}

void swarm::pause(member_index at, duration length) {
  members_[at].paused_until = now_ + length;
}

template <class Action>
void swarm::act(member_index at, Action action) {
  out_.clear();
  action(*members_[at].machine, now_ + members_[at].clock);
  if (hears_) {
    for (const core::member_change& change : out_.changes) {
      hears_({.viewer = at, .subject = indexes_.at(change.id), .kind = change.kind});
    }
  }
  send(at);
  set_tick(at);
}

// All for one member in one frame, as the link does it.
void swarm::send(member_index from) {
  std::vector<core::gossip_send> left = std::exchange(out_.sends, {});
  std::ranges::stable_sort(left, {}, [](const core::gossip_send& one) { return one.where.port; });
  for (std::size_t first = 0; first < left.size();) {
    std::vector<core::message> messages;
    std::size_t next = first;
    for (; next < left.size() && left[next].where == left[first].where; ++next) {
      messages.push_back(std::move(left[next].content));
    }
    post(from, static_cast<member_index>(left[first].where.port - first_port), std::move(messages));
    first = next;
  }
  left.clear();
  out_.sends = std::move(left);
}

void swarm::post(member_index from, member_index to, std::vector<core::message> messages) {
  member& sender = members_[from];
  while (!messages.empty()) {
    std::vector<core::message> rest = messages;
    const std::uint64_t bytes = bytes_of(sender, rest);
    messages.resize(messages.size() - rest.size());
    sender.sent.bytes += bytes;
    ++sender.sent.datagrams;
    if (reaches(from, to) && random_.below(1'000'000) >= settings_.loss_ppm) {
      if (free_datagrams_.empty()) {
        free_datagrams_.push_back(static_cast<std::uint32_t>(datagrams_.size()));
        datagrams_.emplace_back();
      }
      const std::uint32_t place = free_datagrams_.back();
      free_datagrams_.pop_back();
      datagrams_[place] = {.from = from,
                           .sender = {.node = core::node_id_of(name_of(from)), .boot = sender.boot},
                           .messages = std::move(messages)};
      const duration delay =
          settings_.delay_min + random_.between(duration(0), settings_.delay_spread);
      schedule(now_ + delay, what::arrival, to, place);
    }
    messages = std::move(rest);
  }
}

// Of a frame with as many of them as fit; those are taken away.
std::uint64_t swarm::bytes_of(const member& from, std::vector<core::message>& messages) {
  frame_.clear();
  core::frame_header header;
  header.cluster = ~std::uint64_t{0};
  header.sender = {.node = core::node_id{~std::uint64_t{0}}, .boot = from.boot};
  header.sequence = core::sequence{100'000};
  header.receiver_boot = from.boot;
  header.anchor = now_ + from.clock;
  header.echo = now_;
  header.echo_age = std::chrono::seconds(1);
  header.lamport = core::lamport_time{from.boot.value};
  header.epoch = core::epoch{1};
  header.roster_fingerprint = ~std::uint64_t{0};
  core::frame_builder builder(frame_, header, seal_);
  std::size_t taken = 0;
  while (taken < messages.size() && builder.add(messages[taken])) {
    ++taken;
  }
  core::check(taken > 0, "a message of gossip fits into a frame");
  builder.finish();
  messages.erase(messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(taken));
  return frame_.size() + ip_and_udp;
}

bool swarm::reaches(member_index from, member_index to) const {
  return to < size() && !members_[to].deaf &&
         (split_before_ == 0 || (from < split_before_) == (to < split_before_));
}

void swarm::schedule(instant at, what is, member_index whose, std::uint32_t place) {
  events_due_.push(
      {.at = at, .order = ++last_order_, .is = is, .member = whose, .datagram = place});
}

void swarm::set_tick(member_index at) {
  member& one = members_[at];
  const instant next = one.machine->next_deadline();
  const instant when =
      next == core::never ? next : std::max({next - one.clock, now_, one.paused_until});
  if (when != one.ticks_at) {
    one.ticks_at = when;
    if (when != core::never) {
      schedule(when, what::tick, at);
    }
  }
}

void swarm::handle(const event& next) {
  member& one = members_[next.member];
  if (next.is == what::tick && one.ticks_at != next.at) {
    return;  // moved since, or the process is gone
  }
  ++events_;
  if (one.runs && one.paused_until > now_) {
    if (next.is == what::tick) {
      one.ticks_at = one.paused_until;
    }
    schedule(one.paused_until, next.is, next.member, next.datagram);
  } else if (next.is == what::tick) {
    one.ticks_at = core::never;
    act(next.member, [&](core::membership& machine, instant now) { machine.tick(now, out_); });
  } else {
    arrive(next);
  }
}

void swarm::arrive(const event& next) {
  const datagram came = std::move(datagrams_[next.datagram]);
  free_datagrams_.push_back(next.datagram);
  if (!members_[next.member].runs) {
    return;
  }
  act(next.member, [&](core::membership& machine, instant now) {
    for (const core::message& content : came.messages) {
      machine.handle(came.sender, address_of(came.from), content, now, out_);
    }
    machine.heard_of(came.sender, address_of(came.from), now, out_);
  });
}

void swarm::run_for(duration length) {
  const instant end = now_ + length;
  while (!events_due_.empty() && events_due_.top().at <= end) {
    const event next = events_due_.top();
    events_due_.pop();
    now_ = std::max(now_, next.at);
    handle(next);
  }
  now_ = end;
}

bool swarm::run_until(const std::function<bool()>& reached, duration step, duration limit) {
  const instant end = now_ + limit;
  while (!reached()) {
    if (now_ >= end) {
      return false;
    }
    run_for(step);
  }
  return true;
}

std::size_t swarm::live_at(member_index at) const {
  return members_[at].runs ? members_[at].machine->table().live() : 0;
}

bool swarm::all_agree() const {
  std::uint64_t digest = 0;
  std::size_t running = 0;
  for (const member& one : members_) {
    running += one.runs ? 1 : 0;
  }
  bool first = true;
  for (const member& one : members_) {
    if (!one.runs) {
      continue;
    }
    const core::member_table& table = one.machine->table();
    digest = first ? table.live_digest() : digest;
    first = false;
    if (table.live() != running || table.live_digest() != digest) {
      return false;
    }
  }
  return true;
}

traffic swarm::sent_by_all() const {
  traffic all;
  for (const member& one : members_) {
    all.datagrams += one.sent.datagrams;
    all.bytes += one.sent.bytes;
  }
  return all;
}

}  // namespace conclave::sim
