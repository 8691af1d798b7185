// Texts by number: each is kept once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace conclave::sim {

class text_table {
 public:
  text_table() { number_of(""); }  // so that 0 is the empty text

  std::uint32_t number_of(std::string_view text) {
    const auto [at, fresh] =
        numbers_.try_emplace(std::string(text), static_cast<std::uint32_t>(texts_.size()));
    if (fresh) {
      texts_.emplace_back(text);
    }
    return at->second;
  }

  [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;  // never iterated
  std::vector<std::string> texts_;
};

}  // namespace conclave::sim
