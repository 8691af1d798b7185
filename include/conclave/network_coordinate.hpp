// A map of round trips, and what it is good for.
#pragma once

#include <conclave/member.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace conclave {

// How long a message between the two would take, there and back. An estimate: where neither error
// is more than 200 per mille mostly within a few tens of per cent. At most 5.5 s.
[[nodiscard]] std::chrono::nanoseconds round_trip_between(const network_coordinate& one,
                                                          const network_coordinate& other) noexcept;

// Which members would serve the others best as voters: a lock costs a round trip to the nearer
// majority of them, and this is little of that, summed over all that are alive and whose coordinate
// is known. Found by exchanging one of them at a time for as long as that helps: good, not always
// the best. Their names, sorted; fewer than `count` where there are not as many. Each round of
// exchanges takes members² × count² steps. Nothing is changed by it: who votes is said in the
// configuration. Throws std::invalid_argument: count is 0 or over 31.
[[nodiscard]] std::vector<std::string> suggest_voters(std::span<const member> members,
                                                      std::size_t count);

}  // namespace conclave
