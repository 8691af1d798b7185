// Who is there: SWIM (Das, Gupta, Motivala 2002) as a machine without clock or socket.
//
// Each node probes one member a period, in random round-robin order; asks others to try when the
// answer fails; suspects, and declares dead when the suspect does not refute in time. News travels
// as rumours, each told a bounded number of times. Who joins, or makes sure, reads somebody's table
// in pages. Nobody's lock depends on any of this (docs/protocol.md, promise 5).
//
// All deadlines inside are on a running clock: the node's clock less the time for which this
// process did not run. So a node that was paused resumes where it was, and accuses nobody for its
// own pause.
#pragma once

#include "base/digest.hpp"
#include "base/random.hpp"
#include "membership/deadlines.hpp"
#include "membership/flapping.hpp"
#include "membership/member_filters.hpp"
#include "membership/member_table.hpp"
#include "membership/network_position.hpp"
#include "membership/probe_order.hpp"
#include "membership/probe_round.hpp"
#include "membership/recent_arrivals.hpp"
#include "membership/rumours.hpp"
#include "membership/suspicion.hpp"
#include "membership/sync_session.hpp"
#include "wire/message.hpp"

#include <conclave/config.hpp>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace conclave::core {

struct membership_settings {
  membership_config config;
  std::string name;
  address self_address;
  boot_id boot;
  std::string metadata;
  std::vector<address> seeds;
  std::vector<address> former_peers = {};   // of an earlier run: more than former_max are left out
  std::shared_ptr<member_records> records;  // null: a store of its own
};

// Addresses that are tried now and then, though it is not known who is there.
inline constexpr std::size_t former_max = 32;

struct gossip_send {
  node_id to;  // 0: whoever is there
  address where;
  message content;
};

struct member_change {
  member_event_kind kind = member_event_kind::joined;
  node_id id;  // the member, after the change, is in table()
};

struct membership_output {
  std::vector<gossip_send> sends;  // those for one member in one frame, in this order
  std::vector<member_change> changes;
  boot_id superseded_by;       // a greater boot of our own name was heard of; 0: no
  bool join_answered = false;  // join() is done

  void clear();
};

struct membership_counters {
  std::uint64_t probes_failed = 0;      // no answer by any way
  std::uint64_t refutations = 0;        // of what others believed about us
  std::uint64_t updates_refused = 0;    // unsound, or a name whose hash is another member's
  std::uint64_t members_refused = 0;    // over members_max
  std::uint64_t relays_refused = 0;     // over relays_max
  std::uint64_t farewells_refused = 0;  // others said that we left
  std::uint64_t pauses = 0;             // times this process did not run for a probe interval
  std::uint64_t silences = 0;  // times it heard nobody for so long that it doubts its table
};

class membership {
 public:
  membership(membership_settings settings, instant now, random_source random);

  // Asks all seeds, again each probe interval until one answers. Without seeds it is done at once.
  void join(instant now, membership_output& out);
  // Tells some members, then is silent for good. A node that comes back needs a greater boot.
  void leave(instant now, membership_output& out);

  // One message of a frame that the link accepted. Others than gossip are ignored.
  void handle(const node_boot& from, const address& where, const message& content, instant now,
              membership_output& out);
  // Call it once for each accepted frame, after its messages: they may say who the sender is. One
  // that we believe dead or suspect is told so, that it refutes; a stranger is asked who it is.
  void heard_of(const node_boot& from, const address& where, instant now, membership_output& out);

  void tick(instant now, membership_output& out);
  [[nodiscard]] instant next_deadline() const;

  void set_metadata(std::string metadata, instant now, membership_output& out);
  void set_address(const address& where, instant now);  // once port 0 is resolved

  [[nodiscard]] const member_table& table() const { return table_; }
  [[nodiscard]] const membership_counters& counters() const { return counters_; }
  [[nodiscard]] std::size_t rumours_left() const { return rumours_.size(); }
  // It refuted again and again lately, or is suspected now by somebody who says so.
  [[nodiscard]] bool is_flapping(node_id id) const;
  // How long a message there and back takes, as far as the map of round trips says.
  [[nodiscard]] std::optional<duration> round_trip_to(node_id id) const;
  // As that member said last, or as this node would say; nothing: it has not answered yet.
  [[nodiscard]] std::optional<network_coordinate> coordinate_of(node_id id) const;
  // Whom to try after a restart, up to former_max: live members first, then the dead, then who was
  // there before. So when all seem to be gone, all are still known.
  [[nodiscard]] std::vector<address> peers_to_keep() const;
  // For an older process of that name: it finds a greater boot than its own.
  [[nodiscard]] std::optional<member_update> update_about(node_id id) const;

  void check_invariants() const;

  // Everything that decides what it does from now on (docs/architecture.md, "The pure core").
  void add_to(digest& sum) const;

 private:
  enum class phase : std::uint8_t { idle, joining, joined, over };
  struct seed {
    address where;
    node_id owner;  // who answered from there last
  };
  struct speaker {
    node_id id;
    address where;
  };
  struct previous_belief {
    bool known = false;
    member_status status = member_status::dead;
    record_ref record;

    [[nodiscard]] bool is_of(boot_id boot) const { return known && record->boot == boot; }
    [[nodiscard]] bool is_live_in(boot_id boot) const { return is_of(boot) && is_live(status); }
  };

  // membership.cpp
  instant enter(instant now);
  void receive_from(const speaker& from, const message& content, instant at,
                    membership_output& out);
  void end_silence(instant now, instant at);
  void speak_anew(member_facts facts, instant at);
  void forget_old_graves(instant at);

  // learning.cpp: what others say about members
  void learn(const member_update& news, const speaker& from, instant at, membership_output& out);
  void learn_about_self(const member_update& news, const speaker& from, instant at,
                        membership_output& out);
  void trust(node_id id, boot_id boot, instant at);
  void superseded(boot_id by, const address& where, membership_output& out);
  void ask_suspects(instant at, membership_output& out);
  void conclude(node_id id, member_status status, instant at, membership_output& out);
  void record_change(node_id id, const previous_belief& before, instant at, membership_output& out);
  void emit_change(const belief& after, const previous_belief& before, membership_output& out);
  void receive(const accusation& said, instant at, membership_output& out);
  void note_accuser(node_id id, node_id accuser, instant at);
  void note_refutation(const belief& after, const previous_belief& before, instant at);
  [[nodiscard]] static rumours::kind kind_of(const belief& after, const previous_belief& before,
                                             bool flaps);
  void set_last_word(node_id id, instant at);
  void set_suspicion_deadline(node_id id, instant at);
  [[nodiscard]] bool is_accused_by(std::size_t so_many, const suspicion& suspected) const;
  [[nodiscard]] duration suspicion_time() const;
  [[nodiscard]] duration longest_suspicion(bool flaps) const;
  [[nodiscard]] duration confirmed_suspicion_time() const;

  // probing.cpp: who answers
  void probe(instant at, membership_output& out);
  void start_period(instant at, membership_output& out);
  void start_round(const belief& target, instant at, membership_output& out);
  void ask_again(probe_round& round, instant at, membership_output& out);
  void end_round(const probe_round& round, instant at, membership_output& out);
  void probe_again(instant at, membership_output& out);
  [[nodiscard]] bool is_found_out(const belief& target) const;
  void note_answer(const probe_round& round, instant at);
  void measure(const probe_round& round, const ping_answer& answer, instant at);
  [[nodiscard]] duration patience_with(node_id target) const;
  void confirm(node_id id, instant at, membership_output& out);
  [[nodiscard]] bool hears_nobody(const probe_round& round, instant at) const;
  [[nodiscard]] instant next_probe() const;
  void receive(const ping& asked, const speaker& from, instant at, membership_output& out);
  void receive(const ping_answer& answer, const speaker& from, instant at, membership_output& out);
  void receive(const ping_request& asked, const speaker& from, instant at, membership_output& out);

  // spreading.cpp: rumours, and putting others right about themselves
  void spread(node_id about, rumours::kind which, instant at);
  void note_arrival(instant at);
  void gossip(instant at, membership_output& out);
  void piggyback(const speaker& to, instant at, membership_output& out);
  void push_belief(const speaker& to, const belief& known, membership_output& out) const;
  void meet(const node_boot& from, const address& where, instant at, membership_output& out);
  // False when that was said just now.
  bool tell(const belief& known, const address& where, instant at, membership_output& out);
  [[nodiscard]] bool may_tell(node_id id, instant at);
  [[nodiscard]] static speaker speaker_of(const belief& known);
  [[nodiscard]] speaker speaker_of(node_id id) const;
  [[nodiscard]] std::vector<node_id> pick_live(std::size_t count, node_id except);
  [[nodiscard]] unsigned transmissions_max() const;
  [[nodiscard]] rumours::times tellings(instant at) const;

  // syncing.cpp: reading tables, joining, rejoining
  void receive(const sync_request& asked, const speaker& from, membership_output& out);
  std::size_t put_page(const speaker& to, const member_filter& has, std::size_t place,
                       std::size_t places, std::size_t budget, membership_output& out) const;
  void receive(const sync_page_end& page, const speaker& from, instant at, membership_output& out);
  void go_on_reading(const sync_page_end& page, instant at, membership_output& out);
  void end_reading(instant at, membership_output& out);
  void start_sync(const speaker& with, bool compares, bool paced, instant at,
                  membership_output& out);
  void compare_with_another(node_id except, bool paced, instant at, membership_output& out);
  void next_question();
  void ask_page(instant at, membership_output& out);
  void sync(instant at, membership_output& out);
  void introduce_self(const speaker& to, membership_output& out);
  void ask_seeds(membership_output& out);
  void begin_rejoining(instant at);
  [[nodiscard]] bool is_new() const;
  void remember(const address& where);
  void try_former_peer(membership_output& out);
  void rejoin(instant at, membership_output& out);
  void try_one_of_the_dead(instant at, membership_output& out);
  void note_seed(node_id id, const address& where);

  membership_settings settings_;
  node_id self_;
  random_source random_;
  member_table table_;
  phase phase_ = phase::idle;
  duration paused_{};  // the running clock is this much behind

  probe_order order_;
  instant period_ends_at_ = never;
  std::vector<probe_round> rounds_;
  std::vector<node_id> accused_by_us_;  // suspects, and some that are none any more
  instant heard_at_ = long_ago;         // of anybody
  instant last_heard_ = long_ago;       // the same, and by now(): standing still counts
  instant news_count_from_ = long_ago;  // what came before was old
  network_position position_;
  boost::unordered_flat_map<node_id, network_coordinate> coordinates_;  // never iterated
  relays relays_;
  probe_id last_probe_;
  deadlines suspicions_;
  deadlines last_words_;                                   // when a suspect is asked once more
  boost::unordered_flat_map<node_id, suspicion> accused_;  // the suspects; never iterated
  deadlines graves_;                                       // when the dead and left are forgotten
  flapping flapping_;

  rumours rumours_;
  recent_arrivals arrivals_;
  instant gossip_at_ = never;
  boost::unordered_flat_set<node_id> told_;  // since told_since_; never iterated
  instant told_since_{};

  std::vector<seed> seeds_;
  std::vector<address> former_;  // peers that were forgotten, or of an earlier run
  instant rejoin_at_ = never;
  duration rejoin_pause_{};              // rejoin_interval, after the first turns
  bool compares_ = false;                // tables, at the last turn
  std::size_t arrivals_to_compare_ = 0;  // since then
  sync_session sync_;
  membership_counters counters_;
};

// Decimal digits: the logarithm that SWIM's bounds need, in integers and so equal everywhere.
[[nodiscard]] constexpr unsigned logarithm_of(std::size_t members) {
  unsigned digits = 1;
  for (; members >= 10; members /= 10) {
    ++digits;
  }
  return digits;
}

}  // namespace conclave::core
