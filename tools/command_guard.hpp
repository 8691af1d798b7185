// A small process that kills the command when this one can't.
#pragma once

#include "base/time.hpp"

#include <sys/types.h>

#include <atomic>
#include <cstdint>

namespace conclave::tools {

// `conclave run` may be stopped, swapped out or killed while its command goes on. The guard knows
// until when the lock is held, and kills the command's process group in time, or as soon as this
// process is gone.
class command_guard {
 public:
  // Forks: to be called before there are threads. Throws failure.
  command_guard();
  command_guard(const command_guard&) = delete;
  command_guard& operator=(const command_guard&) = delete;
  ~command_guard();  // the guard ends, and kills what it still watches

  // Where the command's process group is to be written, by the command itself before it does
  // anything: else this process could be killed or stopped before it has told the guard of it.
  std::atomic<pid_t>& watch(core::instant kill_at);
  void postpone(core::instant kill_at);
  void forget();  // before the group's number is free for others

  // When the guard had to act; never, if it had not.
  [[nodiscard]] core::instant killed_at() const;

  struct shared_state {
    std::atomic<std::int64_t> kill_at_ns = 0;    // 0: never
    std::atomic<std::int64_t> killed_at_ns = 0;  // 0: not
    std::atomic<pid_t> group = 0;                // 0: none, or not yet
  };

 private:
  shared_state* state_;
  int pipe_ = -1;
  pid_t id_ = -1;
};

}  // namespace conclave::tools
