// Memory that all processes of the demo share: what each does, sees and believes.
#pragma once

#include "base/time.hpp"
#include "tools/demo/scene.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace conclave::tools::demo {

enum class phase : std::uint8_t {
  absent,    // no process
  starting,  // has not joined yet
  resting,
  waiting,  // for the lock
  working,  // holds it: has read the counter and checked its lock for the last time
  writing,
  done,
};

// What one node sees of another.
enum class sight : std::uint8_t { unknown, alive, suspect, dead, left };

// One acquisition, as its holder saw it. Written by the holder alone and independent of the lock:
// it believed from `from_ns` until it released, or else until `deadline_ns`.
struct belief_record {
  std::atomic<std::uint64_t> token = 0;
  std::atomic<std::int64_t> from_ns = 0;
  std::atomic<std::int64_t> deadline_ns = 0;  // grows with each extension that was seen
  std::atomic<std::int64_t> released_ns = 0;  // 0: not yet
};

// Written by one process, read by all. A process that comes back goes on with its records.
struct desk {
  static constexpr std::size_t records_max = 16'384;

  std::atomic<phase> doing = phase::absent;
  std::atomic<std::uint32_t> generation = 0;  // how often it was started
  std::atomic<std::uint64_t> writes_accepted = 0;
  std::atomic<std::uint64_t> writes_refused = 0;
  std::array<std::atomic<sight>, nodes_max> sees{};
  std::atomic<std::size_t> records = 0;
  std::array<belief_record, records_max> record{};
};

struct board {
  std::atomic<bool> finish = false;  // all: finish your turn and take no other
  std::atomic<bool> leave = false;   // all: go. Not before, as those who still wait need the votes
  std::array<desk, nodes_max> desks{};
};

static_assert(std::atomic<phase>::is_always_lock_free &&
                  std::atomic<std::int64_t>::is_always_lock_free,
              "processes share them");

// The board in a file that every process maps.
class shared_board {
 public:
  // Throws failure. `create`: by the parent, before all others.
  shared_board(const std::string& path, bool create);
  shared_board(const shared_board&) = delete;
  shared_board& operator=(const shared_board&) = delete;
  ~shared_board();

  board* operator->() { return board_; }
  const board* operator->() const { return board_; }
  const board& operator*() const { return *board_; }

 private:
  board* board_ = nullptr;
};

// One stretch of time in which one process believed that it held the lock.
struct belief {
  std::size_t node = 0;
  std::uint64_t token = 0;
  core::instant from;
  core::instant until;
};

// All beliefs up to now that began at `since` or later, by node, then in order of acquisition.
[[nodiscard]] std::vector<belief> beliefs_on(const board& from, core::instant since = {});

}  // namespace conclave::tools::demo
