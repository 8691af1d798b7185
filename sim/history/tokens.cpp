// Sweeps in the order of tokens and of time.
#include "sim/history/tokens.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

namespace conclave::histories {

namespace {

struct dated_token {
  std::uint64_t line = 0;
  process_id process{};
  fencing_token token;
  span_of_time given;
  bool shared = false;
};

// Holders that share may have equal tokens; and a hold has that of the one it was downgraded from.
bool may_be_equal(const dated_token& before, const dated_token& after) {
  return after.shared && (before.shared || before.process == after.process);
}

std::vector<dated_token> tokens_of(const lock_record& record) {
  std::vector<dated_token> all;
  for (const hold& one : record.holds) {
    if (one.token) {
      all.push_back({.line = one.line,
                     .process = one.process,
                     .token = one.token,
                     .given = one.begins,
                     .shared = one.mode == lock_mode::shared});
    }
  }
  for (const further_token& one : record.further_tokens) {
    all.push_back(
        {.line = one.line, .process = one.process, .token = one.token, .given = one.given});
  }
  return all;
}

std::string with_token(const dated_token& one, const wording& words) {
  return words.who(one.process, one.line) + " token " + std::to_string(one.token.value());
}

// Calls `report` with each that has a smaller token than the greatest of those that were certainly
// before it, and with that one.
template <class Report>
void find_steps_back(const std::vector<dated_token>& all, const Report& report) {
  std::vector<const dated_token*> by_begin;
  by_begin.reserve(all.size());
  for (const dated_token& one : all) {
    by_begin.push_back(&one);
  }
  std::vector<const dated_token*> by_end = by_begin;
  std::ranges::sort(by_begin, {}, [](const dated_token* one) { return one->given.earliest; });
  std::ranges::sort(by_end, {}, [](const dated_token* one) { return one->given.latest; });
  const dated_token* greatest = nullptr;
  auto before = by_end.begin();
  for (const dated_token* one : by_begin) {
    for (; (*before)->given.latest < one->given.earliest; ++before) {
      if (greatest == nullptr || greatest->token < (*before)->token) {
        greatest = *before;
      }
    }
    if (greatest != nullptr && one->token < greatest->token) {
      report(*greatest, *one);
    }
  }
}

}  // namespace

void check_tokens(const lock_record& record, const wording& words, findings& found) {
  std::vector<dated_token> all = tokens_of(record);
  std::ranges::stable_sort(all, {}, [](const dated_token& one) {
    return std::tuple(one.token, one.given.latest, one.shared);
  });
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (all[i - 1].token == all[i].token && !may_be_equal(all[i - 1], all[i])) {
      found.add([&] {
        return violation{.broken = rule::unique_tokens,
                         .lock = record.lock,
                         .lines = {all[i - 1].line, all[i].line},
                         .text = with_token(all[i - 1], words) + " was given again to " +
                                 words.who(all[i].process, all[i].line)};
      });
    }
  }
  find_steps_back(all, [&](const dated_token& before, const dated_token& after) {
    found.add([&] {
      return violation{.broken = rule::rising_tokens,
                       .lock = record.lock,
                       .lines = {before.line, after.line},
                       .text = with_token(before, words) + " was given by " +
                               words.time(before.given.latest) + "; " + with_token(after, words) +
                               " was asked for at " + words.time(after.given.earliest) +
                               " and is smaller"};
    });
  });
}

void check_writes(std::span<const operation> writes, duration clock_error, const wording& words,
                  findings& found) {
  std::vector<dated_token> accepted;
  for (const operation& one : writes) {
    if (one.result == outcome::ok) {
      accepted.push_back(
          {.line = one.line,
           .process = one.process,
           .token = one.token,
           .given = {shifted(one.called, -clock_error), shifted(one.returned, clock_error)}});
    }
  }
  find_steps_back(accepted, [&](const dated_token& before, const dated_token& after) {
    found.add([&] {
      return violation{.broken = rule::accepted_tokens,
                       .lock = writes.front().lock,
                       .lines = {before.line, after.line},
                       .text = with_token(before, words) + " was accepted by " +
                               words.time(before.given.latest) + "; " + with_token(after, words) +
                               " was shown at " + words.time(after.given.earliest) +
                               " and accepted though it is smaller"};
    });
  });
}

}  // namespace conclave::histories
