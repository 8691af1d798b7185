// What happens in a simulated cluster, as lines of text for traces.
#pragma once

#include "node/actions.hpp"
#include "sim/machine.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conclave::sim {

// Puts names where ids stand, so that people can read them.
class name_book {
 public:
  explicit name_book(const std::vector<std::string>& names);
  [[nodiscard]] std::string replace(std::string text) const;
  [[nodiscard]] std::string name_of(core::node_id id) const;

 private:
  std::vector<std::pair<std::string, std::string>> names_;  // the id in digits, the name
};

struct frame_text {
  std::string session;                // what the header says about sessions; may be empty
  std::vector<std::string> messages;  // each on its own
};
[[nodiscard]] frame_text describe_frame(std::span<const std::byte> frame, const config& settings,
                                        const name_book& names);

// "granted r1 token=5, valid for 995 ms". Empty for a send.
[[nodiscard]] std::string describe(const core::action& what, core::instant now,
                                   const name_book& names);

[[nodiscard]] std::string_view word_for(errc reason);
[[nodiscard]] std::string_view word_for(loss_reason reason);

}  // namespace conclave::sim
