// Many nodes, each in a process of its own, and what each of them sees of the others.
#pragma once

#include "processes.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace conclave::bench {

inline constexpr std::size_t member_processes_max = 60;

// What one process was told of another member. Times are those of std::chrono::steady_clock, which
// is one for all processes of a machine, in nanoseconds; 0: not yet.
struct sight {
  std::atomic<bool> live = false;
  std::atomic<int> deaths = 0;
  std::atomic<std::int64_t> changed_at = 0;  // `live` changed last
};

// Who sees, then who is seen.
using sights = std::array<std::array<sight, member_processes_max>, member_processes_max>;

// All are started at once, with the first as their seed, and ended with this object. They use the
// settings as they are, and no locks. The parent must have no threads.
class member_processes {
 public:
  explicit member_processes(std::size_t count);
  ~member_processes();
  member_processes(const member_processes&) = delete;
  member_processes& operator=(const member_processes&) = delete;

  void stop(std::size_t index);   // SIGSTOP
  void go_on(std::size_t index);  // SIGCONT
  void kill(std::size_t index);   // SIGKILL

  // All that were not killed see one another, and nobody who was.
  [[nodiscard]] bool all_see_all() const;
  // All that run see `index` no more.
  [[nodiscard]] bool is_gone_for_all(std::size_t index) const;
  // How often some process was told that one died which was never stopped nor killed.
  [[nodiscard]] int wrong_deaths() const;
  [[nodiscard]] std::size_t size() const { return members_.size(); }
  [[nodiscard]] const sight& seen(std::size_t by, std::size_t whom) const;

 private:
  enum class state : std::uint8_t { runs, stopped, killed };
  struct member {
    pid_t process = -1;
    state now = state::runs;
    bool healthy = true;  // never stopped nor killed
  };
  struct board {
    std::atomic<std::uint16_t> seed_port = 0;  // of the first, once it listens
    sights seen;
  };

  static void take_part(board& all, std::size_t index, pid_t parent);
  void signal(std::size_t index, int number, state after);

  shared<board> board_;
  std::vector<member> members_;
};

}  // namespace conclave::bench
