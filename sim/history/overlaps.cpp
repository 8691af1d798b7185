// One sweep over the certain parts; then a place for each hold that has none.
#include "sim/history/overlaps.hpp"

#include "sim/history/profile.hpp"

#include <algorithm>
#include <functional>
#include <map>

namespace conclave::histories {

namespace {

// Of many holds so far, the one that lasts longest.
struct longest {
  const hold* which = nullptr;

  void add(const hold& one) {
    if (which == nullptr || which->ends.earliest < one.ends.earliest) {
      which = &one;
    }
  }
  [[nodiscard]] const hold* at(moment when) const {
    return which != nullptr && when < which->ends.earliest ? which : nullptr;
  }
};

class sweep {
 public:
  sweep(lock_id lock, const wording& words, findings& found)
      : lock_(lock), words_(&words), found_(&found) {}

  // In the order in which the certain parts begin.
  void add(const hold& one);

 private:
  void add_permit(const hold& one);
  void report_pair(rule broken, const hold& first, const hold& second, std::string_view why);
  void report_too_many(const hold& last);

  struct ends_first {
    bool operator()(const hold* a, const hold* b) const {
      return a->ends.earliest > b->ends.earliest;
    }
  };

  lock_id lock_;
  const wording* words_;
  findings* found_;
  longest exclusive_;
  longest shared_;
  longest permit_;
  longest permit_of_other_total_;  // than what permit_ names
  std::map<std::uint32_t, longest> slots_;
  std::vector<const hold*> out_;  // a heap
  std::uint64_t used_ = 0;
  std::uint32_t total_ = 0;  // the greatest number of permits named by those out
};

void sweep::add(const hold& one) {
  const moment now = one.begins.latest;
  const hold* permit = permit_.at(now);
  switch (one.mode) {
    case lock_mode::exclusive:
      if (const hold* other = exclusive_.at(now); other != nullptr) {
        report_pair(rule::exclusion, *other, one, "both exclusive");
      } else if (const hold* reader = shared_.at(now); reader != nullptr) {
        report_pair(rule::exclusion, *reader, one, "shared and exclusive");
      } else if (permit != nullptr) {
        report_pair(rule::mode, *permit, one, "a permit and exclusive");
      }
      exclusive_.add(one);
      break;
    case lock_mode::shared:
      if (const hold* writer = exclusive_.at(now); writer != nullptr) {
        report_pair(rule::exclusion, *writer, one, "exclusive and shared");
      } else if (permit != nullptr) {
        report_pair(rule::mode, *permit, one, "a permit and shared");
      }
      shared_.add(one);
      break;
    case lock_mode::permit:
      add_permit(one);
      break;
  }
}

void sweep::add_permit(const hold& one) {
  const moment now = one.begins.latest;
  for (const longest& other_mode : {exclusive_, shared_}) {
    if (const hold* other = other_mode.at(now); other != nullptr) {
      report_pair(rule::mode, *other, one, "another mode and a permit");
    }
  }
  const bool same_total = permit_.which == nullptr || permit_.which->permits == one.permits;
  if (const hold* other = (same_total ? permit_of_other_total_ : permit_).at(now);
      other != nullptr) {
    report_pair(
        rule::permits_differ, *other, one,
        "of " + std::to_string(other->permits) + " permits and of " + std::to_string(one.permits));
  }
  if (same_total || permit_.at(one.ends.earliest) == nullptr) {
    if (!same_total) {
      permit_of_other_total_ = permit_;
    }
    permit_.add(one);
  } else {
    permit_of_other_total_.add(one);
  }
  if (one.slot != no_slot) {
    longest& slot = slots_[one.slot];
    if (const hold* other = slot.at(now); other != nullptr) {
      report_pair(rule::slot, *other, one, "both in slot " + std::to_string(one.slot));
    }
    slot.add(one);
  }
  while (!out_.empty() && out_.front()->ends.earliest <= now) {
    used_ -= out_.front()->count;
    std::ranges::pop_heap(out_, ends_first());
    out_.pop_back();
  }
  total_ = out_.empty() ? one.permits : std::max(total_, one.permits);
  if (used_ + one.count > total_) {
    report_too_many(one);
  }
  used_ += one.count;
  out_.push_back(&one);
  std::ranges::push_heap(out_, ends_first());
}

void sweep::report_pair(rule broken, const hold& first, const hold& second, std::string_view why) {
  found_->add([&] {
    return violation{.broken = broken,
                     .lock = lock_,
                     .lines = {first.line, second.line},
                     .text = words_->certain_part(first) + ", " + words_->certain_part(second) +
                             ": " + std::string(why)};
  });
}

// With as few of the others as can be: those that have most.
void sweep::report_too_many(const hold& last) {
  found_->add([&] {
    std::vector<const hold*> others = out_;
    std::ranges::stable_sort(others, std::greater<>(), [](const hold* one) { return one->count; });
    violation made{.broken = rule::permits, .lock = lock_, .lines = {}, .text = {}};
    std::uint64_t sum = last.count;
    for (const hold* one : others) {
      if (sum > total_) {
        break;
      }
      sum += one->count;
      made.lines.push_back(one->line);
      made.text += words_->certain_part(*one) + ", ";
    }
    made.lines.push_back(last.line);
    made.text += words_->certain_part(last) + ": " + std::to_string(sum) + " permits of " +
                 std::to_string(total_);
    return made;
  });
}

// Places for holds without a certain part.
class placement {
 public:
  placement(lock_id lock, const wording& words, findings& found)
      : lock_(lock), words_(&words), found_(&found) {}

  // Each of `momentary` needs a moment at which at most this much of the others is there.
  // `weight` is what one of them counts.
  template <class Allowed, class Weight>
  void place(const std::vector<const hold*>& momentary, const std::vector<const hold*>& others,
             rule broken, const Allowed& allowed, const Weight& weight) {
    if (momentary.empty() || others.empty()) {
      return;
    }
    std::vector<profile::interval> certain;
    certain.reserve(others.size());
    for (const hold* one : others) {
      certain.push_back(
          {.from = one->begins.latest, .until = one->ends.earliest, .weight = weight(*one)});
    }
    const profile all(certain);
    for (const hold* one : momentary) {
      if (all.least_in(one->instant_in()) > allowed(*one)) {
        report(broken, *one, others);
      }
    }
  }

 private:
  void report(rule broken, const hold& one, const std::vector<const hold*>& others);

  lock_id lock_;
  const wording* words_;
  findings* found_;
};

void placement::report(rule broken, const hold& one, const std::vector<const hold*>& others) {
  constexpr std::size_t named_max = 10;
  found_->add([&] {
    const span_of_time within = one.instant_in();
    std::vector<const hold*> named;
    for (const hold* other : others) {
      const bool meets =
          other->begins.latest < within.latest && within.earliest < other->ends.earliest;
      const bool covers =
          other->begins.latest < within.earliest && within.latest < other->ends.earliest;
      if (covers && broken != rule::permits) {
        named.assign(1, other);
        break;
      }
      if ((meets || covers) && named.size() < named_max) {
        named.push_back(other);
      }
    }
    violation made{.broken = broken, .lock = lock_, .lines = {}, .text = {}};
    for (const hold* other : named) {
      made.lines.push_back(other->line);
      made.text += words_->certain_part(*other) + ", ";
    }
    made.lines.push_back(one.line);
    made.text += words_->who(one.process, one.line) + " holds it for a moment " +
                 words_->between(within.earliest, within.latest) + ", for which there is no room";
    return made;
  });
}

// The holds of one kind: those with a certain part, and those that can shrink to a moment.
struct kind_of_hold {
  std::vector<const hold*> certain;
  std::vector<const hold*> momentary;

  void add(const hold& one) { (one.has_certain_part() ? certain : momentary).push_back(&one); }
};

void place_momentary(const lock_record& record, const wording& words, findings& found) {
  kind_of_hold writers;
  kind_of_hold readers;
  kind_of_hold permits;
  std::map<std::uint32_t, kind_of_hold> slots;
  // Where the numbers of permits differ, the greatest counts here: that they do is said elsewhere.
  std::uint64_t total = 0;
  for (const hold& one : record.holds) {
    switch (one.mode) {
      case lock_mode::exclusive:
        writers.add(one);
        break;
      case lock_mode::shared:
        readers.add(one);
        break;
      case lock_mode::permit:
        total = std::max<std::uint64_t>(total, one.permits);
        permits.add(one);
        if (one.slot != no_slot) {
          slots[one.slot].add(one);
        }
        break;
    }
  }
  const auto none = [](const hold&) { return std::uint64_t{0}; };
  const auto same = [](const hold&) { return std::uint64_t{1}; };
  placement into(record.lock, words, found);
  into.place(readers.momentary, writers.certain, rule::exclusion, none, same);
  std::vector<const hold*> all = writers.certain;
  all.insert(all.end(), readers.certain.begin(), readers.certain.end());
  into.place(writers.momentary, all, rule::exclusion, none, same);
  into.place(
      permits.momentary, permits.certain, rule::permits,
      [total](const hold& one) { return total - one.count; },
      [](const hold& one) { return std::uint64_t{one.count}; });
  for (const auto& [slot, of] : slots) {
    into.place(of.momentary, of.certain, rule::slot, none, same);
  }
}

}  // namespace

void check_overlaps(const lock_record& record, const wording& words, findings& found) {
  std::vector<const hold*> certain;
  for (const hold& one : record.holds) {
    if (one.has_certain_part()) {
      certain.push_back(&one);
    }
  }
  std::ranges::stable_sort(certain, {}, [](const hold* one) { return one->begins.latest; });
  sweep over(record.lock, words, found);
  for (const hold* one : certain) {
    over.add(*one);
  }
  place_momentary(record, words, found);
}

}  // namespace conclave::histories
