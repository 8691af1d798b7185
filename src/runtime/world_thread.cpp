// Counts the worlds of each thread.
#include "runtime/world_thread.hpp"

#include <stdexcept>

namespace conclave::runtime {

namespace {

thread_local int worlds = 0;
thread_local const char* words_here = nullptr;

}  // namespace

void enter_world(const char* words) noexcept {
  ++worlds;
  words_here = words;
}

void leave_world() noexcept {
  --worlds;
}

void refuse_thread_in_world() {
  if (worlds > 0) {
    throw std::logic_error(words_here);
  }
}

}  // namespace conclave::runtime
