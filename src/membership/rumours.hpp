// News that this node still has to pass on, and how often it has done so.
#pragma once

#include "base/digest.hpp"
#include "base/ids.hpp"
#include "membership/member_table.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace conclave::core {

// A rumour only says about whom there is news: the text is what the table believes when it leaves.
// So newer news about a member replaces older by itself.
class rumours {
 public:
  enum class kind : std::uint8_t {
    arrival,  // who has not heard of it finds it when it compares tables
    word,     // all else: it can't wait
    rider,    // it can wait: it goes with what is sent anyway, where others leave room
  };
  // How often each is told, at most.
  struct times {
    std::uint32_t arrivals = 1;
    std::uint32_t words = 1;
  };

  // News about this member: it is told from the beginning, whatever was told before.
  void add(node_id about, kind which);

  // The rumours for one frame: the least told first and riders last, until their updates fill
  // `budget` bytes. Each counts as told once more, and is dropped when told so many times, or less
  // often where there are many.
  [[nodiscard]] std::vector<node_id> take(const member_table& table, std::size_t budget,
                                          const times& most);

  void clear();
  [[nodiscard]] bool empty() const { return current_.empty(); }
  // There are others than riders: they need rounds of their own.
  [[nodiscard]] bool hurry() const { return riding_ < current_.size(); }
  [[nodiscard]] std::size_t size() const { return current_.size(); }
  [[nodiscard]] bool has(node_id about) const { return current_.contains(about); }

  // Everything that decides what it does from now on (docs/architecture.md, "The pure core").
  void add_to(digest& sum) const;

 private:
  struct standing {
    std::uint32_t told = 0;
    std::uint32_t stamp = 0;  // tells a member's current entry from those it left behind
    kind which = kind::word;
  };
  struct entry {
    node_id about;
    std::uint32_t stamp = 0;
  };
  // Entries told equally often, oldest first, from `head` on.
  struct bucket {
    std::vector<entry> entries;
    std::size_t head = 0;

    void compact();
  };

  struct taken_entry {
    node_id about;
    std::uint32_t told = 0;
    std::uint32_t most = 0;
    kind which = kind::word;
  };
  using queue = std::vector<bucket>;  // by how often they were told

  [[nodiscard]] queue& queue_of(kind which);
  void take_from(queue& from, const member_table& table, std::size_t& budget, const times& most,
                 std::vector<taken_entry>& taken);
  void drop(node_id about);
  void insert(node_id about, std::uint32_t told, kind which);
  bool drop_most_told(queue& from);
  [[nodiscard]] bool is_current(const entry& one, std::uint32_t told) const;

  boost::unordered_flat_map<node_id, standing> current_;  // never iterated
  queue others_;
  queue riders_;
  std::size_t riding_ = 0;  // of current_
  std::uint32_t last_stamp_ = 0;
};

// The more there is to tell, the less often each is told: it is this divided by their number, and
// once at least. Else thousands that come or go together would keep all busy for minutes with what
// comparing tables says sooner.
inline constexpr std::size_t tellings_max = 4'096;
// More push out those that were told most.
inline constexpr std::size_t rumours_max = 1'024;

// No more bytes of a member_update than this with its kind and length.
[[nodiscard]] std::size_t update_size_max(const belief& known);

// Bytes of messages that one piece of gossip fills: with the greatest header and trailer well
// under a frame, so that it leaves in one.
inline constexpr std::size_t gossip_budget = 1'000;

}  // namespace conclave::core
