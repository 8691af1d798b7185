// Who has a lock, as others see it.
#pragma once

#include <conclave/fencing_token.hpp>
#include <conclave/node.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace conclave {

struct lock_holder {
  // False: no majority of voters was heard of lately; the rest is what was known last.
  bool known = false;
  std::string node;  // its name; empty: nobody has the lock
  std::uint64_t boot = 0;
  // Of its hold, or of the last one that was seen. The first, as a rule: a hold that uses up its
  // tokens goes on at greater ones, and so does one of which most voters forgot what they had lent.
  fencing_token token;

  friend bool operator==(const lock_holder&, const lock_holder&) = default;
};

// Calls back with who has the lock, first with what is known, then at each change: told by the
// voters, without polling. Nothing is known, and nothing said, before a majority of voters
// answered. One call at a time, in order, on the node's executor; until the subscription ends.
// Tokens never go back. A hold that was short may not be seen.
//
// What it says was so when a majority of voters said it. It may be over by now: whoever must be
// alone holds the lock, or gives its token to the resource.
//
// Thread-safe. Throws boost::system::system_error: errc::invalid_lock_name; errc::observer where
// the node has no voters; errc::not_joined before join().
[[nodiscard]] subscription observe(node& observer, std::string_view name,
                                   std::function<void(const lock_holder&)> callback);

}  // namespace conclave
