// The springs.
#include "membership/network_position.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace conclave::core {

namespace {

constexpr std::int64_t reach = 1'000'000'000;   // ns from the origin, in each dimension
constexpr std::int64_t height_min = 1'000;      // ns; so that no two are at one place
constexpr std::int64_t part_of_error = 4;       // one sample changes at most a quarter,
constexpr std::int64_t part_of_distance = 4;    // of the error and of what is wrong
constexpr std::int64_t force_max = 50'000'000;  // ns; so that no word moves a node far at once
constexpr std::int64_t pull_to_origin = 1'024;  // so that all together do not drift away

// Exact, whatever the machine's square root says.
std::int64_t root_of(std::uint64_t square) {
  auto root = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(square)));
  while (root * root > square) {
    --root;
  }
  while ((root + 1) * (root + 1) <= square) {
    ++root;
  }
  return static_cast<std::int64_t>(root);
}

}  // namespace

network_position::point network_position::point_of(const network_coordinate& one) {
  point result;
  for (std::size_t i = 0; i < result.place.size(); ++i) {
    result.place[i] =
        std::clamp<std::int64_t>(std::int64_t{one.place_us[i]} * 1'000, -reach, reach);
  }
  result.height = std::clamp<std::int64_t>(std::int64_t{one.height_us} * 1'000, height_min, reach);
  return result;
}

std::int64_t network_position::length_of(const vector& one) {
  std::uint64_t square = 0;  // at most 3 × (2 × reach)²: 64 bits are enough
  for (const std::int64_t each : one) {
    square += static_cast<std::uint64_t>(each * each);
  }
  return root_of(square);
}

network_position::vector network_position::between(const point& from, const point& to) {
  vector result{};
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = to.place[i] - from.place[i];
  }
  return result;
}

// A microsecond or so, another one each time.
network_position::vector network_position::any_direction() const {
  std::uint64_t drawn = mix(self_.value + samples_);
  vector result{};
  for (std::int64_t& each : result) {
    each = static_cast<std::int64_t>(drawn % 2'001) - 1'000;
    drawn /= 2'001;
  }
  result[0] += result == vector{} ? 1 : 0;
  return result;
}

network_coordinate network_position::told() const {
  network_coordinate result;
  for (std::size_t i = 0; i < result.place_us.size(); ++i) {
    result.place_us[i] = static_cast<std::int32_t>(here_.place[i] / 1'000);
  }
  result.height_us = static_cast<std::uint32_t>(here_.height / 1'000);
  result.error_permille = static_cast<std::uint32_t>(error_ * 1'000 / unity);
  return result;
}

duration network_position::round_trip_between(const point& one, const point& other) {
  return duration(length_of(between(one, other)) + one.height + other.height);
}

duration network_position::round_trip_between(const network_coordinate& one,
                                              const network_coordinate& other) {
  return round_trip_between(point_of(one), point_of(other));
}

duration network_position::round_trip_to(const network_coordinate& other) const {
  return round_trip_between(here_, point_of(other));
}

// The paper's algorithm with an adaptive step: who is sure of its place is moved less, most of all
// by who is not. A height is a further dimension in which there are only ways up.
void network_position::sample(const network_coordinate& other, duration measured) {
  if (measured <= duration(0) || measured > round_trip_max) {
    return;
  }
  ++samples_;
  const point there = point_of(other);
  vector away = between(there, here_);
  if (length_of(away) == 0) {
    away = any_direction();
  }
  const std::int64_t distance =
      std::max<std::int64_t>(length_of(away) + here_.height + there.height, 1);
  const std::int64_t wrong = measured.count() - distance;
  const std::int64_t their_error =
      std::clamp<std::int64_t>(other.error_permille, 1, 1'000) * unity / 1'000;
  const std::int64_t weight = unity * error_ / (error_ + their_error);
  const std::int64_t share = std::min(std::abs(wrong) * unity / measured.count(), unity);
  error_ = std::clamp<std::int64_t>(error_ + (share - error_) * weight / unity / part_of_error,
                                    unity / 1'000, unity);
  const std::int64_t force =
      std::clamp(wrong * weight / unity / part_of_distance, -force_max, force_max);
  for (std::size_t i = 0; i < away.size(); ++i) {
    std::int64_t& each = here_.place[i];
    each += force * away[i] / distance;
    each = std::clamp(each - each / pull_to_origin, -reach, reach);
  }
  here_.height = std::clamp(here_.height + force * (here_.height + there.height) / distance,
                            height_min, reach);
}

void network_position::add_to(digest& sum) const {
  sum.add(self_);
  for (const std::int64_t each : here_.place) {
    sum.add(static_cast<std::uint64_t>(each));
  }
  sum.add_all(static_cast<std::uint64_t>(here_.height), static_cast<std::uint64_t>(error_),
              samples_);
}

}  // namespace conclave::core
