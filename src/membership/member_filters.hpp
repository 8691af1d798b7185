// Which members a node has, so that another tells it of the others only.
#pragma once

#include "membership/member_table.hpp"
#include "wire/gossip_messages.hpp"

#include <cstdint>

namespace conclave::core {

// So many that the filter of one goes into a frame.
[[nodiscard]] std::uint32_t slices_of(const member_table& table);

// A Bloom filter (Bloom 1970) with sixteen bits for each member that is not dead, four of them set.
// Of those that it does not hold about one in four hundred seems to be in it: with another salt
// another one.
[[nodiscard]] member_filter filter_of(const member_table& table, std::uint32_t slices,
                                      std::uint32_t slice, std::uint32_t salt);

// Whether it holds this word of this member. All that are of another slice count as held.
[[nodiscard]] bool seems_to_hold(const member_filter& filter, const belief& one);

}  // namespace conclave::core
