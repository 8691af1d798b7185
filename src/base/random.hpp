// Seeded random numbers, equal on every machine and compiler.
#pragma once

#include "base/check.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

#include <cstdint>

namespace conclave::core {

// splitmix64 (Steele, Lea, Flood 2014): one word of state, so copies and hashes are cheap.
class random_source {
  __extension__ using wide = unsigned __int128;

 public:
  constexpr explicit random_source(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15U); }

  // Uniform in [0, bound), bound at least 1. Multiply-shift (Lemire 2019); the bias is under 2^-32
  // for the bounds used here and the same everywhere, unlike the standard's distributions.
  constexpr std::uint64_t below(std::uint64_t bound) {
    check(bound > 0, "a random draw needs a bound of at least 1");
    return static_cast<std::uint64_t>((static_cast<wide>(next()) * bound) >> 64);
  }

  // Uniform in [least, greatest].
  constexpr std::uint64_t between(std::uint64_t least, std::uint64_t greatest) {
    return least + below(greatest - least + 1);
  }

  constexpr duration between(duration least, duration greatest) {
    return least + duration(below(static_cast<std::uint64_t>((greatest - least).count()) + 1));
  }

  constexpr bool chance(double probability) {
    return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability;
  }

  // A source of its own for one purpose, so that drawing more here changes nothing there.
  constexpr random_source fork() { return random_source(next()); }

  [[nodiscard]] constexpr std::uint64_t state() const { return state_; }

 private:
  std::uint64_t state_;
};

}  // namespace conclave::core
