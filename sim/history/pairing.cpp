// Joining invocations and completions.
#include "sim/history/pairing.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

namespace conclave::histories {

namespace {

// Where both say something the completion counts.
operation joined(const half_operation& invoked, const half_operation& completed) {
  const operation plain;
  operation one = completed.said;
  const operation& asked = invoked.said;
  one.lock = one.lock == no_lock ? asked.lock : one.lock;
  one.mode = one.mode == plain.mode ? asked.mode : one.mode;
  one.permits = one.permits == plain.permits ? asked.permits : one.permits;
  one.count = one.count == plain.count ? asked.count : one.count;
  one.slot = one.slot == plain.slot ? asked.slot : one.slot;
  one.token = one.token ? one.token : asked.token;
  one.valid_until = one.valid_until == plain.valid_until ? asked.valid_until : one.valid_until;
  one.called = invoked.at;
  return one;
}

operation completed(operation one, const half_operation& by) {
  one.line = by.said.line;
  one.returned = by.which == half::info ? never : by.at;
  one.result = by.which == half::ok     ? outcome::ok
               : by.which == half::fail ? outcome::fail
                                        : outcome::unknown;
  return one;
}

class pairs {
 public:
  pairs(bool partial, history& into) : partial_(partial), into_(&into) {}

  void add(const half_operation& next);
  // The process does nothing more.
  void finish();
  [[nodiscard]] std::vector<unpaired>& without() { return without_; }

 private:
  void complete(const half_operation& by);

  bool partial_;
  history* into_;
  std::optional<half_operation> open_;
  std::vector<unpaired> without_;
};

void pairs::add(const half_operation& next) {
  if (next.which != half::invoke) {
    complete(next);
    return;
  }
  if (open_) {
    without_.push_back({.line = next.said.line,
                        .why = "\"invoke\" while line " + std::to_string(open_->said.line) +
                               " of the same process is not completed"});
    return;
  }
  open_ = next;
}

void pairs::complete(const half_operation& by) {
  if (by.said.kind == operation_kind::crash) {
    finish();
    return;
  }
  if (open_ && open_->said.kind == by.said.kind) {
    into_->operations.push_back(completed(joined(*open_, by), by));
    open_.reset();
    return;
  }
  if (!open_ && partial_) {
    half_operation before = by;
    before.at = before_all;
    into_->operations.push_back(completed(joined(before, by), by));
    return;
  }
  without_.push_back({.line = by.said.line, .why = "completes what its process did not invoke"});
}

void pairs::finish() {
  if (open_) {
    half_operation end = *open_;
    end.which = half::info;
    into_->operations.push_back(completed(joined(*open_, end), end));
    open_.reset();
  }
}

}  // namespace

std::vector<unpaired> pair_halves(std::vector<half_operation> halves, bool partial, history& into) {
  std::ranges::sort(halves, {}, [](const half_operation& one) {
    return std::tuple(one.said.process, one.at, one.said.line);
  });
  pairs joining(partial, into);
  for (std::size_t i = 0; i < halves.size(); ++i) {
    joining.add(halves[i]);
    if (i + 1 == halves.size() || halves[i + 1].said.process != halves[i].said.process) {
      joining.finish();
    }
  }
  return std::move(joining.without());
}

}  // namespace conclave::histories
