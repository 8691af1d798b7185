// Which of two pieces of news about one member counts (docs/protocol.md, "Membership").
#pragma once

#include "membership/member_table.hpp"
#include "wire/gossip_messages.hpp"

namespace conclave::core {

// In this order: the greater boot; within one boot "left", which is final; the greater
// incarnation; within one incarnation dead before suspect before alive (SWIM, section 4.2).
[[nodiscard]] bool supersedes(const member_update& news, const belief& known);

// False for what no honest node says: an empty name, no address, no boot, no incarnation or one
// that does not fit the table, texts over their bounds.
[[nodiscard]] bool is_sound(const member_update& news);

}  // namespace conclave::core
