// What the lock machines get with each event, and where their effects go.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"
#include "lock/lamport_clock.hpp"
#include "wire/message.hpp"

#include <conclave/error.hpp>
#include <conclave/fencing_token.hpp>

#include <cstdint>
#include <variant>
#include <vector>

namespace conclave::core {

// To one run of a node and no other: request ids start anew with each boot, so that a vote for an
// earlier run would be taken for one of this. This node's own boot is addressed for what its voter
// and its candidate say to each other.
struct addressed {
  node_boot to;
  message content;
};

// What the candidate tells the owner of a request.
struct granted {
  request_id request;
  fencing_token token;
  instant deadline;
  request_id asked_as;  // under which the voters lent: an earlier one, when the hold was passed on
  permit_slot slot = only_slot;
};
struct extended {  // the hold now stands until a later instant
  request_id request;
  instant deadline;
};
struct shortened {  // the hold stands no longer than this: a voter's clock was found out
  request_id request;
  instant deadline;
};
struct lost {
  request_id request;
  loss_reason reason = loss_reason::none;
};
struct failed {
  request_id request;
  errc reason = errc::timed_out;
};
struct contended {  // somebody else waits for what this request holds
  request_id request;
};
using lock_event = std::variant<granted, extended, shortened, lost, failed, contended>;

struct lock_step {
  instant now;
  lamport_clock& lamport;
  std::vector<addressed>& sends;
  std::vector<lock_event>& events;
  std::vector<node_id>& contacts;  // voters that need a frame, and one back
};

}  // namespace conclave::core
