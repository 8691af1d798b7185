// Writing down what happens.
#include "tools/demo/chronicle.hpp"

#include "runtime/clock.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace conclave::tools::demo {

void chronicle::note(std::string text) {
  entries_.push_back({.at = runtime::boot_time_now(), .text = std::move(text)});
}

void chronicle::begin_fault(fault begun) {
  end_fault();
  entries_.push_back({.at = begun.at, .kind = entry_kind::fault, .text = begun.what});
  faults_.push_back(std::move(begun));
}

void chronicle::end_fault() {
  if (!faults_.empty() && faults_.back().until == core::never) {
    faults_.back().until = runtime::boot_time_now();
  }
}

std::string in_seconds(core::duration duration) {
  return fmt::format("{:.3f} s", std::chrono::duration<double>(duration).count());
}

}  // namespace conclave::tools::demo
