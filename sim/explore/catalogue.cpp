// Numbers for what was met.
#include "sim/explore/catalogue.hpp"

#include "base/check.hpp"
#include "base/digest.hpp"
#include "sim/checks/coverage.hpp"
#include "sim/checks/floors.hpp"

#include <utility>

namespace conclave::sim {

namespace {

constexpr unsigned what_bits = 32;
constexpr unsigned kind_bits = 4;
constexpr unsigned moment_bits = 4;
constexpr std::size_t refs_max = std::size_t{1} << (64 - what_bits - kind_bits - moment_bits);

template <class Fold>
std::pair<std::uint64_t, std::uint64_t> wide(Fold fold) {
  core::digest first;
  first.add(1);
  fold(first);
  core::digest second;
  second.add(2);
  fold(second);
  return {first.value(), second.value()};
}

}  // namespace

node_ref catalogue::intern(const machine& one, machine_index at) {
  const wide_digest digest = wide([&](core::digest& sum) {
    sum.add(std::uint64_t{at});
    sum.add(one.abstains_until);
    one.process->add_to(sum);
  });
  const auto [entry, added] = node_refs_.try_emplace(digest, static_cast<node_ref>(nodes_.size()));
  if (added) {
    core::check(nodes_.size() < refs_max, "states of nodes have numbers of 24 bits");
    known_node fresh;
    fresh.state = std::make_unique<machine>(machine{.settings = {},
                                                    .where = one.where,
                                                    .seeds = {},
                                                    .clock = one.clock,
                                                    .process = one.process,
                                                    .boot = one.boot,
                                                    .abstains_until = one.abstains_until});
    fresh.state->settings.name = machinery_.world().nodes[at].name;
    fresh.at = at;
    fresh.deadline = one.process->next_deadline();
    nodes_.push_back(std::move(fresh));
  }
  return entry->second;
}

frame_ref catalogue::intern(datagram_value value) {
  const wide_digest digest = wide([&](core::digest& sum) {
    sum.add_all(std::uint64_t{value.from}, std::uint64_t{value.to});
    sum.add(
        std::string_view(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()));
  });
  const auto [entry, added] =
      frame_refs_.try_emplace(digest, static_cast<frame_ref>(frames_.size()));
  if (added) {
    frames_.push_back(std::make_unique<datagram_value>(std::move(value)));
  }
  return entry->second;
}

ledger_ref catalogue::intern(const ledger& book) {
  const wide_digest digest = wide([&](core::digest& sum) {
    for (const std::uint64_t token : book.last_token) {
      sum.add(token);
    }
    sum.add(book.last_exclusive);
    for (const std::uint32_t times : book.asked) {
      sum.add(std::uint64_t{times});
    }
    for (const open_request& one : book.open) {
      const auto& [at, request, holds, shares, slot, asked_as, deadline, until] = one;
      sum.add_all(std::uint64_t{at}, request, std::uint64_t{holds}, std::uint64_t{shares},
                  std::uint64_t{slot}, asked_as, deadline, until.time_since_epoch());
    }
  });
  const auto [entry, added] =
      ledger_refs_.try_emplace(digest, static_cast<ledger_ref>(ledgers_.size()));
  if (added) {
    ledgers_.push_back(std::make_unique<ledger>(book));
  }
  return entry->second;
}

step_ref catalogue::step(node_ref node, std::uint32_t moment, const input& what) {
  std::uint64_t key = node;
  key = key << moment_bits | moment;
  key = key << kind_bits | static_cast<std::uint64_t>(what.kind);
  key = key << what_bits | what.what;
  const auto found = step_refs_.find(key);
  if (found != step_refs_.end()) {
    return found->second;
  }
  const step_ref fresh = run(node, moment, what);
  step_refs_.emplace(key, fresh);
  return fresh;
}

step_ref catalogue::run(node_ref node, std::uint32_t moment, const input& what) {
  const machine_index at = nodes_[node].at;
  machine copy = *nodes_[node].state;
  const datagram_value* frame =
      what.kind == input_kind::deliver ? frames_[what.what].get() : nullptr;
  out_.clear();
  events_.clear();
  running_ = {.at = at, .what = what};
  machinery_.run(copy, at, what, frame, time_of(moment), out_, events_);
  running_.reset();
  node_step taken;
  taken.after = intern(copy, at);
  taken.first_frame = static_cast<std::uint32_t>(step_frames_.size());
  for (const core::action& said : out_.list) {
    if (const auto* sent = std::get_if<core::send>(&said)) {
      if (auto value = machinery_.carry(at, *sent, out_)) {
        step_frames_.push_back(intern(std::move(*value)));
        ++taken.frames;
      }
    }
  }
  taken.first_event = static_cast<std::uint32_t>(step_events_.size());
  taken.events = static_cast<std::uint32_t>(events_.size());
  step_events_.insert(step_events_.end(), events_.begin(), events_.end());
  steps_.push_back(taken);
  return static_cast<step_ref>(steps_.size() - 1);
}

entered catalogue::enter(ledger_ref book, node_ref before, std::uint32_t moment, step_ref taken) {
  const node_step& step = steps_[taken];
  if (step.events == 0) {
    return {.after = book};
  }
  const std::uint64_t key = std::uint64_t{book} << 32 | taken;
  if (const auto found = entered_.find(key); found != entered_.end()) {
    return found->second;
  }
  ledger after = *ledgers_[book];
  entered result;
  for (std::uint32_t i = 0; i < step.events && result.broken == nullptr; ++i) {
    if (auto broken = sim::enter(after, node(before), nodes_[before].at,
                                 step_events_[step.first_event + i], time_of(moment))) {
      violations_.push_back(std::make_unique<violation>(std::move(*broken)));
      result.broken = violations_.back().get();
    }
  }
  result.after = intern(after);
  entered_.emplace(key, result);
  return result;
}

true_time catalogue::reserved(node_ref voter, node_ref holder, std::uint64_t asked_as,
                              core::permit_slot slot) {
  const core::node_boot process = node(holder).process->self();
  const std::uint64_t key =
      (std::uint64_t{voter} << 40) | (std::uint64_t{nodes_[holder].at} << 36) |
      (process.boot.value & 0xffff) << 20 | (std::uint64_t{slot} & 0xf) << 16 | (asked_as & 0xffff);
  if (const auto found = reserved_.find(key); found != reserved_.end()) {
    return found->second;
  }
  belief held;
  // By what the voters know it: who has it now makes no difference to them.
  held.who = {.machine = nodes_[holder].at, .process = process, .request = {asked_as}};
  held.asked_as = held.who.request;
  held.slot = slot;
  // What an earlier process had lent is part of no state: it may be anything.
  const true_time until = reserved_until(node(voter), held, "a", true);
  reserved_.emplace(key, until);
  return until;
}

std::size_t catalogue::bytes() const {
  constexpr std::size_t node_bytes = 25'000;  // a node of a small world, with all that it allocates
  constexpr std::size_t frame_bytes = 500;
  constexpr std::size_t step_bytes = 100;
  return nodes_.size() * node_bytes + frames_.size() * frame_bytes + steps_.size() * step_bytes;
}

bool catalogue::forgets(node_ref voter, ledger_ref book) {
  const std::uint64_t token = ledgers_[book]->greatest_token();
  const std::uint64_t key = std::uint64_t{voter} << 32 | token;
  if (const auto found = forgets_.find(key); found != forgets_.end()) {
    return found->second;
  }
  floors alone;
  alone.watch(1);
  alone.given(0, fencing_token(token));
  alone.look(0, node(voter), {"a"});
  const bool answer = !alone.forgotten({"a"}).empty();
  forgets_.emplace(key, answer);
  return answer;
}

bool catalogue::due(node_ref node, std::uint32_t moment) const {
  const known_node& known = nodes_[node];
  return known.deadline <= known.state->clock.local(time_of(moment));
}

}  // namespace conclave::sim
