// A 64-bit running hash: names to ids, and runs to digests. Equal on every machine.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace conclave::core {

class digest {
 public:
  constexpr void add(std::uint64_t value) {
    state_ = mix(state_ * 0x9e3779b97f4a7c15U + value + 1);
  }

  constexpr void add(std::string_view text) {
    std::uint64_t word = 0;
    unsigned filled = 0;
    for (const char c : text) {
      word |= std::uint64_t{static_cast<unsigned char>(c)} << (8 * filled);
      if (++filled == 8) {
        add(word);
        word = 0;
        filled = 0;
      }
    }
    add(word);
    add(text.size());
  }

  template <class Tag>
  constexpr void add(strong_number<Tag> number) {
    add(number.value);
  }
  constexpr void add(duration value) { add(static_cast<std::uint64_t>(value.count())); }
  constexpr void add(instant value) { add(value.time_since_epoch()); }
  constexpr void add(const node_boot& who) { add_all(who.node, who.boot); }

  template <class T>
  constexpr void add(const std::optional<T>& value) {
    add(std::uint64_t{value.has_value()});
    if (value) {
      add(*value);
    }
  }

  template <class... Parts>
  constexpr void add_all(const Parts&... parts) {
    (add(parts), ...);
  }

  [[nodiscard]] constexpr std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0;
};

[[nodiscard]] constexpr std::uint64_t hash_of(std::string_view text) {
  digest result;
  result.add(text);
  return result.value();
}

// A node is known by its name; its id is never zero, which means "none".
[[nodiscard]] constexpr node_id node_id_of(std::string_view name) {
  const std::uint64_t hashed = hash_of(name);
  return node_id{hashed == 0 ? 1 : hashed};
}

}  // namespace conclave::core
