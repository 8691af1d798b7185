// Who accuses a suspect, each by a probe of its own.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"

#include <boost/container/static_vector.hpp>

#include <algorithm>
#include <cstddef>

namespace conclave::core {

inline constexpr std::size_t accusers_max = 3;

struct suspicion {
  instant since{};
  boost::container::static_vector<node_id, accusers_max> accusers;
  bool flaps = false;  // the suspect, as far as this node knows or was told: it lasts long

  [[nodiscard]] bool has(node_id accuser) const {
    return std::ranges::find(accusers, accuser) != accusers.end();
  }
  // False when that changes nothing. More than so many add nothing to what is known.
  bool add(node_id accuser) {
    if (accusers.size() == accusers_max || has(accuser)) {
      return false;
    }
    accusers.push_back(accuser);
    return true;
  }
};

}  // namespace conclave::core
