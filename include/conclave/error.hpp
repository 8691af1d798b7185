// Everything that can go wrong, as error codes of one category.
#pragma once

#include <boost/system/error_code.hpp>

#include <string>
#include <type_traits>

namespace conclave {

// The messages (error_code::message()) say what to do. Unless an entry says otherwise, a failed
// lock operation leaves nothing behind: the request is withdrawn at every voter.
enum class errc {
  timed_out = 1,      // the lock was not had in the given time
  would_block,        // try_lock: somebody else has it, or waits for it
  cancelled,          // the operation was cancelled by its caller
  leaving,            // the node is leaving or has left
  superseded,         // a newer process runs under this node's name
  lock_lost,          // the lock was lost before it was released
  invalid_lock_name,  // empty, or longer than 255 bytes
  invalid_config,     // the configuration breaks a rule; the exception's text names both
  too_many_requests,  // this node has as many requests as config.requests_max allows, or so many
                      // voters have voter_requests_per_candidate_max of it that no majority is left
  lease_too_long,     // so many voters refused lease_ttl, over the roster's lease_ttl_max, that no
                      // majority is left
  roster_mismatch,    // so many voters have another roster that no majority is left
  clocks_disagree,    // the clocks of so many voters and of this node run further apart than
                      // config.clock_drift_max_ppm allows that no majority is left
  not_joined,         // node::join() was not called
  observer,           // this node was configured without voters: it can watch, not lock
  address_in_use,     // another process has the port
  address_invalid,    // an address in the configuration can't be understood or bound
  seed_unreachable,   // no seed answered within the join time-out; the node goes on trying
  lock_kind_mismatch,  // the name is in use as another kind of lock, or with other permits
  deadlock,            // its owner has a lock for which others wait that have this one: of all in
                       // that ring this request is the youngest
};

[[nodiscard]] const boost::system::error_category& error_category() noexcept;
[[nodiscard]] boost::system::error_code make_error_code(errc code) noexcept;

// Why a held lock was lost.
enum class loss_reason {
  none,             // it is not lost
  expired,          // this process did not run for too long (stopped, suspended or overloaded)
  no_quorum,        // too few voters answered for a whole lease
  superseded,       // a newer process runs under this node's name
  shut_down,        // the node left or was destroyed
  held_too_long,    // it was held for longer than its options allow
  clocks_disagree,  // too few voters are left whose clocks and this node's keep the bound
};

[[nodiscard]] const char* to_string(loss_reason reason) noexcept;

}  // namespace conclave

template <>
struct boost::system::is_error_code_enum<conclave::errc> : std::true_type {};
