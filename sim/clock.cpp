// Clocks in fixed-point arithmetic.
#include "sim/clock.hpp"

#include "base/check.hpp"

namespace conclave::sim {

namespace {

constexpr unsigned rate_bits = 32;
constexpr unsigned inverse_bits = 62;
constexpr std::int64_t billion = 1'000'000'000;
// Nobody simulates longer than that; later deadlines never come.
constexpr std::int64_t elapsed_max = std::int64_t{1} << 54;

}  // namespace

skewed_clock::skewed_clock(core::instant at_zero, std::int64_t ahead_ppb)
    : at_zero_(at_zero),
      rate_(static_cast<std::uint64_t>(
          (wide{static_cast<std::uint64_t>(billion + ahead_ppb)} << rate_bits) /
          static_cast<std::uint64_t>(billion))),
      inverse_(static_cast<std::uint64_t>((wide{1} << (rate_bits + inverse_bits)) / rate_)) {
  core::check(ahead_ppb > -billion / 2 && ahead_ppb < billion, "a clock runs at a sane rate",
              ahead_ppb);
}

core::instant skewed_clock::local(true_time at) const {
  const auto elapsed = static_cast<std::uint64_t>(at.time_since_epoch().count());
  return at_zero_ + duration(static_cast<std::int64_t>((wide{elapsed} * rate_) >> rate_bits));
}

true_time skewed_clock::first_reaching(core::instant local) const {
  if (local <= at_zero_) {
    return true_time{};
  }
  if (local >= at_zero_ + duration(elapsed_max)) {
    return end_of_time;
  }
  const auto ahead = static_cast<std::uint64_t>((local - at_zero_).count());
  true_time found{duration(static_cast<std::int64_t>((wide{ahead} * inverse_) >> inverse_bits))};
  while (this->local(found) < local) {
    found += duration(1);
  }
  return found;
}

}  // namespace conclave::sim
