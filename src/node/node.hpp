// One node's whole protocol: link, membership and locks, joined. Pure: time comes in, actions go
// out, and a real process and the simulator run this very class.
//
//   datagram --> link --+--> membership      lock() --> candidate <--> voter (this node's own)
//                       +--> voter, candidate               |
//                                  actions <----------------+
//
// Not thread-safe. `now` never goes back from call to call. Read it after a datagram was taken off
// the socket, never before: a session promised from an earlier instant would end too early.
#pragma once

#include "base/address.hpp"
#include "base/digest.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "link/link.hpp"
#include "lock/candidate.hpp"
#include "lock/lamport_clock.hpp"
#include "lock/observer.hpp"
#include "lock/roster.hpp"
#include "lock/voter.hpp"
#include "membership/membership.hpp"
#include "node/actions.hpp"

#include <conclave/config.hpp>

#include <boost/unordered/unordered_flat_set.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace conclave::core {

struct node_start {
  config settings;  // validated
  address self_address;
  std::vector<address> seeds;              // resolved
  std::vector<address> former_peers = {};  // membership::peers_to_keep() of an earlier run
  boot_id boot;                            // greater than at every earlier start of this name
  std::uint64_t wall_ns = 0;               // wall clock, nanoseconds since 1970
  instant now{};
  std::uint64_t random_seed = 0;
};

struct node_counters {
  std::array<std::uint64_t, 5> frame_errors{};  // by frame_error
  std::uint64_t other_receiver = 0;
  std::uint64_t older_sender = 0;
  std::uint64_t too_many_peers = 0;
  std::uint64_t lamport_refused = 0;
  std::uint64_t roster_mismatch = 0;
  std::uint64_t lease_too_long = 0;
  std::uint64_t clocks_drifting = 0;  // peers' clocks found to use more than half of the bound
  std::uint64_t clocks_broken = 0;    // to break it
  std::uint64_t malformed_messages = 0;
  std::uint64_t unknown_kinds = 0;
  std::uint64_t messages = 0;
};

class node {
 public:
  explicit node(node_start start);

  void join(instant now, actions& out);
  // Gives up what it holds and says goodbye. `departed` follows.
  void leave(instant now, actions& out);

  // Bytes that came from `from`. They are written to when frames are sealed.
  void handle(std::span<std::byte> datagram, const address& from, instant now, actions& out);
  void tick(instant now, actions& out);
  // When to tick at the latest.
  [[nodiscard]] instant next_deadline() const;

  // Ends in exactly one of granted and failed, maybe within this call. A name of 0 or more than
  // 255 bytes fails.
  request_id lock(std::string_view name, const lock_request& options, instant now, actions& out);
  // As candidate::lock_all().
  request_id lock_all(std::span<const lock_name> names, const lock_request& options, instant now,
                      actions& out);
  // Releases or withdraws. False when what was held has been lost.
  bool unlock(request_id request, instant now, actions& out);
  // As candidate::claim().
  instant claim(request_id request) { return candidate_.claim(request); }
  // As candidate::downgrade().
  bool downgrade(request_id request, instant now, actions& out);
  std::optional<fencing_token> take_token(request_id request, instant now, actions& out);

  void set_metadata(std::string metadata, instant now, actions& out);

  // Asks this member about locks; `answered` follows for each part of the answer, or nothing at
  // all. False when it is not known.
  bool inquire(node_id voter, const inquiry& asked, instant now, actions& out);
  // `observed` follows now and at each change, until forget().
  void observe(const lock_name& lock, instant now, actions& out);
  void forget(const lock_name& lock) { observer_.forget(lock); }

  [[nodiscard]] node_boot self() const { return self_; }
  [[nodiscard]] bool superseded() const { return superseded_; }
  [[nodiscard]] bool leaving() const { return leave_by_ != never; }
  [[nodiscard]] const voter_roster& roster() const { return roster_; }
  [[nodiscard]] const core::membership& members() const { return membership_; }
  [[nodiscard]] const core::link& links() const { return link_; }
  [[nodiscard]] const core::candidate& asks() const { return candidate_; }
  [[nodiscard]] const core::voter* lends() const { return voter_ ? &*voter_ : nullptr; }
  [[nodiscard]] lamport_time lamport() const { return lamport_.time(); }
  [[nodiscard]] const node_counters& counters() const { return counters_; }

  void check_invariants(instant now) const;

  // Everything that decides what it does from now on (docs/architecture.md, "The pure core").
  void add_to(digest& sum) const;

 private:
  // What a frame's messages may do. One that does not name this boot can be meant for an earlier
  // run: gossip only. Votes and sessions count only between nodes with one and the same roster.
  enum class standing : std::uint8_t { unknown, addressed, agreed };

  // node_frames.cpp: what a frame does.
  bool admit(const frame_header& header, const address& from, lock_step& step);
  void judge_clock(node_id peer, clock_verdict verdict, lock_step& step);
  bool heard_own_name(const frame_header& header, const address& from, instant now);
  bool agrees_on_roster(const frame_header& header, const address& from, lock_step& step);
  void handle_sessions(const frame_header& header, const address& from, lock_step& step);
  void handle_messages(received_frame& frame, const address& from, standing how, lock_step& step);
  void dispatch(const node_boot& from, const address& where, const message& content, standing how,
                lock_step& step);
  void handle_refusal(const node_boot& from, const refusal& said, lock_step& step);

  void supersede(boot_id by, instant now);
  void ask_for_lamport_times(lock_step& step);
  void handle_lamport_answer(node_id voter, lock_step& step);
  [[nodiscard]] bool told_its_time(node_id voter) const;
  [[nodiscard]] bool majority_told_its_time() const;
  void end_abstention(lock_step& step);
  void contact(node_id voter, lock_step& step);
  void route_observer(lock_step& step);
  void extend_own_session(lock_step& step);
  lock_step step_at(instant now);
  // Routes what the machines said, until they are silent, and sends what is due.
  void settle(lock_step& step, actions& out);
  void reach(const node_boot& who, instant now);
  void route_membership(instant now);
  void fill_header(frame_header& header, node_boot to, instant now) const;
  void tell(report said) { reports_.push_back(said); }

  config settings_;
  node_boot self_;
  voter_roster roster_;
  std::uint64_t fingerprint_;
  lamport_clock lamport_;
  core::link link_;
  core::membership membership_;
  candidate candidate_;
  std::optional<voter> voter_;
  lock_observer observer_;

  bool superseded_ = false;
  bool joined_ = false;
  bool departed_ = false;
  instant leave_by_ = never;
  instant ask_lamport_at_ = never;  // when a restarted voter asks next
  instant abstain_until_ = long_ago;
  std::vector<node_id> remember_;  // the voters that told it their time
  boot_id own_name_heard_;         // of the last process that was reported
  boost::unordered_flat_set<node_boot> mismatch_reported_;
  node_counters counters_;

  // Kept between events for their capacity.
  std::vector<addressed> sends_;
  std::vector<lock_event> events_;
  std::vector<node_id> contacts_;
  std::vector<report> reports_;
  membership_output gossip_;
  observer_output sightings_;
  std::vector<answered> answers_;
  outbox outbox_;
};

}  // namespace conclave::core
