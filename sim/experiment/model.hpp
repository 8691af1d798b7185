// A model of memberlist (hashicorp/memberlist 0.5, as Consul and Serf use it), for comparison: SWIM
// (Das, Gupta, Motivala 2002) with suspicion and gossip beside the probes, and the three parts of
// Lifeguard (Dadgar, Phillips, Currey 2018), each of which can be left out. Without any of them it
// is what that paper calls SWIM.
//
// It is written from the papers and the documented settings. What it leaves out: probes by TCP,
// encryption, versions, and the exact encoding: the sizes of its messages are estimates.
#pragma once

#include "base/random.hpp"
#include "sim/experiment/process.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace conclave::sim {

struct model_settings {
  // Lifeguard: who fails to be heard itself probes less often (local health), and is told by
  // helpers that they are there (negative acknowledgements).
  bool scales_probes = false;
  // A suspicion is long at first, and shorter with each other member that suspects the same.
  bool scales_suspicions = false;
  // A suspect hears of it with the next probe ("buddy system").
  bool tells_suspects = false;

  // As DefaultLANConfig has them, but for the multiplier, which is 4 there and 5 in the paper.
  duration probe_interval = std::chrono::seconds(1);
  duration probe_timeout = std::chrono::milliseconds(500);
  unsigned indirect_probes = 3;
  unsigned suspicion_multiplier = 4;
  unsigned suspicion_max_multiplier = 6;
  unsigned health_max = 8;
  duration gossip_interval = std::chrono::milliseconds(200);
  unsigned gossip_fanout = 3;
  duration gossip_to_dead = std::chrono::seconds(30);
  unsigned retransmits_multiplier = 4;
  duration push_pull_interval = std::chrono::seconds(30);
};

struct model_start {
  member_index self = 0;
  member_index through = 0;  // itself: it is the first
  std::uint32_t members = 0;
};

class model_process final : public process {
 public:
  model_process(const model_settings& settings, const model_start& start, instant now,
                core::random_source random);

  void join(instant now, process_output& out) override;
  void tick(instant now, process_output& out) override;
  void arrive(member_index from, const parcel& came, instant now, process_output& out) override;
  [[nodiscard]] instant next_deadline() const override;
  void introduce(parcel& to) const override;
  [[nodiscard]] std::size_t live() const override { return live_; }
  [[nodiscard]] std::uint64_t live_digest() const override { return live_digest_; }
  void stands_until(instant when) override { stands_until_ = when; }
  // Goroutines: one that is blocked in a send holds up no timer.
  [[nodiscard]] bool has_other_threads() const override { return true; }

 private:
  enum class status : std::uint8_t { unknown, alive, suspect, dead };
  struct entry {
    std::uint32_t incarnation = 0;
    status is = status::unknown;
    instant since = core::long_ago;
  };
  struct suspicion {
    instant began{};
    instant deadline{};
    std::vector<member_index> by;  // distinct, the first is who began it
  };
  struct rumour {
    model_word word;
    unsigned told = 0;
  };
  enum class stage : std::uint8_t { blocked, direct, indirect };
  struct probing {
    member_index target = 0;
    std::uint32_t number = 0;
    stage is = stage::blocked;
    instant began{};
    instant next_at{};   // of the stage that comes
    instant deadline{};  // for any answer
    unsigned nacks = 0;
    unsigned nacks_expected = 0;
  };
  struct relay {
    member_index target = 0;
    member_index asker = 0;
    std::uint32_t asked_as = 0;
    instant nack_at = core::never;
    instant expires_at{};
  };

  void start_probe(instant now, process_output& out);
  void go_on_probing(instant now, process_output& out);
  void end_probe(bool answered, instant now, process_output& out);
  void gossip(instant now, process_output& out);
  void push_pull(member_index with, bool asks, process_output& out);
  void hear(member_index from, const model_word& said, instant now, process_output& out);
  void hear_alive(const model_word& said, instant now, process_output& out);
  void hear_suspect(const model_word& said, instant now, process_output& out);
  void hear_dead(const model_word& said, instant now, process_output& out);
  void refute(std::uint32_t incarnation, instant now);
  void set(member_index about, std::uint32_t incarnation, status is, instant now,
           process_output& out);
  void broadcast(const model_word& word);
  void add_health(int change);
  void set_deadline(suspicion& one) const;
  void send(member_index to, std::vector<model_word> words, process_output& out);
  [[nodiscard]] unsigned confirmations_wanted() const;
  [[nodiscard]] std::vector<member_index> pick(std::size_t count, member_index except,
                                               bool also_dead, instant now);

  model_settings settings_;
  model_start start_;
  core::random_source random_;
  std::vector<entry> table_;
  std::size_t live_ = 0;
  std::uint64_t live_digest_ = 0;
  std::vector<member_index> ring_;
  std::size_t ring_at_ = 0;
  std::map<member_index, suspicion> suspicions_;
  std::vector<rumour> rumours_;
  std::optional<probing> probe_;
  std::map<std::uint32_t, relay> relays_;
  std::uint32_t last_number_ = 0;
  unsigned health_ = 0;  // how badly it does
  instant next_probe_at_{};
  instant next_gossip_at_{};
  instant next_push_pull_at_{};
  instant stands_until_ = core::long_ago;
};

}  // namespace conclave::sim
