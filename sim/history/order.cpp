// The order that the tokens give, and the fewest steps that have none.
#include "sim/history/order.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <unordered_set>
#include <utility>

namespace conclave::histories {

namespace {

// Of so many at most it looks for the fewest; and so long for all together.
constexpr std::size_t shrunk_max = 1'000;
constexpr std::uint64_t shrinking_states_max = 2'000'000;

bool all_have_tokens(const std::vector<step>& steps) {
  return std::ranges::all_of(steps, [](const step& one) { return bool(one.token()); });
}

// `states_left` is used up by what it takes to know.
bool surely_has_no_order(std::vector<step> steps, std::uint64_t& states_left) {
  if (all_have_tokens(steps)) {
    return first_misfit(steps) < steps.size();
  }
  const search_result result = search_order(std::move(steps), states_left);
  states_left -= std::min(states_left, result.states);
  return result.found == fit::no;
}

// What stands in the way of one step: those that come before it and certainly are there, or take
// effect, after its time is over; and holds with tokens still to come. Whatever pushes it so far is
// pushed itself by one of these.
std::vector<step> in_the_way_of(const std::vector<step>& sorted, std::size_t misfit) {
  const moment latest = sorted[misfit].when().latest;
  std::vector<step> found;
  std::unordered_set<const hold*> lasting;
  for (std::size_t i = misfit + 1; i < sorted.size(); ++i) {
    if (sorted[i].further != nullptr) {
      lasting.insert(sorted[i].what);
      found.push_back(sorted[i]);
    }
  }
  std::unordered_set<const hold*> before;
  for (std::size_t i = 0; i <= misfit; ++i) {
    const step& one = sorted[i];
    if (i == misfit || lasting.contains(one.what) ||
        std::max(one.when().latest, one.what->ends.earliest) > latest) {
      found.push_back(one);
      before.insert(one.what);
    }
  }
  std::erase_if(found, [&](const step& one) { return !before.contains(one.what); });
  std::ranges::stable_sort(found, {}, &step::token);
  if (found.size() > shrunk_max) {
    found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(shrunk_max));
  }
  return found;
}

// Leaves out each without which there still is no order. One round is enough: what was needed
// among more is needed among fewer. Nothing when it can't be sure that these have none.
std::vector<step> fewest(std::vector<step> steps) {
  std::uint64_t states_left = shrinking_states_max;
  if (steps.size() > shrunk_max + 1 || !surely_has_no_order(steps, states_left)) {
    return {};
  }
  for (std::size_t i = steps.size(); i-- > 0;) {
    std::vector<step> fewer = steps;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    if (surely_has_no_order(fewer, states_left)) {
      steps = std::move(fewer);
    }
  }
  return steps;
}

std::string describe(const step& one, const wording& words) {
  std::string text = words.who(one.what->process, one.line());
  text += one.token() ? " token " + std::to_string(one.token().value()) : " without a token";
  text += one.further == nullptr ? " begins " : " is given out ";
  text += words.between(one.when().earliest, one.when().latest);
  if (one.further == nullptr) {
    text += " and ends no earlier than " + words.time(one.what->ends.earliest);
  }
  return text;
}

violation no_order(lock_id lock, const std::vector<step>& steps, const wording& words) {
  constexpr std::size_t named_max = 10;
  violation made{.broken = rule::agreeing_order, .lock = lock, .lines = {}, .text = {}};
  for (std::size_t i = 0; i < steps.size() && i < named_max; ++i) {
    made.lines.push_back(steps[i].line());
    made.text += describe(steps[i], words) + "; ";
  }
  if (steps.size() > named_max) {
    made.text += "and " + std::to_string(steps.size() - named_max) + " more; ";
  }
  made.text += "no order of these agrees with both their times and their tokens";
  return made;
}

violation no_order(lock_id lock, const search_result& failed, const wording& words) {
  for (const std::vector<step>& steps : {failed.around_failure, failed.without_order}) {
    const std::vector<step> shown = fewest(steps);
    if (!shown.empty()) {
      return no_order(lock, shown, words);
    }
  }
  violation made = no_order(lock, failed.around_failure, words);
  made.text = "near these, of " + std::to_string(failed.without_order.size()) +
              " that have no order: " + made.text;
  return made;
}

}  // namespace

std::vector<step> steps_of(const lock_record& record) {
  std::vector<step> steps;
  steps.reserve(record.holds.size() + record.further_tokens.size());
  for (const hold& one : record.holds) {
    steps.push_back({.what = &one, .further = nullptr});
  }
  for (const further_token& one : record.further_tokens) {
    steps.push_back({.what = &record.holds[one.within], .further = &one});
  }
  return steps;
}

std::size_t first_misfit(std::vector<step>& sorted) {
  count_further_tokens(sorted);
  order_state state;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (state.place(sorted[i]) == never) {
      return i;
    }
  }
  return sorted.size();
}

fit check_order(const lock_record& record, std::uint64_t states_max, const wording& words,
                findings& found) {
  const std::vector<step> steps = steps_of(record);
  std::vector<step> with_token;
  std::ranges::copy_if(steps, std::back_inserter(with_token),
                       [](const step& one) { return bool(one.token()); });
  if (with_token.empty()) {
    return fit::yes;
  }
  // Those that share may have equal ones; whoever has to be first of them is.
  std::ranges::stable_sort(with_token, {}, [](const step& one) {
    return std::tuple(one.token(), one.when().latest, one.what->mode == lock_mode::shared);
  });
  const std::size_t misfit = first_misfit(with_token);
  if (misfit < with_token.size()) {
    found.add([&] {
      const std::vector<step> all = in_the_way_of(with_token, misfit);
      const std::vector<step> shown = fewest(all);
      return no_order(record.lock, shown.empty() ? all : shown, words);
    });
    return fit::no;
  }
  if (with_token.size() == steps.size()) {
    return fit::yes;
  }
  const search_result result = search_order(steps, states_max);
  if (result.found == fit::no) {
    found.add([&] { return no_order(record.lock, result, words); });
  }
  return result.found;
}

}  // namespace conclave::histories
