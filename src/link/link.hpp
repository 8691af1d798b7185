// Frames between this node and its peers (docs/protocol.md, "The link").
//
// Lock messages are repeated until they are acknowledged; gossip leaves once. Order is not kept and
// duplicates are not removed: every handler above stands both. Whatever is queued for one peer
// while one event is handled leaves in one frame. Every frame carries an anchor and an echo, on
// which sessions rest, and from which round trips are measured.
#pragma once

#include "base/address.hpp"
#include "base/digest.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "base/timer_queue.hpp"
#include "link/peer.hpp"
#include "wire/frame.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace conclave::core {

struct link_settings {
  node_boot self;
  std::uint64_t cluster = 0;  // hash of the label
  sealer seal;
  // A peer that is silent for this long is forgotten, with all that waits for it: every session
  // with it has lapsed by then on both sides.
  duration silence_max{};
  std::size_t peers_max = 0;
  std::size_t outbox_max = 0;  // reliable messages to one peer
  clock_limits clocks;
};

// What the link made of a frame that is well formed.
enum class arrival : std::uint8_t {
  accepted,
  other_receiver,  // meant for another boot of this node, or for another node
  older_sender,    // from a boot of the peer that a newer one replaced
  too_many_peers,
  own_name,  // from a process under this node's own name
};

// What a frame that was taken in tells besides its messages.
struct arrival_news {
  bool boot_changed = false;           // the peer is another run than before
  std::optional<clock_verdict> clock;  // about the peer's clock, when it is another than before
};

struct link_counters {
  std::uint64_t frames_sent = 0;
  std::uint64_t frames_received = 0;
  std::uint64_t retransmissions = 0;
  std::uint64_t outbox_overflows = 0;  // messages dropped because too many waited for one peer
};

// Frames as bytes in one buffer, so that sending allocates nothing once it has grown.
struct datagram {
  address to;
  std::size_t offset = 0;  // into the buffer
  std::size_t size = 0;
};

struct outbox {
  std::vector<datagram> frames;
  std::vector<std::byte> bytes;
};

class link {
 public:
  explicit link(link_settings settings) : settings_(std::move(settings)) {}

  // Takes in the header of a frame that came from `from`. The caller hands on the messages only
  // when accepted.
  arrival receive(const frame_header& header, const address& from, instant now, arrival_news& news);

  // A reliable message of this frame was understood: acknowledge the frame.
  void acknowledge(node_id from, sequence frame, instant now);

  // Queues for the end of this event. Reliable messages need a peer whose boot is known.
  void send(node_id to, message content);
  // The same, for one run of the peer: dropped when the peer is another by now.
  void send(const node_boot& to, message content);
  // Gossip to an address, whoever lives there.
  void send_to(const address& where, message content);
  // A frame to this peer even if there is nothing to say; `ask_reply`: and one back.
  void touch(node_id to, bool ask_reply);

  // Makes the peer known before it was heard, or moves one that is silent.
  void introduce(node_id id, const address& where, instant now);
  // The same, for one run of the peer.
  void introduce_run(const node_boot& who, const address& where, instant now);
  // Too much waited for this peer, and all of it was dropped. A RELEASE or a VOTE among it would be
  // missed for ever, so neither side may keep a session with it alive: it rests, and takes no
  // reliable message, until all have lapsed.
  [[nodiscard]] bool rests(node_id id) const;

  // Repeats what was not acknowledged in time; call flush() afterwards.
  void tick(instant now);
  [[nodiscard]] instant next_deadline() const { return dirty_.empty() ? timers_.next() : long_ago; }

  // Sends all that is due. `fill` sets the fields of the header that other layers own.
  using header_filler = std::function<void(frame_header&, node_boot to)>;
  void flush(instant now, const header_filler& fill, outbox& out);

  [[nodiscard]] const peer* find(node_id id) const;
  [[nodiscard]] const link_counters& counters() const { return counters_; }
  [[nodiscard]] const link_settings& settings() const { return settings_; }
  // Reliable messages that are not acknowledged yet.
  [[nodiscard]] std::size_t outstanding() const;
  [[nodiscard]] std::size_t peers() const { return peers_.size(); }

  // Everything that decides what it does from now on (docs/architecture.md, "The pure core").
  void add_to(digest& sum) const;

 private:
  struct unaddressed {
    address where;
    message content;
  };

  peer* find_mutable(node_id id);
  void measure(const frame_header& header, peer& one, instant now, arrival_news& news);
  void mark(node_id id, peer& one);
  void schedule(node_id id, peer& one);
  void drop_stale_timers();
  void flush_peer(node_id id, peer& one, instant now, const header_filler& fill, outbox& out);
  frame_header header_for(node_boot to, instant now, const peer* one);
  bool fill_frame(frame_builder& frame, frame_header& header, peer& one, instant now);
  void flush_unaddressed(instant now, const header_filler& fill, outbox& out);

  link_settings settings_;
  boost::unordered_flat_map<node_id, peer> peers_;  // never iterated
  std::vector<node_id> dirty_;                      // in the order of marking
  std::vector<unaddressed> unaddressed_;
  timer_queue<node_id> timers_;
  sequence last_sequence_;
  link_counters counters_;
};

// Lock messages are repeated until acknowledged; all others are sent once.
[[nodiscard]] bool is_reliable(const message& content);

}  // namespace conclave::core
