// A whole history: the operations, and the names that their ids stand for.
#pragma once

#include "sim/history/operation.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace conclave::histories {

// Numbers names in the order in which they first come, and keeps each once.
class name_table {
 public:
  std::uint32_t number_of(std::string_view name) {
    const auto known = numbers_.find(name);
    if (known != numbers_.end()) {
      return known->second;
    }
    const auto number = static_cast<std::uint32_t>(names_.size());
    names_.emplace_back(name);
    numbers_.emplace(names_.back(), number);
    return number;
  }
  [[nodiscard]] const std::string& at(std::uint32_t number) const { return names_.at(number); }
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  struct hasher : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::uint32_t, hasher, std::equal_to<>> numbers_;
  std::vector<std::string> names_;
};

struct history {
  std::vector<operation> operations;  // in any order
  name_table processes;
  name_table locks;              // also the resources that were written to
  bool times_are_dates = false;  // moments count from 1970, and are said as dates

  process_id process(std::string_view name) { return process_id{processes.number_of(name)}; }
  lock_id lock(std::string_view name) { return lock_id{locks.number_of(name)}; }
  [[nodiscard]] const std::string& name_of(process_id id) const {
    return processes.at(static_cast<std::uint32_t>(id));
  }
  [[nodiscard]] const std::string& name_of(lock_id id) const {
    return locks.at(static_cast<std::uint32_t>(id));
  }
};

}  // namespace conclave::histories
