// Rumours, least told first.
#include "membership/rumours.hpp"

#include "membership/suspicion.hpp"

#include <algorithm>

namespace conclave::core {

std::size_t update_size_max(const belief& known) {
  constexpr std::size_t kind_and_length = 3;
  constexpr std::size_t lengths_of_texts = 4;
  constexpr std::size_t address_status_boot_incarnation = 19 + 1 + 10 + 5;
  constexpr std::size_t accusation = 3 + 8 + 10 + 5 + 8 + 1;
  const std::size_t accusations =
      known.status == member_status::suspect ? accusers_max * accusation : 0;
  return kind_and_length + lengths_of_texts + address_status_boot_incarnation +
         known.record->name.size() + known.record->metadata.size() + accusations;
}

void rumours::bucket::compact() {
  if (head == entries.size()) {
    *this = {};
  } else if (head > entries.size() / 2) {
    entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(head));
    head = 0;
  }
}

void rumours::add(node_id about, kind which) {
  if (current_.size() == rumours_max && !current_.contains(about)) {
    static_cast<void>(drop_most_told(riders_) || drop_most_told(others_));
  }
  insert(about, 0, which);
}

rumours::queue& rumours::queue_of(kind which) {
  return which == kind::rider ? riders_ : others_;
}

// Of those told equally often the oldest. False when there is none.
bool rumours::drop_most_told(queue& from) {
  for (auto told = static_cast<std::uint32_t>(from.size()); told-- > 0;) {
    bucket& equals = from[told];
    while (equals.head < equals.entries.size()) {
      const entry next = equals.entries[equals.head++];
      if (is_current(next, told)) {
        drop(next.about);
        equals.compact();
        return true;
      }
    }
    equals.compact();
  }
  return false;
}

void rumours::drop(node_id about) {
  if (const auto found = current_.find(about); found != current_.end()) {
    riding_ -= found->second.which == kind::rider ? 1 : 0;
    current_.erase(found);
  }
}

void rumours::insert(node_id about, std::uint32_t told, kind which) {
  queue& where = queue_of(which);
  if (where.size() <= told) {
    where.resize(told + 1);
  }
  standing& its = current_[about];
  riding_ -= its.which == kind::rider ? 1 : 0;
  riding_ += which == kind::rider ? 1 : 0;
  its = {.told = told, .stamp = ++last_stamp_, .which = which};
  where[told].entries.push_back({.about = about, .stamp = last_stamp_});
}

bool rumours::is_current(const entry& one, std::uint32_t told) const {
  const auto found = current_.find(one.about);
  return found != current_.end() && found->second.stamp == one.stamp && found->second.told == told;
}

std::vector<node_id> rumours::take(const member_table& table, std::size_t budget,
                                   const times& most) {
  const auto share = static_cast<std::uint32_t>(
      std::max<std::size_t>(tellings_max / std::max<std::size_t>(current_.size(), 1), 1));
  const times at_most{.arrivals = std::min(share, most.arrivals),
                      .words = std::min(share, most.words)};
  std::vector<taken_entry> taken;
  take_from(others_, table, budget, at_most, taken);
  take_from(riders_, table, budget, at_most, taken);
  // Only now, so that none is taken twice for one frame.
  std::vector<node_id> about;
  for (const taken_entry& one : taken) {
    if (one.told + 1 < one.most) {
      insert(one.about, one.told + 1, one.which);
    } else {
      drop(one.about);
    }
    about.push_back(one.about);
  }
  if (current_.empty()) {
    clear();
  }
  return about;
}

void rumours::take_from(queue& from, const member_table& table, std::size_t& budget,
                        const times& most, std::vector<taken_entry>& taken) {
  bool full = false;
  for (std::uint32_t told = 0; told < from.size() && !full; ++told) {
    bucket& equals = from[told];
    while (equals.head < equals.entries.size()) {
      const entry next = equals.entries[equals.head];
      if (is_current(next, told)) {
        const belief* known = table.find(next.about);
        const kind which = current_.at(next.about).which;
        const std::uint32_t its_most = which == kind::arrival ? most.arrivals : most.words;
        if (known == nullptr || told >= its_most) {
          drop(next.about);
        } else if (const std::size_t size = update_size_max(*known); size > budget) {
          full = true;
          break;
        } else {
          budget -= size;
          taken.push_back({.about = next.about, .told = told, .most = its_most, .which = which});
        }
      }
      ++equals.head;
    }
    equals.compact();
  }
}

// Gives the memory back too: after a storm of news most nodes have none for a long time.
void rumours::clear() {
  current_ = {};
  others_ = {};
  riders_ = {};
  riding_ = 0;
}

}  // namespace conclave::core
