// What an operation must not say.
#include "sim/history/operation.hpp"

namespace conclave::histories {

const char* problem_of(const operation& one) {
  if (one.returned < one.called) {
    return "it returned before it was called";
  }
  if (one.result == outcome::ok && one.returned == never) {
    return "its result is ok, so \"return\" must say when";
  }
  if (one.kind == operation_kind::write && one.result == outcome::ok && !one.token) {
    return "a write needs a \"token\"";
  }
  if (one.kind != operation_kind::acquire || one.mode != lock_mode::permit) {
    return nullptr;
  }
  if (one.count > one.permits) {
    return "\"count\" is greater than \"permits\"";
  }
  if (one.slot != no_slot && one.slot >= one.permits) {
    return "\"slot\" must be below \"permits\": the first slot is 0";
  }
  if (one.slot != no_slot && one.count != 1) {
    return "who names a \"slot\" has one permit, not \"count\"";
  }
  return nullptr;
}

}  // namespace conclave::histories
