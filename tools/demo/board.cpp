// Mapping the board, and reading beliefs off it.
#include "tools/demo/board.hpp"

#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>

namespace conclave::tools::demo {

shared_board::shared_board(const std::string& path, bool create) {
  const int file = open(path.c_str(), O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_EXCL : 0), 0600);
  if (file < 0 || (create && ftruncate(file, sizeof(board)) != 0)) {
    throw system_failure(exit_unavailable, path);
  }
  void* memory = mmap(nullptr, sizeof(board), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory == MAP_FAILED) {
    throw system_failure(exit_unavailable, path);
  }
  board_ = create ? new (memory) board : std::launder(static_cast<board*>(memory));
}

shared_board::~shared_board() {
  munmap(board_, sizeof(board));
}

std::vector<belief> beliefs_on(const board& from, core::instant since) {
  const auto instant_of = [](const std::atomic<std::int64_t>& ns) {
    return core::instant(core::duration(ns.load()));
  };
  std::vector<belief> found;
  for (std::size_t node = 0; node < nodes_max; ++node) {
    const desk& one = from.desks[node];
    const std::size_t first = found.size();
    // From the last, as few are wanted of many.
    for (std::size_t i = one.records.load(); i > 0; --i) {
      const belief_record& record = one.record[i - 1];
      if (instant_of(record.from_ns) < since) {
        break;
      }
      const core::instant deadline = instant_of(record.deadline_ns);
      const core::instant released = instant_of(record.released_ns);
      found.push_back(
          {.node = node,
           .token = record.token.load(),
           .from = instant_of(record.from_ns),
           .until = released == core::instant() ? deadline : std::min(deadline, released)});
    }
    std::reverse(found.begin() + static_cast<std::ptrdiff_t>(first), found.end());
  }
  return found;
}

}  // namespace conclave::tools::demo
