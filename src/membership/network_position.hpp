// Where this node is on the map of round trips: Vivaldi (Dabek, Cox, Kaashoek, Morris 2004). Nodes
// are points, as far apart as a round trip between them takes. Each measured round trip moves this
// one a little, as a spring between the two would.
//
// Three dimensions, and a height: what each way to or from the node takes, wherever it leads.
// Integers only, so that all machines come to the same.
#pragma once

#include "base/digest.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

#include <conclave/member.hpp>

#include <array>
#include <cstdint>

namespace conclave::core {

class network_position {
 public:
  // Longer ones say more of a queue than of a place.
  static constexpr duration round_trip_max = std::chrono::seconds(2);

  // `self` says in which direction to go from somebody at the very same place.
  explicit network_position(node_id self) : self_(self) {}

  [[nodiscard]] network_coordinate told() const;
  // A round trip to who is there took so long.
  void sample(const network_coordinate& other, duration measured);
  [[nodiscard]] duration round_trip_to(const network_coordinate& other) const;
  [[nodiscard]] static duration round_trip_between(const network_coordinate& one,
                                                   const network_coordinate& other);

  void add_to(digest& sum) const;

 private:
  using vector = std::array<std::int64_t, 3>;
  struct point {
    vector place{};           // ns
    std::int64_t height = 0;  // ns
  };

  [[nodiscard]] static duration round_trip_between(const point& one, const point& other);
  [[nodiscard]] static point point_of(const network_coordinate& one);
  [[nodiscard]] static std::int64_t length_of(const vector& one);
  [[nodiscard]] static vector between(const point& from, const point& to);
  [[nodiscard]] vector any_direction() const;

  static constexpr std::int64_t unity = 65'536;  // of shares and errors

  node_id self_;
  point here_;
  std::int64_t error_ = unity;  // of what this place says, as a share of it
  std::uint64_t samples_ = 0;
};

}  // namespace conclave::core
