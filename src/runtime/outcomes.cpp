// Delivers what was kept.
#include "runtime/outcomes.hpp"

namespace conclave::runtime {

void outcomes::deliver(detail::invocation how, spdlog::logger* logger) {
  if (logger != nullptr) {
    for (const line& one : lines_) {
      logger->log(one.level, one.text);
    }
  }
  try {
    complete_all(how);
  } catch (...) {
    complete_all(detail::invocation::later);
    throw;
  }
}

void outcomes::complete_all(detail::invocation how) {
  for (lock_outcome& one : locks_) {
    if (const lock_completion done = std::move(one.done); done) {
      done->complete(how, one.error, std::move(one.held));
    }
  }
  for (plain_outcome& one : others_) {
    if (const plain_completion done = std::move(one.done); done) {
      done->complete(how, one.error);
    }
  }
}

}  // namespace conclave::runtime
