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

__extension__ using wide = unsigned __int128;

std::uint64_t rate_of(std::int64_t ahead_ppb) {
  core::check(ahead_ppb > -billion / 2 && ahead_ppb < billion, "a clock runs at a sane rate",
              ahead_ppb);
  return static_cast<std::uint64_t>(
      (wide{static_cast<std::uint64_t>(billion + ahead_ppb)} << rate_bits) /
      static_cast<std::uint64_t>(billion));
}

std::uint64_t inverse_of(std::uint64_t rate) {
  return static_cast<std::uint64_t>((wide{1} << (rate_bits + inverse_bits)) / rate);
}

}  // namespace

skewed_clock::skewed_clock(core::instant at_zero, std::int64_t ahead_ppb)
    : shown_(at_zero),
      ahead_ppb_(ahead_ppb),
      rate_(rate_of(ahead_ppb)),
      inverse_(inverse_of(rate_)) {}

void skewed_clock::set_rate(true_time from, std::int64_t ahead_ppb) {
  shown_ = local(from);
  since_ = from;
  ahead_ppb_ = ahead_ppb;
  rate_ = rate_of(ahead_ppb);
  inverse_ = inverse_of(rate_);
}

core::instant skewed_clock::local(true_time at) const {
  core::check(at >= since_, "a clock is not asked what it showed before its rate changed",
              at.time_since_epoch().count(), since_.time_since_epoch().count());
  const auto elapsed = static_cast<std::uint64_t>((at - since_).count());
  return shown_ + duration(static_cast<std::int64_t>((wide{elapsed} * rate_) >> rate_bits));
}

true_time skewed_clock::first_reaching(core::instant local) const {
  if (local <= shown_) {
    return since_;
  }
  if (local >= shown_ + duration(elapsed_max)) {
    return end_of_time;
  }
  const auto ahead = static_cast<std::uint64_t>((local - shown_).count());
  true_time found =
      since_ + duration(static_cast<std::int64_t>((wide{ahead} * inverse_) >> inverse_bits));
  while (this->local(found) < local) {
    found += duration(1);
  }
  return found;
}

}  // namespace conclave::sim
