// Every message as one closed variant. The position in it is the kind on the wire.
#pragma once

#include "base/digest.hpp"
#include "wire/gossip_messages.hpp"
#include "wire/inquiry_messages.hpp"
#include "wire/lock_messages.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace conclave::core {

// Append only: a kind keeps its number for ever. Unknown kinds are skipped by their length.
using message =
    std::variant<request, vote, busy, recall, relinquish, release, refusal, lamport_query,
                 lamport_answer, ping, ping_answer, ping_request, member_update, sync_request,
                 sync_page_end, mismatch, wait_chase, hold_chase, inquiry, lock_use, lock_summary,
                 inquiry_end, watch, sighting, accusation>;

// "REQUEST lock="a" ..." for traces and reports.
[[nodiscard]] std::string to_text(const message& content);

// "REQUEST": the name of a kind by its number.
[[nodiscard]] std::string_view kind_name(std::size_t kind);

void add_to(digest& sum, const message& content);

}  // namespace conclave::core
