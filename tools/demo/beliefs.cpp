// Sweeping over beliefs in order of time.
#include "tools/demo/beliefs.hpp"

#include <algorithm>

namespace conclave::tools::demo {

namespace {

// Empty ones, of locks that came too late, are no beliefs.
std::vector<belief> in_order(std::vector<belief> all) {
  std::erase_if(all, [](const belief& one) { return one.until <= one.from; });
  std::ranges::sort(all, {}, &belief::from);
  return all;
}

}  // namespace

std::size_t count_overlaps(std::vector<belief> all) {
  all = in_order(std::move(all));
  std::size_t overlaps = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t later = i + 1; later < all.size() && all[later].from < all[i].until; ++later) {
      ++overlaps;
    }
  }
  return overlaps;
}

std::size_t count_out_of_order(std::vector<belief> all) {
  all = in_order(std::move(all));
  std::size_t count = 0;
  for (std::size_t i = 1; i < all.size(); ++i) {
    count += all[i].token <= all[i - 1].token ? 1U : 0U;
  }
  return count;
}

core::duration longest_gap(const std::vector<belief>& all, const std::vector<outage>& outages,
                           core::instant from, core::instant until) {
  std::vector<belief> serving = all;
  for (belief& one : serving) {
    for (const outage& out : outages) {
      if (out.node == one.node && out.from >= one.from && out.from < one.until) {
        one.until = out.from;
      }
    }
  }
  core::duration longest{};
  core::instant covered = from;
  for (const belief& one : in_order(std::move(serving))) {
    if (one.from >= until) {
      break;
    }
    longest = std::max(longest, one.from - covered);
    covered = std::max(covered, one.until);
  }
  return std::max(longest, until - covered);
}

}  // namespace conclave::tools::demo
