// Entering what happened.
#include "sim/explore/ledger.hpp"

#include <algorithm>

namespace conclave::sim {

namespace {

violation broken(promise which, true_time at, const machine& where, const happening& what,
                 const std::string& text) {
  return {.broken = which,
          .at = at,
          .text = where.name() + " r" + std::to_string(what.request) + ": " + text};
}

// Those that share have tokens in no order among each other.
std::optional<violation> enter_token(ledger& book, const open_request& one, const machine& where,
                                     const happening& what, true_time now) {
  const auto slot = std::size_t{one.slot} - core::only_slot;
  book.last_token.resize(std::max(book.last_token.size(), slot + 1));
  if (std::ranges::count(book.last_token, what.token) > 0 && !one.shares) {
    return broken(promise::fencing, now, where, what, "its token was given before");
  }
  const std::uint64_t before = one.shares ? book.last_exclusive : book.last_token[slot];
  if (what.token <= before) {
    return broken(
        promise::fencing, now, where, what,
        "token " + std::to_string(what.token) + " is not greater than " + std::to_string(before));
  }
  book.last_token[slot] = std::max(book.last_token[slot], what.token);
  book.last_exclusive = one.shares ? book.last_exclusive : what.token;
  return std::nullopt;
}

// Its belief now lasts until that deadline: nobody else's may reach into it, unless both share.
std::optional<violation> believe(ledger& book, open_request& one, const machine& where,
                                 const happening& what, true_time now) {
  one.deadline = what.deadline;
  one.until = where.clock.first_reaching(what.deadline);
  const auto other = std::ranges::find_if(book.open, [&](const open_request& each) {
    return each.holds && each.machine != one.machine && each.until > now && each.slot == one.slot &&
           !(each.shares && one.shares);
  });
  if (other == book.open.end()) {
    return std::nullopt;
  }
  return broken(promise::exclusion, now, where, what,
                "it holds while another does, for " + std::to_string((other->until - now).count()) +
                    " ns more");
}

std::optional<violation> enter_grant(ledger& book, open_request& one, const machine& where,
                                     const happening& what, true_time now) {
  if (one.holds) {
    return broken(promise::one_ending, now, where, what, "it was granted but was not waiting");
  }
  if (what.deadline <= where.local(now)) {
    return broken(promise::fail_closed, now, where, what, "it was granted after its deadline");
  }
  one.holds = true;
  one.slot = what.slot;
  one.asked_as = what.asked_as;
  if (auto found = enter_token(book, one, where, what, now)) {
    return found;
  }
  return believe(book, one, where, what, now);
}

std::optional<violation> enter_extension(ledger& book, open_request& one, const machine& where,
                                         const happening& what, true_time now) {
  if (!one.holds || what.deadline <= one.deadline || one.deadline <= where.local(now)) {
    return broken(promise::fail_closed, now, where, what,
                  "its deadline was moved though it had passed, or it does not hold");
  }
  return believe(book, one, where, what, now);
}

std::optional<violation> enter_end(const open_request& one, const machine& where,
                                   const happening& what, true_time now) {
  const bool in_time = one.holds && where.local(now) < one.deadline;
  switch (what.kind) {
    case happening_kind::lost:
      if (!one.holds) {
        return broken(promise::one_ending, now, where, what, "it was lost but did not hold");
      }
      if (what.by_time && in_time) {
        return broken(promise::fail_closed, now, where, what, "it was lost before its deadline");
      }
      break;
    case happening_kind::failed:
      if (one.holds) {
        return broken(promise::one_ending, now, where, what, "it failed but was not waiting");
      }
      break;
    case happening_kind::unlocked_in_time:
    case happening_kind::unlocked_late:
      if (one.holds && in_time != (what.kind == happening_kind::unlocked_in_time)) {
        return broken(promise::fail_closed, now, where, what,
                      "unlock() said something else than the deadline");
      }
      break;
    case happening_kind::asked:
    case happening_kind::granted:
    case happening_kind::extended:
    case happening_kind::contended:
    case happening_kind::token:
    case happening_kind::stopped:
      break;
  }
  return std::nullopt;
}

}  // namespace

const open_request* ledger::find(machine_index at) const {
  const auto found = std::ranges::find(open, at, &open_request::machine);
  return found == open.end() ? nullptr : &*found;
}

std::uint64_t ledger::greatest_token() const {
  return last_token.empty() ? 0 : std::ranges::max(last_token);
}

bool ledger::anybody_believes(true_time now) const {
  return std::ranges::any_of(open,
                             [&](const open_request& one) { return one.holds && one.until > now; });
}

std::optional<violation> enter(ledger& book, const machine& where, machine_index at,
                               const happening& what, true_time now) {
  if (what.kind == happening_kind::stopped) {
    std::erase_if(book.open, [&](const open_request& one) { return one.machine == at; });
    return std::nullopt;
  }
  if (what.kind == happening_kind::asked) {
    ++book.asked[at];
    book.open.push_back({.machine = at, .request = what.request, .shares = what.shares});
    return std::nullopt;
  }
  const auto one = std::ranges::find_if(book.open, [&](const open_request& each) {
    return each.machine == at && each.request == what.request;
  });
  if (one == book.open.end()) {
    return broken(promise::one_ending, now, where, what, "it is over, and something happens to it");
  }
  switch (what.kind) {
    case happening_kind::granted:
      return enter_grant(book, *one, where, what, now);
    case happening_kind::extended:
      return enter_extension(book, *one, where, what, now);
    case happening_kind::contended:
      return one->holds ? std::nullopt
                        : std::optional(broken(promise::one_ending, now, where, what,
                                               "it is contended but does not hold"));
    case happening_kind::token:
      if (!one->holds || one->deadline <= where.local(now)) {
        return broken(promise::fail_closed, now, where, what,
                      "a token was given out but it does not hold");
      }
      return enter_token(book, *one, where, what, now);
    case happening_kind::lost:
    case happening_kind::failed:
    case happening_kind::unlocked_in_time:
    case happening_kind::unlocked_late: {
      auto found = enter_end(*one, where, what, now);
      book.open.erase(one);
      return found;
    }
    case happening_kind::asked:
    case happening_kind::stopped:
      break;
  }
  return std::nullopt;
}

}  // namespace conclave::sim
