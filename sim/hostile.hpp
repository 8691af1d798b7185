// Frames that no honest node sends, made of one that it did send: what a receiver has to refuse.
#pragma once

#include "base/random.hpp"

#include <cstddef>
#include <vector>

namespace conclave::sim {

// Turns the frame into one with the same sender that is well formed and says something that can't
// be: a Lamport time far ahead, a number above the sender's Lamport time, a request for somebody
// else, news that nobody says of himself. Whoever keeps the rules has no use for it.
// False, and nothing is changed, when these bytes are no frame.
bool make_hostile(std::vector<std::byte>& frame, core::random_source random);

}  // namespace conclave::sim
