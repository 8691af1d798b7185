// The tiny network.
#include "virtual_cluster.hpp"

#include "base/digest.hpp"

#include <algorithm>
#include <numeric>

namespace conclave::core {

using namespace std::chrono_literals;

virtual_cluster::virtual_cluster(std::uint64_t seed, membership_config config)
    : config_(config), random_(seed) {}

membership virtual_cluster::make(const std::string& name, std::size_t index, boot_id boot,
                                 const std::vector<address>& seeds, const std::string& metadata) {
  return membership({.config = config_,
                     .name = name,
                     .self_address = where(index),
                     .boot = boot,
                     .metadata = metadata,
                     .seeds = seeds,
                     .records = nullptr},
                    now_, random_.fork());
}

address virtual_cluster::where(std::size_t index) const {
  return ipv4_address({10, 0, 0, 1}, static_cast<std::uint16_t>(1'000 + index));
}

node_boot virtual_cluster::id(std::size_t index) const {
  return {.node = node_id_of(nodes_[index].name), .boot = nodes_[index].boot};
}

std::size_t virtual_cluster::add(const virtual_member& settings) {
  const std::size_t index = nodes_.size();
  std::vector<address> seeds;
  for (const std::size_t seed : settings.seeds) {
    seeds.push_back(where(seed));
  }
  const boot_id boot{1'000};
  nodes_.push_back({.machine = make(settings.name, index, boot, seeds, settings.metadata),
                    .name = settings.name,
                    .seeds = seeds,
                    .boot = boot,
                    .clock_offset = duration(random_.below(1'000'000'000'000)),
                    .superseded = {},
                    .changes = {}});
  act(index, [](membership& one, instant now, membership_output& out) { one.join(now, out); });
  return index;
}

void virtual_cluster::add_many(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = nodes_.size();
    add({.name = "node-" + std::to_string(index),
         .seeds = index == 0 ? std::vector<std::size_t>{} : std::vector<std::size_t>{0}});
  }
}

void virtual_cluster::crash(std::size_t index) {
  nodes_[index].running = false;
}

void virtual_cluster::restart(std::size_t index) {
  node& one = nodes_[index];
  one.boot = one.boot.next();
  one.machine = make(one.name, index, one.boot, one.seeds, "");
  one.running = true;
  one.joined = false;
  act(index, [](membership& each, instant now, membership_output& out) { each.join(now, out); });
}

void virtual_cluster::leave(std::size_t index) {
  act(index, [](membership& one, instant now, membership_output& out) { one.leave(now, out); });
  nodes_[index].running = false;
}

void virtual_cluster::pause(std::size_t index, duration length) {
  nodes_[index].paused_until = now_ + length;
}

void virtual_cluster::split(const std::vector<std::size_t>& group) {
  for (const std::size_t index : group) {
    nodes_[index].group = 1;
  }
}

void virtual_cluster::heal() {
  for (node& one : nodes_) {
    one.group = 0;
  }
  blocked_.clear();
}

void virtual_cluster::set_metadata(std::size_t index, std::string metadata) {
  act(index, [&](membership& one, instant now, membership_output& out) {
    one.set_metadata(metadata, now, out);
  });
}

// Each machine has a clock of its own: no two agree on the time.
void virtual_cluster::act(
    std::size_t index, const std::function<void(membership&, instant, membership_output&)>& what) {
  membership_output out;
  node& one = nodes_[index];
  what(one.machine, now_ + one.clock_offset, out);
  one.machine.check_invariants();
  one.joined = one.joined || out.join_answered;
  one.superseded = std::max(one.superseded, out.superseded_by);
  for (const member_change& change : out.changes) {
    const belief* subject = one.machine.table().find(change.id);
    one.changes.push_back({.when = now_, .kind = change.kind, .name = subject->record->name});
  }
  for (const gossip_send& sent : out.sends) {
    post(index, sent);
  }
}

void virtual_cluster::post(std::size_t from, const gossip_send& sent) {
  log_.push_back(sent.content);
  const std::size_t to = sent.where.port - std::size_t{1'000};
  const bool cut = to >= nodes_.size() || nodes_[from].group != nodes_[to].group ||
                   blocked_.contains({from, to});
  if (cut || random_.chance(loss_)) {
    return;
  }
  const duration delay = random_.between(duration(100us), duration(20ms));
  in_flight_[{now_ + delay, ++posted_}] = {
      .to = to, .from = id(from), .where = where(from), .content = sent.content};
}

void virtual_cluster::inject(std::size_t to, const node_boot& from, const address& where,
                             message content) {
  deliver({.to = to, .from = from, .where = where, .content = std::move(content)});
}

void virtual_cluster::deliver(const delivery& arrived) {
  if (nodes_[arrived.to].running) {
    act(arrived.to, [&](membership& one, instant now, membership_output& out) {
      one.handle(arrived.from, arrived.where, arrived.content, now, out);
      one.heard_of(arrived.from, arrived.where, now, out);
    });
  }
}

instant virtual_cluster::due(const node& one) const {
  const instant next = one.machine.next_deadline();
  if (!one.running || next == never) {
    return never;
  }
  return std::max({next - one.clock_offset, one.paused_until, now_});
}

// The earliest of: a machine's deadline, a datagram.
bool virtual_cluster::step(instant limit) {
  instant earliest = in_flight_.empty() ? never : in_flight_.begin()->first.first;
  std::size_t ticking = nodes_.size();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (const instant when = due(nodes_[i]); when < earliest) {
      earliest = when;
      ticking = i;
    }
  }
  if (earliest > limit) {
    now_ = limit;
    return false;
  }
  now_ = std::max(now_, earliest);
  if (ticking < nodes_.size()) {
    act(ticking, [](membership& one, instant now, membership_output& out) { one.tick(now, out); });
    return true;
  }
  const delivery next = in_flight_.begin()->second;
  in_flight_.erase(in_flight_.begin());
  if (nodes_[next.to].paused_until > now_) {
    in_flight_[{nodes_[next.to].paused_until, ++posted_}] = next;  // waits in its socket
  } else {
    deliver(next);
  }
  return true;
}

void virtual_cluster::run_for(duration length) {
  const instant limit = now_ + length;
  while (step(limit)) {
  }
}

bool virtual_cluster::run_until(const std::function<bool()>& reached, duration limit) {
  const instant end = now_ + limit;
  while (!reached()) {
    if (!step(end)) {
      return reached();
    }
  }
  return true;
}

std::size_t virtual_cluster::count(std::size_t index, member_event_kind kind,
                                   const std::string& name) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      nodes_[index].changes,
      [&](const seen_change& one) { return one.kind == kind && one.name == name; }));
}

member_status virtual_cluster::status(std::size_t viewer, std::size_t subject) const {
  const belief* known = nodes_[viewer].machine.table().find(id(subject).node);
  return known == nullptr ? member_status::dead : known->status;
}

bool virtual_cluster::all_see_all(const std::vector<std::size_t>& group) const {
  return std::ranges::all_of(group, [&](std::size_t viewer) {
    return std::ranges::all_of(group, [&](std::size_t subject) {
      const belief* known = nodes_[viewer].machine.table().find(id(subject).node);
      return known != nullptr && known->status == member_status::alive &&
             known->record->boot == nodes_[subject].boot;
    });
  });
}

bool virtual_cluster::all_see_all() const {
  return all_see_all(everyone());
}

std::vector<std::size_t> virtual_cluster::everyone() const {
  std::vector<std::size_t> running;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].running) {
      running.push_back(i);
    }
  }
  return running;
}

std::uint64_t virtual_cluster::digest_of_run() const {
  digest run;
  for (const message& one : log_) {
    run.add(to_text(one));
  }
  for (const node& one : nodes_) {
    for (const seen_change& change : one.changes) {
      run.add(static_cast<std::uint64_t>(change.when.time_since_epoch().count()));
      run.add(change.name);
    }
  }
  return run.value();
}

}  // namespace conclave::core
