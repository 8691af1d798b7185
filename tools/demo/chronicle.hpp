// What was done to whom in the demo, and what followed.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace conclave::tools::demo {

enum class entry_kind { fault, effect };

struct entry {
  core::instant at;
  entry_kind kind = entry_kind::effect;
  std::string text;
};

// One thing that was done, and the time in which its consequences were watched.
struct fault {
  std::string kind;  // "holder_killed", ...
  std::string what;  // a few words for people
  std::size_t node = 0;
  core::instant at;
  core::instant until = core::never;
};

class chronicle {
 public:
  explicit chronicle(core::instant begin) : begin_(begin) {}

  [[nodiscard]] core::instant begin() const { return begin_; }
  [[nodiscard]] const std::vector<entry>& entries() const { return entries_; }
  [[nodiscard]] const std::vector<fault>& faults() const { return faults_; }

  void note(std::string text);
  // A fault that begins now; the one before is over then at the latest.
  void begin_fault(fault begun);
  void end_fault();

 private:
  core::instant begin_;
  std::vector<entry> entries_;
  std::vector<fault> faults_;
};

// "0.934 s"
[[nodiscard]] std::string in_seconds(core::duration duration);

}  // namespace conclave::tools::demo
