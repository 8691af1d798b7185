// The error category, and names of enumerators.
#include <conclave/error.hpp>
#include <conclave/member.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/error_category.hpp>
#include <boost/system/error_condition.hpp>

#include <string>

namespace conclave {

namespace {

const char* message_of(errc code) {
  switch (code) {
    case errc::timed_out:
      return "the lock was not had in time; wait longer, or see who holds it";
    case errc::would_block:
      return "somebody else holds the lock or waits for it; try later, or wait with lock()";
    case errc::cancelled:
      return "the operation was cancelled by its caller";
    case errc::leaving:
      return "this node is leaving or has left; make a new node to go on";
    case errc::superseded:
      return "a newer process runs under this node's name; end this one, or give it a name of its "
             "own";
    case errc::lock_lost:
      return "the lock was lost before it was released; what was written under it rests on the "
             "resource's check of the fencing token";
    case errc::invalid_lock_name:
      return "a lock's name has 1 to 255 bytes";
    case errc::invalid_config:
      return "the configuration breaks a rule";
    case errc::too_many_requests:
      return "this node has as many requests as it may, or as the voters take; raise requests_max "
             "and voter_requests_per_candidate_max, or ask for fewer locks at once";
    case errc::lease_too_long:
      return "a majority of voters refused this node's lease_ttl; lower it, or raise lease_ttl_max "
             "on all nodes";
    case errc::roster_mismatch:
      return "a majority of voters has another roster; give all nodes the same voters, "
             "lease_ttl_max and clock_drift_max_ppm";
    case errc::clocks_disagree:
      return "the clocks of this node and of so many voters run further apart than "
             "clock_drift_max_ppm allows that no majority is left; find the machine whose clock is "
             "wrong: the log of each node names the peers that it disagrees with";
    case errc::not_joined:
      return "the node has not joined; call join() first";
    case errc::observer:
      return "this node was configured without voters, to watch only; name the voters to use locks";
    case errc::address_in_use:
      return "another process has the address; choose another port, or end that process";
    case errc::address_invalid:
      return "an address in the configuration can't be used; write \"IP:port\" with an IP of this "
             "machine";
    case errc::seed_unreachable:
      return "no seed answered in time; check the seeds' addresses and that they run, with the "
             "same cluster label and key";
    case errc::lock_kind_mismatch:
      return "the name is in use as another kind of lock, or as a semaphore with another number of "
             "permits; use one kind and one number for a name";
    case errc::deadlock:
      return "who has this lock waits for one that the caller has; unlock what is held and try all "
             "again, or take several locks with lock_all()";
  }
  return "unknown error of conclave";
}

// Boost's base has a protected destructor that is not virtual; nobody deletes a category.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class category final : public boost::system::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "conclave"; }

  [[nodiscard]] std::string message(int code) const override {
    return message_of(static_cast<errc>(code));
  }

  // So that code that knows only the standard's conditions understands as well.
  [[nodiscard]] boost::system::error_condition default_error_condition(
      int code) const noexcept override {
    namespace standard = boost::system::errc;
    switch (static_cast<errc>(code)) {
      case errc::timed_out:
        return make_error_condition(standard::timed_out);
      case errc::would_block:
        return make_error_condition(standard::operation_would_block);
      case errc::cancelled:
        return make_error_condition(standard::operation_canceled);
      case errc::invalid_lock_name:
      case errc::invalid_config:
      case errc::lock_kind_mismatch:
        return make_error_condition(standard::invalid_argument);
      case errc::too_many_requests:
        return make_error_condition(standard::resource_unavailable_try_again);
      case errc::not_joined:
        return make_error_condition(standard::not_connected);
      case errc::address_in_use:
        return make_error_condition(standard::address_in_use);
      case errc::seed_unreachable:
        return make_error_condition(standard::host_unreachable);
      case errc::deadlock:
        return make_error_condition(standard::resource_deadlock_would_occur);
      case errc::leaving:
      case errc::superseded:
      case errc::lock_lost:
      case errc::lease_too_long:
      case errc::roster_mismatch:
      case errc::clocks_disagree:
      case errc::observer:
      case errc::address_invalid:
        break;
    }
    return {code, *this};
  }
};
#pragma GCC diagnostic pop

}  // namespace

const boost::system::error_category& error_category() noexcept {
  static const category the_one;
  return the_one;
}

boost::system::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}

const char* to_string(loss_reason reason) noexcept {
  switch (reason) {
    case loss_reason::none:
      return "none";
    case loss_reason::expired:
      return "expired";
    case loss_reason::no_quorum:
      return "no_quorum";
    case loss_reason::superseded:
      return "superseded";
    case loss_reason::shut_down:
      return "shut_down";
    case loss_reason::held_too_long:
      return "held_too_long";
    case loss_reason::clocks_disagree:
      return "clocks_disagree";
  }
  return "?";
}

const char* to_string(member_event_kind kind) noexcept {
  switch (kind) {
    case member_event_kind::joined:
      return "joined";
    case member_event_kind::suspected:
      return "suspected";
    case member_event_kind::refuted:
      return "refuted";
    case member_event_kind::died:
      return "died";
    case member_event_kind::left:
      return "left";
    case member_event_kind::updated:
      return "updated";
  }
  return "?";
}

}  // namespace conclave
