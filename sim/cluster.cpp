// Driving nodes, and handing on what they say.
#include "sim/cluster.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

namespace conclave::sim {

namespace {

std::vector<machine_index> voters_among(const std::vector<machine>& machines) {
  std::vector<machine_index> voters;
  for (machine_index i = 0; i < machines.size(); ++i) {
    const std::vector<std::string>& named = machines[i].settings.voters;
    if (std::ranges::find(named, machines[i].name()) != named.end()) {
      voters.push_back(i);
    }
  }
  return voters;
}

// A frame's last eight bytes are its checksum, which stands for all of it.
std::uint64_t fingerprint_of(std::span<const std::byte> frame) {
  std::uint64_t word = frame.size();
  for (const std::byte each : frame.last(std::min<std::size_t>(frame.size(), 8))) {
    word = word << 8 ^ word >> 56 ^ std::to_integer<std::uint64_t>(each);
  }
  return word;
}

}  // namespace

cluster::cluster(std::vector<machine> machines, std::vector<std::string> locks,
                 cluster_driver& driver)
    : machines_(std::move(machines)),
      locks_(std::move(locks)),
      judge_(machines_, locks_),
      driver_(&driver) {
  judge_.watch(voters_among(machines_));
}

void cluster::start(machine_index at, const process_start& how, true_time now) {
  machine& where = machines_[at];
  core::check(!where.process && where.boot != how.boot, "a machine starts another process", at);
  note(step_kind::start, at, now);
  core::node_start start;
  start.settings = where.settings;
  start.settings.new_cluster = how.new_cluster;
  start.self_address = where.where;
  start.seeds = where.seeds;
  start.boot = where.boot = how.boot;
  start.wall_ns = how.wall_ns;
  start.now = where.local(now);
  start.random_seed = how.random_seed;
  where.process.emplace(std::move(start));
  // By the rule, not as the process reckons.
  const duration abstention =
      core::lengthened_by_drift(where.settings.lease_ttl_max, where.settings.clock_drift_max_ppm);
  where.abstains_until = where.local(now) + (how.new_cluster ? duration(0) : abstention);
  judge_.started(at);
  if (watch_ != nullptr) {
    watch_->started(at, now);
  }
  where.process->join(where.local(now), out_);
  if (watched_) {
    where.process->observe(locks_.front(), where.local(now), out_);
  }
  finish(at, now);
}

void cluster::observe(machine_index at, lock_index lock, true_time now) {
  note(step_kind::observe, at, now);
  machine& where = machines_[at];
  where.process->observe(locks_[lock], where.local(now), out_);
  finish(at, now);
}

void cluster::stop(machine_index at, true_time now) {
  core::check(runs(at), "only a process stops", at);
  note(step_kind::stop, at, now);
  ended_.add(*machines_[at].process);
  judge_.stops(at);
  machines_[at].process.reset();
  judge_.stopped(at);
  judge_.stepped(at, now);
  if (watch_ != nullptr) {
    watch_->stopped(at, now);
  }
}

void cluster::leave(machine_index at, true_time now) {
  note(step_kind::leave, at, now);
  if (watch_ != nullptr) {
    watch_->leaves(at, now);
  }
  machines_[at].process->leave(machines_[at].local(now), out_);
  finish(at, now);
}

void cluster::deliver(machine_index at, std::span<std::byte> datagram, const core::address& from,
                      true_time now) {
  note(step_kind::frame, at, now);
  digest_.add(fingerprint_of(datagram));
  machines_[at].process->handle(datagram, from, machines_[at].local(now), out_);
  finish(at, now);
}

void cluster::tick(machine_index at, true_time now) {
  note(step_kind::tick, at, now);
  machines_[at].process->tick(machines_[at].local(now), out_);
  finish(at, now);
  judge_.ticked(at, now);
}

void cluster::set_rate(machine_index at, std::int64_t ahead_ppb, true_time now) {
  note(step_kind::rate, at, now);
  judge_.clock_changes(now);
  machines_[at].clock.set_rate(now, ahead_ppb);
  judge_.clock_changed(at, now);
  if (watch_ != nullptr) {
    watch_->stepped(at, now);
  }
}

core::request_id cluster::lock(machine_index at, lock_index lock, const core::lock_request& options,
                               std::uint32_t owner, true_time now) {
  return lock_all(at, {&lock, 1}, options, owner, now);
}

core::request_id cluster::lock_all(machine_index at, std::span<const lock_index> locks,
                                   const core::lock_request& options, std::uint32_t owner,
                                   true_time now) {
  note(step_kind::lock, at, now);
  machine& where = machines_[at];
  std::vector<core::lock_name> names;
  for (const lock_index each : locks) {
    names.push_back(locks_[each]);
  }
  const core::request_id first = where.process->lock_all(names, options, where.local(now), out_);
  for (std::size_t i = 0; i < locks.size(); ++i) {
    judge_.asked(at, first.next(i), locks[i], owner, now, options,
                 {.first = first, .count = static_cast<std::uint32_t>(locks.size())});
    if (watch_ != nullptr) {
      watch_->asked(at, locks[i], first.next(i), options, now);
    }
  }
  finish(at, now);
  return first;
}

bool cluster::unlock(machine_index at, core::request_id request, true_time now) {
  note(step_kind::unlock, at, now);
  machine& where = machines_[at];
  const bool held = where.process->unlock(request, where.local(now), out_);
  digest_.add(held ? 1 : 0);
  judge_.unlocked(at, request, held, now);
  if (watch_ != nullptr) {
    watch_->unlocked(at, request, held, now);
  }
  finish(at, now);
  return held;
}

bool cluster::downgrade(machine_index at, core::request_id request, true_time now) {
  note(step_kind::downgrade, at, now);
  machine& where = machines_[at];
  const bool held = where.process->downgrade(request, where.local(now), out_);
  digest_.add(held ? 1 : 0);
  judge_.downgraded(at, request, held, now);
  if (watch_ != nullptr) {
    watch_->downgraded(at, request, held, now);
  }
  finish(at, now);
  return held;
}

std::optional<fencing_token> cluster::take_token(machine_index at, core::request_id request,
                                                 true_time now) {
  note(step_kind::token, at, now);
  machine& where = machines_[at];
  const auto token = where.process->take_token(request, where.local(now), out_);
  if (token) {
    digest_.add(token->value());
    judge_.token_taken(at, request, *token, now);
  }
  if (watch_ != nullptr) {
    watch_->token_taken(at, request, token, now);
  }
  finish(at, now);
  return token;
}

true_time cluster::tick_due(machine_index at) const {
  return machines_[at].clock.first_reaching(machines_[at].process->next_deadline());
}

counters cluster::process_counters() const {
  counters sum = ended_;
  for (const machine& one : machines_) {
    if (one.process) {
      sum.add(*one.process);
    }
  }
  return sum;
}

void cluster::note(step_kind kind, machine_index at, true_time now) {
  digest_.add(static_cast<std::uint64_t>(now.time_since_epoch().count()));
  digest_.add(std::uint64_t{at} << 8 | static_cast<std::uint64_t>(kind));
}

// Hands on what the node said, in order, and has the state looked at that it is in now.
void cluster::finish(machine_index at, true_time now) {
  for (const core::action& what : out_.list) {
    digest_action(what);
    if (const auto* frame = std::get_if<core::send>(&what)) {
      driver_->send(at, frame->to, std::span(out_.bytes).subspan(frame->offset, frame->size));
      continue;
    }
    judge_.happened(at, what, now);
    if (watch_ != nullptr) {
      watch_->happened(at, what, now);
    }
    driver_->happened(at, what, owner_of(at, what));
  }
  out_.clear();
  judge_.stepped(at, now);
  if (watch_ != nullptr) {
    watch_->stepped(at, now);
  }
}

std::uint32_t cluster::owner_of(machine_index at, const core::action& what) const {
  return std::visit(
      [&](const auto& one) -> std::uint32_t {
        if constexpr (requires { one.request; }) {
          return judge_.find(at, one.request).owner;
        } else {
          return 0;
        }
      },
      what);
}

void cluster::digest_action(const core::action& what) {
  digest_.add(what.index());
  std::visit(
      [&]<class T>(const T& one) {
        if constexpr (std::is_same_v<T, core::send>) {
          digest_.add(fingerprint_of(std::span(out_.bytes).subspan(one.offset, one.size)));
          digest_.add(one.to.port);
        } else if constexpr (std::is_same_v<T, core::report>) {
          digest_.add(one.value);
        } else if constexpr (std::is_same_v<T, core::member_changed>) {
          digest_.add(one.id.value);
          digest_.add(static_cast<std::uint64_t>(one.kind));
        } else if constexpr (std::is_same_v<T, core::observed>) {
          digest_.add_all(std::uint64_t{one.view.known}, one.view.holder.node, one.view.ballot);
        } else if constexpr (requires { one.request; }) {
          digest_.add(one.request.value);
          if constexpr (requires { one.deadline; }) {
            digest_.add(static_cast<std::uint64_t>(one.deadline.time_since_epoch().count()));
          }
          if constexpr (requires { one.token; }) {
            digest_.add(one.token.value());
          }
          if constexpr (requires { one.reason; }) {
            digest_.add(static_cast<std::uint64_t>(one.reason));
          }
        }
      },
      what);
}

}  // namespace conclave::sim
