// What the tests of all gates use.
#pragma once

#include <conclave/fencing_token.hpp>

#include <cstdint>
#include <thread>

namespace conclave {

constexpr fencing_token t(std::uint64_t value) {
  return fencing_token(value);
}

template <class Condition>
void wait_until(Condition condition) {
  while (!condition()) {
    std::this_thread::yield();
  }
}

}  // namespace conclave
