// Digests must not depend on the order in which a hash table keeps what is in it.
#pragma once

#include <algorithm>
#include <vector>

namespace conclave::core {

template <class Map>
[[nodiscard]] std::vector<typename Map::key_type> sorted_keys(const Map& map) {
  std::vector<typename Map::key_type> keys;
  keys.reserve(map.size());
  for (const auto& [key, value] : map) {
    keys.push_back(key);
  }
  std::ranges::sort(keys);
  return keys;
}

}  // namespace conclave::core
