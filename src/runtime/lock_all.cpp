// Several locks at once: from names to a wish.
#include "lock/candidate.hpp"
#include "runtime/lock_call.hpp"

#include <conclave/lock_all.hpp>
#include <conclave/mutex.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace conclave {

static_assert(lock_all_max == core::locks_together_max);

namespace {

void check_names(const std::vector<std::string>& names) {
  const auto wrong = [](const std::string& text) {
    runtime::refuse(boost::system::errc::invalid_argument, text);
  };
  if (names.empty() || names.size() > lock_all_max) {
    wrong(std::to_string(names.size()) + " names to lock at once; it may be 1 to " +
          std::to_string(lock_all_max));
  }
  std::vector<std::string> sorted = names;
  std::ranges::sort(sorted);
  if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
    wrong("\"" + *twice +
          "\" is named twice among the locks to hold at once: it would wait for "
          "itself; name each once");
  }
}

std::optional<std::vector<grant>> wait_for(detail::locks_wish wish) {
  detail::refuse_deadlock(*wish.owner(), "conclave::lock_all");
  return runtime::lock_and_wait(std::move(wish));
}

}  // namespace

detail::locks_wish detail::all_of(const node& owner, const std::vector<std::string>& names,
                                  const lock_options& options, bool wait,
                                  std::optional<std::chrono::nanoseconds> patience) {
  check_names(names);
  locks_wish wish;
  for (const std::string& name : names) {
    wish.targets.push_back(runtime::target_of(owner, name, options));
  }
  wish.wait = wait;
  wish.patience = patience;
  return wish;
}

std::vector<grant> lock_all(node& owner, const std::vector<std::string>& names,
                            const lock_options& options) {
  return *wait_for(detail::all_of(owner, names, options, true, {}));
}

std::optional<std::vector<grant>> try_lock_all(node& owner, const std::vector<std::string>& names,
                                               const lock_options& options) {
  return wait_for(detail::all_of(owner, names, options, false, mutex::try_lock_patience));
}

std::optional<std::vector<grant>> try_lock_all_for(node& owner,
                                                   const std::vector<std::string>& names,
                                                   std::chrono::nanoseconds patience,
                                                   const lock_options& options) {
  if (patience <= patience.zero()) {
    return try_lock_all(owner, names, options);
  }
  return wait_for(detail::all_of(owner, names, options, true, detail::bounded_patience(patience)));
}

}  // namespace conclave
