// One peer as the link sees it: where it is, what it heard, what waits for its acknowledgement.
#pragma once

#include "base/address.hpp"
#include "base/digest.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "link/clock_rate.hpp"
#include "wire/frame.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace conclave::core {

// Smoothed round trip and the retransmission time-out drawn from it (RFC 6298).
class round_trip {
 public:
  void sample(duration measured);
  [[nodiscard]] duration timeout(unsigned attempts) const;
  [[nodiscard]] duration smoothed() const { return smoothed_; }
  [[nodiscard]] bool known() const { return known_; }
  void add_to(digest& sum) const { sum.add_all(smoothed_, variation_, std::uint64_t{known_}); }

 private:
  duration smoothed_{};
  duration variation_{};
  bool known_ = false;
};

// How long an acknowledgement may wait for a frame to ride on. In every time-out.
inline constexpr duration acknowledgement_delay = std::chrono::milliseconds(5);
inline constexpr duration retransmit_first = std::chrono::milliseconds(100);
inline constexpr duration retransmit_max = std::chrono::milliseconds(1'000);
// So many copies of a message are known, the latest. Half a round trip apart or more, one of them
// is still known when its acknowledgement comes.
inline constexpr std::size_t copies_max = 4;
inline constexpr std::size_t in_flight_max = 256;  // messages to one peer, sent, not acknowledged

struct outgoing {
  message content;
  std::array<sequence, copies_max> sent_in{};  // frames that carried it, the latest first; 0: none
  unsigned attempts = 0;
  instant resend_at = long_ago;

  void sent(sequence frame);
};

struct peer {
  address where;
  boot_id boot;  // 0: never heard

  std::optional<instant> latest_anchor;  // on the peer's clock: what we echo
  instant latest_anchor_at{};            // when it came, on ours
  std::optional<instant> latest_echo;    // the greatest own anchor that the peer echoed
  instant last_heard{};                  // or when we began to try
  round_trip trip;
  clock_rate clock;

  std::vector<outgoing> in_flight;
  // Rounds of repetitions since anything was acknowledged, each twice as long as the one before.
  // Who does not answer is not pressed with the quick repetitions of each further message.
  unsigned unanswered = 0;
  instant round_ends = long_ago;
  std::vector<message> waiting;  // for room in flight, oldest first, from waiting_head on
  std::size_t waiting_head = 0;
  std::vector<message> unreliable;  // leave with the next frame, once
  bool rests = false;               // see link::rests()
  instant rests_until = never;
  std::array<sequence, acknowledgements_max> to_acknowledge{};
  std::uint8_t to_acknowledge_count = 0;
  instant acknowledge_by = never;

  bool dirty = false;      // something leaves at the end of this event
  bool reply_due = false;  // a frame leaves even when there is nothing to say
  bool ask_reply = false;  // that frame asks for one in return
  instant timer = never;   // the earliest entry in the link's timer queue

  [[nodiscard]] std::size_t outbox_size() const {
    return in_flight.size() + (waiting.size() - waiting_head);
  }
  // The earliest instant at which this peer needs a frame or can be forgotten.
  [[nodiscard]] instant next_deadline(duration silence_max) const;

  void drop_outbox();
  void wake(instant now);  // when its rest is over
  void forget_boot();      // all that belonged to one run of the peer
  // True when it answers after a silence: its deadline may have become earlier.
  bool acknowledged(sequence frame, instant now);
  void repeats(instant now);
  void fill_flight();  // moves waiting messages into flight, as many as there is room for
};

}  // namespace conclave::core
