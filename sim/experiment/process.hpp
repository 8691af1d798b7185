// One simulated process of a membership protocol, whichever, and what it gives out.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"
#include "wire/message.hpp"

#include <conclave/member.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace conclave::sim {

using core::duration;
using core::instant;
using member_index = std::uint32_t;

// What a model of another protocol says (sim/experiment/model.hpp).
struct model_word {
  enum class what : std::uint8_t { ping, ping_request, ack, nack, alive, suspect, dead, pull };

  what is = what::ping;
  member_index about = 0;  // who is pinged, or spoken of
  std::uint32_t incarnation = 0;
  member_index by = 0;      // who suspects it, or declares it dead
  std::uint32_t probe = 0;  // of pings and their answers
};

// What is in one datagram, or one stream.
struct parcel {
  core::node_boot sender;
  std::vector<core::message> messages;  // of conclave
  std::vector<model_word> words;        // of a model

  // How many times it says what somebody believes about a member.
  [[nodiscard]] std::size_t news() const;
};

struct sent_parcel {
  member_index to = 0;
  std::uint64_t bytes = 0;   // with the headers of IPv4 and UDP
  bool is_reliable = false;  // a stream: nothing of it is lost where there is a way
  parcel content;
};

struct seen_change {
  member_index about = 0;
  member_event_kind kind = member_event_kind::joined;
};

struct process_output {
  std::vector<sent_parcel> sends;
  std::vector<seen_change> changes;

  void clear() {
    sends.clear();
    changes.clear();
  }
};

// All times are its own clock's.
class process {
 public:
  process() = default;
  process(const process&) = delete;
  process& operator=(const process&) = delete;
  virtual ~process() = default;

  virtual void join(instant now, process_output& out) = 0;
  virtual void tick(instant now, process_output& out) = 0;
  virtual void arrive(member_index from, const parcel& came, instant now, process_output& out) = 0;
  [[nodiscard]] virtual instant next_deadline() const = 0;

  // Adds what it says of itself to whom it meets.
  virtual void introduce(parcel& to) const = 0;

  // How many it believes alive or suspect, itself among them.
  [[nodiscard]] virtual std::size_t live() const = 0;
  // Equal for two that believe the same alive or suspect.
  [[nodiscard]] virtual std::uint64_t live_digest() const = 0;

  // It neither sends nor receives until then.
  virtual void stands_until(instant when) { static_cast<void>(when); }
  // Whether its timers run all the same, as those of other threads do.
  [[nodiscard]] virtual bool has_other_threads() const { return false; }
};

inline constexpr std::uint64_t ip_and_udp = 28;

}  // namespace conclave::sim
