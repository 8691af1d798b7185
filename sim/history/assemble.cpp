// Pairing the operations of each process with its holds.
#include "sim/history/assemble.hpp"

#include "sim/history/draft_holds.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

namespace conclave::histories {

namespace {

// The operations of one process, in the order of their calls.
class pairing {
 public:
  pairing(assembled& out, findings& found, const assembly_settings& settings, const wording& words,
          std::span<const moment> crashes)
      : out_(&out),
        found_(&found),
        settings_(settings),
        words_(&words),
        crashes_(crashes),
        crashes_left_(crashes) {}

  void will_release(fencing_token token) { holds_.will_release(token); }
  void add(const operation& one);
  void finish();

 private:
  void acquire(const operation& one);
  void release(const operation& one);
  void renew(const operation& one);
  void lose(const operation& one);

  [[nodiscard]] draft* prove(const operation& one);
  void add_token(draft& to, const operation& one);
  void not_held(const operation& one, const std::string& what);
  [[nodiscard]] hold settle(const draft& one) const;

  assembled* out_;
  findings* found_;
  assembly_settings settings_;
  const wording* words_;
  std::span<const moment> crashes_;
  std::span<const moment> crashes_left_;
  draft_holds holds_;
  std::vector<further_token> further_;
  // Acquisitions with unknown outcome: those that exclude least first.
  std::map<std::tuple<bool, std::uint32_t, moment, std::uint64_t>, operation> unknown_;
  // The first release that can have been of an acquisition of unknown outcome instead.
  moment released_another_ = never;
};

void pairing::add(const operation& one) {
  while (!crashes_left_.empty() && crashes_left_.front() < one.called) {
    crashes_left_ = crashes_left_.subspan(1);
    holds_.crash();
  }
  holds_.go_on_to(one.called);
  switch (one.kind) {
    case operation_kind::acquire:
      acquire(one);
      break;
    case operation_kind::release:
      release(one);
      break;
    case operation_kind::renew:
      renew(one);
      break;
    case operation_kind::lost:
      lose(one);
      break;
    case operation_kind::crash:
    case operation_kind::write:
      break;  // not about one lock's holds
  }
}

void pairing::acquire(const operation& one) {
  switch (one.result) {
    case outcome::ok:
      holds_.add(one);
      break;
    case outcome::unknown:
      unknown_.emplace(
          std::tuple(one.mode == lock_mode::exclusive, one.count, one.called, one.line), one);
      break;
    case outcome::fail:
      break;
  }
}

// What this process does shows that an acquisition of unknown outcome took effect.
draft* pairing::prove(const operation& one) {
  if (unknown_.empty()) {
    return nullptr;
  }
  const auto chosen = unknown_.begin();
  operation acquired = chosen->second;
  unknown_.erase(chosen);
  acquired.returned = one.returned;
  // It may as well have been over by then, when what was released then is what is released now.
  const bool doubtful = acquired.called <= released_another_;
  acquired.token = one.token ? one.token : acquired.token;
  acquired.slot = one.slot != no_slot ? one.slot : acquired.slot;
  draft& made = holds_.add(acquired);
  made.what.ends.earliest = doubtful ? released_another_ : made.what.ends.earliest;
  return &made;
}

void pairing::not_held(const operation& one, const std::string& what) {
  if (settings_.partial) {
    ++out_->from_before;
    return;
  }
  found_->add([&] {
    return violation{.broken = rule::not_held,
                     .lock = one.lock,
                     .lines = {one.line},
                     .text = words_->who(one.process, one.line) + what};
  });
}

void pairing::release(const operation& one) {
  if (one.result == outcome::fail) {
    return;
  }
  draft* found = holds_.find(one, false);
  const bool is_another = found != nullptr && !one.token && holds_.is_named_by_a_release(*found);
  if (one.result == outcome::ok && (found == nullptr || (is_another && !unknown_.empty()))) {
    found = prove(one);
  }
  if (!one.token && !unknown_.empty()) {
    released_another_ = std::min(released_another_, one.called);
  }
  if (found == nullptr) {
    if (one.result == outcome::ok) {
      not_held(one, " releases it, but does not hold it");
    }
    return;
  }
  if (found->released && one.result == outcome::ok) {
    not_held(one, " releases again what it has released");
    return;
  }
  hold& what = found->what;
  what.ends.earliest = std::min(what.ends.earliest, one.called);
  if (one.result == outcome::unknown) {
    holds_.change(*found, standing::maybe_released, found->lease);
    return;
  }
  what.ends.latest = std::min(what.ends.latest, one.returned);
  holds_.release(*found);
}

void pairing::renew(const operation& one) {
  if (one.result == outcome::fail) {
    return;
  }
  draft* found = holds_.find(one, true);
  if (found == nullptr && one.result == outcome::ok) {
    found = prove(one);
  }
  // What was released, or told to be lost, is over by the end of that.
  if (found == nullptr || one.called > found->what.ends.latest) {
    if (one.result == outcome::ok) {
      not_held(one, " renews it, but does not hold it");
    }
    return;
  }
  const bool with_lease = one.valid_until != never;
  if (one.result == outcome::unknown) {
    found->lease_maybe = std::max(found->lease_maybe, one.valid_until);
    return;
  }
  found->proven = std::max(found->proven, one.called);
  found->what.begins.latest =
      std::max(found->what.begins.earliest, std::min(found->what.begins.latest, one.returned));
  if (one.token && !holds_.knows(one.token)) {
    add_token(*found, one);
  }
  if (!with_lease) {
    found->lease_maybe = never;  // longer by nobody knows how much
  }
  if (!found->released) {
    holds_.change(*found, found->now, with_lease ? one.valid_until : found->lease);
  }
}

void pairing::add_token(draft& to, const operation& one) {
  if (to.what.token) {
    further_.push_back({.line = one.line,
                        .process = one.process,
                        .token = one.token,
                        .given = {one.called, one.returned},
                        .within = holds_.index_of(to)});
  }
  holds_.name(to, one.token);
}

void pairing::lose(const operation& one) {
  draft* found = holds_.find(one, true);
  if (found == nullptr || found->released) {
    return;  // it may tell of an acquisition whose outcome nobody knew
  }
  found->what.ends.earliest = std::min(found->what.ends.earliest, one.called);
  found->what.ends.latest = std::min(found->what.ends.latest, one.returned);
  holds_.change(*found, standing::told_lost, found->lease);
}

// From the drafts to what is certain.
hold pairing::settle(const draft& one) const {
  hold made = one.what;
  const auto crash = std::ranges::lower_bound(crashes_, made.begins.earliest);
  const moment crashed = crash == crashes_.end() ? never : *crash;
  made.ends.earliest = std::min({made.ends.earliest, one.lease, crashed});
  made.ends.earliest = std::max(made.ends.earliest, one.proven);
  made.ends.latest = std::min(made.ends.latest, std::max(one.lease, one.lease_maybe));
  made.ends.latest = std::max({made.ends.latest, made.ends.earliest, made.begins.earliest});
  made.begins.latest =
      std::max(made.begins.earliest, std::min(made.begins.latest, made.ends.latest));
  const duration error = settings_.clock_error;
  made.begins = {shifted(made.begins.earliest, -error), shifted(made.begins.latest, error)};
  made.ends = {shifted(made.ends.earliest, -error), shifted(made.ends.latest, error)};
  return made;
}

void pairing::finish() {
  const std::size_t first = out_->record.holds.size();
  for (const draft& one : holds_.all()) {
    out_->record.holds.push_back(settle(one));
  }
  const duration error = settings_.clock_error;
  for (further_token given : further_) {
    given.within += first;
    // Not after the end of its hold.
    const moment end = out_->record.holds[given.within].ends.latest;
    given.given.earliest = shifted(given.given.earliest, -error);
    given.given.latest =
        std::max(given.given.earliest, std::min(shifted(given.given.latest, error), end));
    out_->record.further_tokens.push_back(given);
  }
  out_->unknown_acquires += unknown_.size();
}

}  // namespace

assembled assemble(std::span<const operation> operations, const crash_times& crashes,
                   const assembly_settings& settings, const wording& words, findings& found) {
  assembled out;
  const auto releases = [](const operation& one) {
    return one.kind == operation_kind::release && one.result == outcome::ok;
  };
  for (std::size_t from = 0; from < operations.size();) {
    const process_id process = operations[from].process;
    out.record.lock = operations[from].lock;
    std::size_t until = from;
    bool some_without_token = false;
    for (; until < operations.size() && operations[until].process == process; ++until) {
      some_without_token |= releases(operations[until]) && !operations[until].token;
    }
    pairing holds(out, found, settings, words, crashes.at(static_cast<std::size_t>(process)));
    const auto of_process = operations.subspan(from, until - from);
    for (const operation& one : of_process) {
      if (some_without_token && one.token && releases(one)) {
        holds.will_release(one.token);
      }
    }
    for (const operation& one : of_process) {
      holds.add(one);
    }
    holds.finish();
    from = until;
  }
  return out;
}

}  // namespace conclave::histories
