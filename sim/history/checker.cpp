// Lock by lock: pair, sweep, order.
#include "sim/history/checker.hpp"

#include "sim/history/assemble.hpp"
#include "sim/history/order.hpp"
#include "sim/history/overlaps.hpp"
#include "sim/history/tokens.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <tuple>
#include <utility>

namespace conclave::histories {

namespace {

bool same_but_for_line(const operation& a, operation b) {
  b.line = a.line;
  return a == b;
}

auto place_of(const operation& one) {
  const bool is_write = one.kind == operation_kind::write;
  return std::tuple(one.lock, is_write, one.process, one.called, one.returned, one.line);
}

// A log may tell one thing twice. Where nothing tells two holds apart, it may as well be two.
std::uint64_t drop_repeated(std::vector<operation>& sorted) {
  constexpr std::size_t looked_back_max = 16;
  std::vector<bool> only_exclusive;
  for (const operation& one : sorted) {
    const auto number = static_cast<std::size_t>(one.lock);
    if (one.lock == no_lock) {
      continue;
    }
    if (number >= only_exclusive.size()) {
      only_exclusive.resize(number + 1, true);
    }
    if (one.kind == operation_kind::acquire && one.mode != lock_mode::exclusive) {
      only_exclusive[number] = false;
    }
  }
  std::size_t kept = 0;
  for (const operation& one : sorted) {
    const bool distinct = one.lock == no_lock || one.token || one.slot != no_slot ||
                          only_exclusive[static_cast<std::size_t>(one.lock)];
    bool repeated = false;
    for (std::size_t back = 1; distinct && !repeated && back <= std::min(kept, looked_back_max) &&
                               sorted[kept - back].called == one.called;
         ++back) {
      repeated = same_but_for_line(sorted[kept - back], one);
    }
    if (!repeated) {
      sorted[kept++] = one;
    }
  }
  const std::uint64_t dropped = sorted.size() - kept;
  sorted.resize(kept);
  return dropped;
}

crash_times crashes_in(const history& told) {
  crash_times crashes(told.processes.size());
  for (const operation& one : told.operations) {
    if (one.kind == operation_kind::crash) {
      crashes[static_cast<std::size_t>(one.process)].push_back(one.called);
    }
  }
  for (std::vector<moment>& of_one : crashes) {
    std::ranges::sort(of_one);
  }
  return crashes;
}

class checking {
 public:
  checking(const history& told, const check_settings& settings, const crash_times& crashes)
      : words_(told), settings_(settings), crashes_(&crashes) {}

  void check_lock(std::span<const operation> of_one, verdict& out) const;

 private:
  wording words_;
  check_settings settings_;
  const crash_times* crashes_;
};

void checking::check_lock(std::span<const operation> of_one, verdict& out) const {
  const auto first_write = std::ranges::find(of_one, operation_kind::write, &operation::kind);
  const std::span<const operation> locking(of_one.begin(), first_write);
  const std::span<const operation> writes(first_write, of_one.end());
  findings found(settings_.violations_told_max);
  const assembled made =
      assemble(locking, *crashes_,
               {.clock_error = settings_.clock_error, .partial = settings_.partial}, words_, found);
  check_overlaps(made.record, words_, found);
  bool undecided = false;
  if (settings_.use_tokens) {
    check_tokens(made.record, words_, found);
    if (found.total() == 0) {  // else there is none, and it is said why
      undecided = check_order(made.record, settings_.states_max, words_, found) == fit::undecided;
    }
    check_writes(writes, settings_.clock_error, words_, found);
  }
  out.locks.push_back({.lock = of_one.front().lock,
                       .operations = of_one.size(),
                       .holds = made.record.holds.size(),
                       .failed = static_cast<std::uint64_t>(
                           std::ranges::count(of_one, outcome::fail, &operation::result)),
                       .unknown = made.unknown_acquires,
                       .writes = writes.size(),
                       .violations = found.total(),
                       .undecided = undecided});
  out.from_before += made.from_before;
  out.violations.insert(out.violations.end(), found.kept().begin(), found.kept().end());
}

verdict check_all(const history& told, const check_settings& settings, const crash_times& crashes) {
  verdict out;
  const checking all(told, settings, crashes);
  const std::span<const operation> operations(told.operations);
  for (std::size_t from = 0; from < operations.size() && operations[from].lock != no_lock;) {
    std::size_t until = from;
    while (until < operations.size() && operations[until].lock == operations[from].lock) {
      ++until;
    }
    all.check_lock(operations.subspan(from, until - from), out);
    from = until;
  }
  return out;
}

}  // namespace

bool verdict::consistent() const {
  return std::ranges::all_of(locks, [](const lock_summary& one) { return one.violations == 0; });
}

bool verdict::undecided() const {
  return std::ranges::any_of(locks, &lock_summary::undecided);
}

verdict check(history& told, const check_settings& settings) {
  const crash_times crashes = crashes_in(told);
  std::ranges::sort(told.operations, {}, place_of);
  const std::uint64_t repeated = drop_repeated(told.operations);
  verdict out = check_all(told, settings, crashes);
  if (settings.clock_error > duration(0)) {
    check_settings exact = settings;
    exact.clock_error = {};
    std::set<std::pair<rule, std::vector<std::uint64_t>>> certain;
    for (const violation& one : out.violations) {
      certain.emplace(one.broken, one.lines);
    }
    for (violation& one : check_all(told, exact, crashes).violations) {
      if (!certain.contains({one.broken, one.lines})) {
        out.possible.push_back(std::move(one));
      }
    }
  }
  out.repeated = repeated;
  std::ranges::sort(out.locks, {}, [&](const lock_summary& one) { return told.name_of(one.lock); });
  return out;
}

}  // namespace conclave::histories
