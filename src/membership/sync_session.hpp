// The reading of what another member's table has and one's own has not; one at a time.
#pragma once

#include "base/address.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

#include <cstdint>

namespace conclave::core {

inline constexpr unsigned sync_attempts_max = 3;            // for one page
inline constexpr std::size_t sync_page_places_max = 4'096;  // looked at for one page

struct sync_session {
  node_id peer;  // none: no session runs
  address where;
  bool compares = false;     // asks first whether there is anything to read
  std::uint32_t slices = 1;  // of all members: one after the other
  std::uint32_t slice = 0;
  std::uint32_t position = 0;  // of the page that is asked for
  std::uint32_t number = 0;    // of the question that is open, and the salt of its filter
  unsigned attempts = 0;       // at it
  // A node that joins reads as fast as it is answered. One that only makes sure pauses between
  // pages, so that a big table that changes all the time costs little.
  bool paced = true;
  instant due = never;  // ask, or ask again

  [[nodiscard]] bool runs() const { return static_cast<bool>(peer); }
};

}  // namespace conclave::core
