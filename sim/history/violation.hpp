// What a history can break, with the lines that show it.
#pragma once

#include "sim/history/history.hpp"
#include "sim/history/hold.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace conclave::histories {

enum class rule : std::uint8_t {
  exclusion,        // two holds that exclude each other, certainly at once
  permits,          // more permits out than there are
  slot,             // one slot held twice at once
  mode,             // permits and another mode at once
  permits_differ,   // two holds at once that name different numbers of permits
  not_held,         // released or renewed by who does not hold
  unique_tokens,    // one token for two acquisitions
  rising_tokens,    // a token that is not greater than one given before
  accepted_tokens,  // a resource took a token smaller than one that it had taken
  agreeing_order,   // no order of the acquisitions agrees with both times and tokens
};
inline constexpr std::size_t rules_count = 10;
[[nodiscard]] std::string_view to_string(rule which);

struct violation {
  rule broken = rule::exclusion;
  lock_id lock{};
  std::vector<std::uint64_t> lines;  // the fewest operations that show it
  std::string text;
};

// Collects the violations of one lock: counts all, keeps the first of them.
class findings {
 public:
  explicit findings(std::size_t kept_max) : kept_max_(kept_max) {}

  // `make` returns the violation; it is not called when enough are kept.
  template <class Make>
  void add(const Make& make) {
    ++total_;
    if (kept_.size() < kept_max_) {
      kept_.push_back(make());
    }
  }
  [[nodiscard]] const std::vector<violation>& kept() const { return kept_; }
  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  std::size_t kept_max_;
  std::uint64_t total_ = 0;
  std::vector<violation> kept_;
};

// Puts names and times into sentences.
class wording {
 public:
  explicit wording(const history& about) : about_(&about) {}

  [[nodiscard]] std::string time(moment at) const;
  [[nodiscard]] std::string between(moment from, moment until) const;
  // "billing-1 (line 3)"
  [[nodiscard]] std::string who(process_id process, std::uint64_t line) const;
  // "billing-1 (line 3) holds it for certain from 5 to 9"
  [[nodiscard]] std::string certain_part(const hold& one) const;

 private:
  const history* about_;
};

// As RFC 3339 in UTC: 2026-03-01T12:00:00.000000005Z.
[[nodiscard]] std::string date_text(moment at);

}  // namespace conclave::histories
