// Bloom filters of members.
#include "membership/member_filters.hpp"

#include "base/digest.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace conclave::core {

namespace {

// On average. A filter has room for half as many more, and is less exact beyond that.
constexpr std::size_t members_of_slice = 256;
constexpr std::size_t bytes_each = 2;

// A node_id is a hash, so a part of its range is as good as any.
bool is_in_slice(const belief& one, std::uint32_t slices, std::uint32_t slice) {
  return ((one.id().value >> 32U) * slices) >> 32U == slice;
}

// Which bits, of so many, say that this word of this member is there.
std::array<std::size_t, 4> bits_of(const belief& one, std::uint32_t salt, std::size_t count) {
  constexpr std::uint64_t has_left = std::uint64_t{1} << 32U;
  const std::uint64_t kind = salt + (one.status == member_status::left ? has_left : 0);
  std::uint64_t hash = mix(word_digest(one) ^ mix(kind));
  std::array<std::size_t, 4> bits{};
  for (std::size_t& bit : bits) {
    bit = (hash & 0xffffU) % count;
    hash >>= 16U;
  }
  return bits;
}

}  // namespace

std::uint32_t slices_of(const member_table& table) {
  return static_cast<std::uint32_t>((table.size() + members_of_slice - 1) / members_of_slice);
}

member_filter filter_of(const member_table& table, std::uint32_t slices, std::uint32_t slice,
                        std::uint32_t salt) {
  std::vector<const belief*> held;
  for (std::size_t place = 0; place < table.size(); ++place) {
    const belief& one = table.at(place);
    if (one.status != member_status::dead && !one.doubted && is_in_slice(one, slices, slice)) {
      held.push_back(&one);
    }
  }
  member_filter filter{.slices = slices, .slice = slice, .salt = salt};
  filter.bits.resize(std::min(held.size() * bytes_each, filter_bytes_max));
  for (const belief* one : held) {
    for (const std::size_t bit : bits_of(*one, salt, filter.bits.size() * 8)) {
      const auto before = static_cast<unsigned char>(filter.bits[bit / 8]);
      filter.bits[bit / 8] = static_cast<char>(before | (1U << (bit % 8)));
    }
  }
  return filter;
}

bool seems_to_hold(const member_filter& filter, const belief& one) {
  if (filter.slices == 0) {
    return false;
  }
  if (!is_in_slice(one, filter.slices, filter.slice)) {
    return true;
  }
  return !filter.bits.empty() &&
         std::ranges::all_of(bits_of(one, filter.salt, filter.bits.size() * 8),
                             [&](std::size_t bit) {
                               const auto byte = static_cast<unsigned char>(filter.bits[bit / 8]);
                               return (byte >> (bit % 8) & 1U) != 0;
                             });
}

}  // namespace conclave::core
