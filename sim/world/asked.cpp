// The rules that several verbs share.
#include "sim/world/asked.hpp"

#include "sim/world/universe.hpp"

#include <stdexcept>

namespace conclave::sim {

host_state& alive(const host& which, const char* verb) {
  which.state().around->refuse_foreign_thread();
  if (!which.running()) {
    throw std::logic_error(std::string(verb) + ": no process runs on " + which.name());
  }
  return which.state();
}

machine_set set_of(universe& around, const group& members) {
  around.refuse_foreign_thread();
  machine_set set = 0;
  for (const host_index& each : members) {
    if (each.value() >= around.hosts().size()) {
      throw std::logic_error("no machine has the index " + std::to_string(each.value()));
    }
    set |= machine_set{1} << each.value();
  }
  return set;
}

machine_set set_of(universe& around, const host& which) {
  return set_of(around, group{which});
}

std::string names_of(universe& around, machine_set set) {
  std::string names;
  for (const auto& each : around.hosts()) {
    if (contains(set, each->index)) {
      names += (names.empty() ? "" : ", ") + each->name;
    }
  }
  return "{" + names + "}";
}

void check_time(const std::string& what, std::chrono::nanoseconds value) {
  if (value < std::chrono::nanoseconds(0) || value > std::chrono::years(1)) {
    throw std::logic_error(what + " is from 0 to a year, not " + std::to_string(value.count()) +
                           " ns");
  }
}

void check_length(const std::string& what, std::chrono::nanoseconds value) {
  if (value == std::chrono::nanoseconds(0)) {
    throw std::logic_error(what + " is more than 0");
  }
  check_time(what, value);
}

}  // namespace conclave::sim
