// The table of members.
#include "membership/member_table.hpp"

#include "base/check.hpp"
#include "base/digest.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace conclave::core {

std::uint64_t word_digest(const belief& known) {
  return mix(known.id().value ^ mix(known.record->boot.value ^ mix(known.incarnation)));
}

member_update update_of(const belief& known) {
  return {.name = known.record->name,
          .where = known.record->where,
          .status = known.status,
          .boot = known.record->boot,
          .incarnation = {known.incarnation},
          .metadata = known.record->metadata};
}

conclave::member describe(const belief& known) {
  return {.name = known.record->name,
          .address = to_string(known.record->where),
          .status = known.status,
          .boot = known.record->boot.value,
          .incarnation = known.incarnation,
          .metadata = known.record->metadata};
}

member_table::member_table(std::shared_ptr<member_records> records, member_facts self)
    : records_(std::move(records)) {
  check(records_ != nullptr, "a table needs a store of records");
  put(std::move(self), 1, member_status::alive);
}

// By swapping: member by member, the old store would end before its references do.
member_table& member_table::operator=(member_table other) noexcept {
  std::swap(records_, other.records_);
  std::swap(beliefs_, other.beliefs_);
  std::swap(places_, other.places_);
  std::swap(live_, other.live_);
  std::swap(live_digest_, other.live_digest_);
  return *this;
}

const belief* member_table::find(node_id id) const {
  const auto found = places_.find(id);
  return found == places_.end() ? nullptr : &beliefs_[found->second];
}

std::size_t member_table::place_of(node_id id) const {
  const auto found = places_.find(id);
  check(found != places_.end(), "only a known member is changed", std::int64_t(id.value));
  return found->second;
}

std::vector<const belief*> member_table::by_name() const {
  std::vector<const belief*> all;
  all.reserve(beliefs_.size());
  for (const belief& one : beliefs_) {
    all.push_back(&one);
  }
  std::ranges::sort(all, {}, [](const belief* one) { return std::string_view(one->record->name); });
  return all;
}

void member_table::put(member_facts facts, std::uint32_t word, member_status status) {
  const node_id id = node_id_of(facts.name);
  const auto [found, inserted] = places_.try_emplace(id, beliefs_.size());
  const std::size_t place = found->second;
  if (inserted) {
    beliefs_.push_back({.record = records_->intern(std::move(facts)),
                        .incarnation = word,
                        .status = member_status::dead});
  } else {
    live_digest_ -= counted(place);
    if (*beliefs_[place].record != facts) {
      beliefs_[place].record = records_->intern(std::move(facts));
    }
    beliefs_[place].incarnation = word;
    beliefs_[place].doubted = false;
    live_digest_ += counted(place);
  }
  beliefs_[place].status = status;
  settle(place);
}

void member_table::set_status(node_id id, member_status status) {
  const std::size_t place = place_of(id);
  beliefs_[place].status = status;
  settle(place);
}

void member_table::erase(node_id id) {
  const std::size_t place = place_of(id);
  check(place != own_place, "a node does not forget itself");
  beliefs_[place].status = member_status::dead;
  settle(place);
  swap_places(place_of(id), beliefs_.size() - 1);
  places_.erase(id);
  beliefs_.pop_back();
}

// Moves the belief into its half after its status changed.
void member_table::settle(std::size_t place) {
  const bool live = place == own_place || is_live(beliefs_[place].status);
  if (live && place >= live_) {
    swap_places(place, live_++);
    live_digest_ += counted(live_ - 1);
  } else if (!live && place < live_) {
    live_digest_ -= counted(place);
    swap_places(place, --live_);
  }
}

std::uint64_t member_table::counted(std::size_t place) const {
  return place < live_ && !beliefs_[place].doubted ? word_digest(beliefs_[place]) : 0;
}

void member_table::doubt_others() {
  for (std::size_t place = own_place + 1; place < beliefs_.size(); ++place) {
    live_digest_ -= counted(place);
    beliefs_[place].doubted = true;
  }
}

void member_table::trust(node_id id) {
  const std::size_t place = place_of(id);
  live_digest_ -= counted(place);
  beliefs_[place].doubted = false;
  live_digest_ += counted(place);
}

void member_table::swap_places(std::size_t a, std::size_t b) {
  if (a == b) {
    return;
  }
  std::swap(beliefs_[a], beliefs_[b]);
  places_[beliefs_[a].id()] = static_cast<std::uint32_t>(a);
  places_[beliefs_[b].id()] = static_cast<std::uint32_t>(b);
}

void member_table::check_invariants() const {
  check(places_.size() == beliefs_.size(), "every member has one place");
  check(live_ >= 1 && live_ <= beliefs_.size(), "the live are some of the members");
  std::uint64_t digest = 0;
  for (std::size_t i = 0; i < beliefs_.size(); ++i) {
    const belief& one = beliefs_[i];
    check(place_of(one.id()) == i, "a member is found where it is", std::int64_t(i));
    check(i == own_place || is_live(one.status) == (i < live_), "the live come first",
          std::int64_t(i));
    check(one.incarnation > 0 && one.record->boot, "a member has a boot and an incarnation");
    digest += counted(i);
  }
  check(digest == live_digest_, "the digest follows the table");
}

}  // namespace conclave::core
