// Shows the demo while it runs: a picture that changes, or lines, or nothing.
#pragma once

#include "base/time.hpp"
#include "tools/demo/frame.hpp"

#include <cstddef>
#include <cstdio>
#include <string>

namespace conclave::tools::demo {

enum class display { pictures, lines, nothing };

class screen {
 public:
  // `out` is stdout or stderr.
  screen(display how, std::FILE* out);
  screen(const screen&) = delete;
  screen& operator=(const screen&) = delete;
  ~screen();  // gives the cursor back

  [[nodiscard]] core::duration interval() const;
  void show(const picture& current);

 private:
  void show_picture(const picture& current);
  void show_lines(const picture& current);

  display how_;
  std::FILE* out_;
  bool colour_;
  std::size_t rows_drawn_ = 0;
  std::size_t entries_shown_ = 0;
  core::instant status_at_;
};

// Pictures when `out` is a terminal that is large enough and `plain` was not asked for.
[[nodiscard]] display choose_display(std::FILE* out, bool plain);

}  // namespace conclave::tools::demo
