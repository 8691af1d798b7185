// Exceptions that nobody caught, in words.
#include "sim/last_words.hpp"

#include <exception>

namespace conclave::sim {

std::string last_words() {
  try {
    if (const std::exception_ptr cause = std::current_exception(); cause) {
      std::rethrow_exception(cause);
    }
  } catch (const std::exception& broken) {
    return broken.what();
  } catch (...) {
    return "terminated by an unknown exception";
  }
  return "terminated without an exception";
}

}  // namespace conclave::sim
