// The number that a protected resource compares: it refuses a smaller one.
#pragma once

#include <compare>
#include <cstdint>

namespace conclave {

// Every acquisition of a lock gets a token greater than every token given for that lock before.
// The value is at least 1 and fits a signed 64-bit column. 0 means "no token".
class fencing_token {
 public:
  constexpr fencing_token() = default;
  constexpr explicit fencing_token(std::uint64_t value) : value_(value) {}

  [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
  [[nodiscard]] constexpr explicit operator bool() const { return value_ != 0; }

  friend constexpr auto operator<=>(fencing_token, fencing_token) = default;

 private:
  std::uint64_t value_ = 0;
};

}  // namespace conclave
