// All states that were met: their words one after the other, how each came about, and a table that
// finds equal ones. The words themselves are compared, so that no two states are ever taken for
// one.
#pragma once

#include "base/ids.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace conclave::sim {

class state_store {
 public:
  static constexpr std::uint32_t none = UINT32_MAX;

  state_store() : table_(std::size_t{1} << 16, none) {}

  // True when it is new.
  bool insert(std::span<const std::uint32_t> words, std::uint32_t parent, std::uint32_t how) {
    const std::uint64_t hash = hash_of_words(words);
    std::size_t slot = hash & (table_.size() - 1);
    for (; table_[slot] != none; slot = (slot + 1) & (table_.size() - 1)) {
      const std::uint32_t index = table_[slot];
      if (states_[index].tag == static_cast<std::uint32_t>(hash >> 32) &&
          std::ranges::equal(at(index), words)) {
        return false;
      }
    }
    table_[slot] = static_cast<std::uint32_t>(states_.size());
    states_.push_back({.begin = words_.size(),
                       .parent = parent,
                       .how = how,
                       .tag = static_cast<std::uint32_t>(hash >> 32)});
    words_.insert(words_.end(), words.begin(), words.end());
    if (states_.size() * 2 > table_.size()) {
      grow();
    }
    return true;
  }

  [[nodiscard]] std::span<const std::uint32_t> at(std::uint32_t index) const {
    const std::size_t end = index + 1 < states_.size() ? states_[index + 1].begin : words_.size();
    return std::span(words_).subspan(states_[index].begin, end - states_[index].begin);
  }
  [[nodiscard]] std::uint32_t parent(std::uint32_t index) const { return states_[index].parent; }
  [[nodiscard]] std::uint32_t how(std::uint32_t index) const { return states_[index].how; }
  [[nodiscard]] std::size_t size() const { return states_.size(); }
  [[nodiscard]] std::size_t bytes() const {
    return words_.capacity() * sizeof(words_[0]) + states_.capacity() * sizeof(states_[0]) +
           table_.capacity() * sizeof(table_[0]);
  }

 private:
  struct record {
    std::uint64_t begin = 0;  // of its words
    std::uint32_t parent = none;
    std::uint32_t how = 0;
    std::uint32_t tag = 0;  // half of its hash
  };

  static std::uint64_t hash_of_words(std::span<const std::uint32_t> words) {
    std::uint64_t hash = words.size();
    for (const std::uint32_t word : words) {
      hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
      hash ^= hash >> 32;
    }
    return core::mix(hash);
  }

  void grow() {
    table_.assign(table_.size() * 2, none);
    for (std::uint32_t index = 0; index < states_.size(); ++index) {
      std::size_t slot = hash_of_words(at(index)) & (table_.size() - 1);
      while (table_[slot] != none) {
        slot = (slot + 1) & (table_.size() - 1);
      }
      table_[slot] = index;
    }
  }

  std::vector<std::uint32_t> words_;
  std::vector<record> states_;
  std::vector<std::uint32_t> table_;  // open addressing; a power of two
};

}  // namespace conclave::sim
