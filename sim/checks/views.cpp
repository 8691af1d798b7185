// Beliefs about members, compared with earlier ones and with the truth.
#include "sim/checks/views.hpp"

#include "base/time.hpp"

#include <algorithm>
#include <variant>

namespace conclave::sim {

namespace {

using std::chrono::seconds;

// The order in which news replaces a belief (docs/protocol.md, "Beliefs").
auto rank(core::boot_id boot, std::uint32_t incarnation, member_status status) {
  return std::tuple(boot, status == member_status::left, incarnation, status);
}

std::string in_words(core::boot_id boot, std::uint32_t incarnation, member_status status) {
  return std::string(to_string(status)) + " in boot " + std::to_string(boot.value) +
         ", incarnation " + std::to_string(incarnation);
}

// No suspicion lasts less, on whichever clock: where it is confirmed, and no more than two members
// are known.
duration suspicion_least(const machine& where) {
  const auto& settings = where.settings.membership;
  return core::shortened_by_drift(settings.gossip_interval * (1 + 3),
                                  where.settings.clock_drift_max_ppm);
}

// Its seeds are what a name service said when it started: the others may have moved since.
bool has_seed_among(const std::vector<machine>& machines, const std::vector<bool>& well,
                    machine_index at) {
  for (machine_index other = 0; other < machines.size(); ++other) {
    const auto& seeds = machines[at].seeds;
    if (well[other] && std::ranges::find(seeds, machines[other].where) != seeds.end()) {
      return true;
    }
  }
  return false;
}

}  // namespace

void views::watch(const std::vector<machine>& machines) {
  machines_ = &machines;
  ids_.clear();
  members_.clear();
  for (machine_index at = 0; at < machines.size(); ++at) {
    const core::node_id id = core::node_id_of(machines[at].name());
    if (std::ranges::find(ids_, id) == ids_.end()) {
      members_.push_back(at);
    }
    ids_.push_back(id);
  }
  greatest_boot_.assign(machines.size(), {});
  seen_.assign(machines.size(), std::vector<seen>(machines.size()));
  joined_.assign(machines.size(), false);
  told_.assign(machines.size(), false);
  size_.assign(machines.size(), 0);
}

void views::started(machine_index at, core::boot_id boot) {
  std::ranges::fill(seen_[at], seen{});
  joined_[at] = false;
  const auto member = std::ranges::find(ids_, ids_[at]) - ids_.begin();
  core::boot_id& greatest = greatest_boot_[static_cast<std::size_t>(member)];
  greatest = std::max(greatest, boot);
}

void views::happened(machine_index at, const core::action& what) {
  if (std::holds_alternative<core::joined>(what)) {
    joined_[at] = true;
  }
  const auto* change = std::get_if<core::member_changed>(&what);
  const auto about = change == nullptr ? ids_.end() : std::ranges::find(ids_, change->id);
  if (about == ids_.end()) {
    return;
  }
  told_[at] = true;
  const auto index = static_cast<machine_index>(about - ids_.begin());
  seen& one = seen_[at][index];
  switch (change->kind) {
    case member_event_kind::joined:
      one.told_live = true;
      one.told_suspect = false;
      break;
    case member_event_kind::updated:
      break;
    case member_event_kind::suspected:
      one.told_suspect = true;
      note_accusation(at, index, member_status::suspect);
      break;
    case member_event_kind::refuted:
      one.told_suspect = false;
      break;
    case member_event_kind::died:
      note_accusation(at, index, member_status::dead);
      [[fallthrough]];
    case member_event_kind::left:
      one.told_live = one.told_suspect = false;
      break;
  }
}

void views::note_accusation(machine_index at, machine_index about, member_status as) {
  const bool may = as == member_status::suspect && suspicious_;
  if (!trusted_.empty() && trusted_[at] && trusted_[about] && !may) {
    accused_ = describe(at, about) + std::string(to_string(as)) +
               ", though both are well, and each knew that of the other";
  }
}

bool views::changed(machine_index at) const {
  const auto& process = (*machines_)[at].process;
  return told_[at] || (process && process->members().table().size() != size_[at]);
}

std::string views::look(machine_index at, true_time now) {
  const machine& where = (*machines_)[at];
  if (!where.process) {
    return {};
  }
  const core::member_table& table = where.process->members().table();
  told_[at] = false;
  size_[at] = table.size();
  if (!accused_.empty()) {
    return accused_;
  }
  for (const machine_index about : members_) {
    if (ids_[about] == ids_[at]) {
      continue;
    }
    const core::belief* known = table.find(ids_[about]);
    std::string wrong = compare(at, about, known);
    if (wrong.empty() && known != nullptr) {
      wrong = accuse(about, *known, now);
    }
    if (!wrong.empty()) {
      return describe(at, about) + wrong;
    }
  }
  return {};
}

// With what the same process believed before, and with what its owner was told.
std::string views::compare(machine_index at, machine_index about, const core::belief* now) {
  seen& before = seen_[at][about];
  if (now == nullptr) {
    const bool still_told = before.told_live;
    before = {};
    return still_told ? "forgotten, but its owner was not told that it is gone" : "";
  }
  const core::boot_id boot = now->record->boot;
  if (before.known && rank(boot, now->incarnation, now->status) <
                          rank(before.boot, before.incarnation, before.status)) {
    return in_words(boot, now->incarnation, now->status) + ", after " +
           in_words(before.boot, before.incarnation, before.status);
  }
  before.known = true;
  before.boot = boot;
  before.incarnation = now->incarnation;
  before.status = now->status;
  if (before.told_live != core::is_live(now->status) ||
      before.told_suspect != (now->status == member_status::suspect)) {
    return in_words(boot, now->incarnation, now->status) + ", but its owner was told otherwise";
  }
  if (boot > greatest_boot_[about]) {
    return "known in a boot that it never had";
  }
  for (machine_index each = 0; each < machines_->size(); ++each) {
    const auto& process = (*machines_)[each].process;
    if (ids_[each] == ids_[about] && process && process->self().boot == boot &&
        now->incarnation > process->members().table().self().incarnation) {
      return "known in an incarnation that it never had";
    }
  }
  return {};
}

// A suspect has time to refute before anybody declares it dead.
std::string views::accuse(machine_index about, const core::belief& now, true_time when) {
  if (now.status != member_status::suspect && now.status != member_status::dead) {
    return {};
  }
  const word accused(about, now.record->boot, now.incarnation);
  const auto [first, is_first] = suspected_.try_emplace(accused, when);
  if (now.status == member_status::suspect) {
    return {};
  }
  const duration had = when - first->second;
  const duration least = any_clocks_ ? duration(0) : suspicion_least((*machines_)[about]);
  return is_first || had < least
             ? "declared dead " + std::to_string(had.count()) + " ns after it was suspected"
             : "";
}

std::string views::not_known(const std::vector<bool>& well) const {
  for (machine_index at = 0; at < machines_->size(); ++at) {
    if (!well[at]) {
      continue;
    }
    if (!joined_[at] && has_seed_among(*machines_, well, at)) {
      return (*machines_)[at].name() + " has not joined";
    }
    for (const machine_index about : members_) {
      const std::string wrong = ids_[about] == ids_[at] ? "" : not_known_of(at, about, well);
      if (!wrong.empty()) {
        return describe(at, about) + wrong;
      }
    }
    if (const std::size_t left = (*machines_)[at].process->members().rumours_left(); left > 0) {
      return (*machines_)[at].name() + " still tells " + std::to_string(left) + " rumours";
    }
  }
  return {};
}

std::string views::believed_by_the_deaf(const std::vector<bool>& deaf) const {
  for (machine_index at = 0; at < machines_->size(); ++at) {
    for (const machine_index about : members_) {
      if (!deaf[at] || ids_[about] == ids_[at]) {
        continue;
      }
      const core::belief* known = (*machines_)[at].process->members().table().find(ids_[about]);
      if (known != nullptr && core::is_live(known->status)) {
        return describe(at, about) + "live, though it hears nobody";
      }
    }
  }
  return {};
}

std::string views::not_known_of(machine_index at, machine_index about,
                                const std::vector<bool>& well) const {
  const core::belief* known = (*machines_)[at].process->members().table().find(ids_[about]);
  machine_index speaker = about;
  while (speaker < machines_->size() && !(ids_[speaker] == ids_[about] && well[speaker])) {
    ++speaker;
  }
  if (speaker == machines_->size()) {
    return known != nullptr && core::is_live(known->status) ? "live, though it is out of reach"
                                                            : "";
  }
  if (known == nullptr) {
    return "unknown";
  }
  const core::belief& self = (*machines_)[speaker].process->members().table().self();
  if (known->record->boot != self.record->boot || known->incarnation != self.incarnation ||
      known->status != member_status::alive) {
    return in_words(known->record->boot, known->incarnation, known->status) + ", though it is " +
           in_words(self.record->boot, self.incarnation, self.status);
  }
  if (known->record->where != self.record->where) {
    return "looked for at " + core::to_string(known->record->where) + ", though it is at " +
           core::to_string(self.record->where);
  }
  return *known->record != *self.record ? "known with other metadata than its own" : "";
}

// Two rounds of probes find who is gone; then the suspicion, which is long of who flaps, and some
// time to hear of it and to compare tables.
duration views::known_within() const {
  const auto& settings = machines_->front().settings.membership;
  const auto others = static_cast<std::int64_t>(machines_->size() - 1);
  const duration probing = 2 * others * settings.probe_interval;
  const duration suspicion = settings.probe_interval * settings.suspicion_multiplier *
                             core::logarithm_of(machines_->size());
  const duration long_suspicion =
      std::max(suspicion, settings.probe_interval * core::flapping_suspicion);
  const duration hearing = 8 * settings.rejoin_interval + seconds(2);
  // Who hears nobody at all is sure of nothing before a suspicion would be over.
  return core::lengthened_by_drift(probing + suspicion + long_suspicion + hearing,
                                   machines_->front().settings.clock_drift_max_ppm);
}

std::string views::describe(machine_index at, machine_index about) const {
  return (*machines_)[at].name() + " believes " + (*machines_)[about].name() + " ";
}

}  // namespace conclave::sim
