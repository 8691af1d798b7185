// How a run in a simulated world ends that went wrong.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace conclave::sim {

// what() says what went wrong, in which seed, and what happened before.
class broken_run : public std::runtime_error {
 public:
  broken_run(std::uint64_t seed, const std::string& text) : std::runtime_error(text), seed_(seed) {}

  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }

 private:
  std::uint64_t seed_;
};

}  // namespace conclave::sim
