// Redrawing in place, a few times a second.
#include "tools/demo/screen.hpp"

#include "tools/terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace conclave::tools::demo {

namespace {

constexpr core::duration status_interval = std::chrono::seconds(2);
constexpr const char* hide_cursor = "\x1b[?25l";
constexpr const char* show_cursor = "\x1b[?25h";

}  // namespace

display choose_display(std::FILE* out, bool plain) {
  const int descriptor = fileno(out);
  const terminal_size size = size_of_terminal(descriptor);
  const bool fits = size.columns >= frame_columns && size.rows > frame_rows;
  return !plain && wants_colour(descriptor) && fits ? display::pictures : display::lines;
}

screen::screen(display how, std::FILE* out)
    : how_(how), out_(out), colour_(wants_colour(fileno(out))) {
  if (how_ == display::pictures) {
    fmt::print(out_, "{}", hide_cursor);
  }
}

screen::~screen() {
  if (how_ == display::pictures) {
    fmt::print(out_, "{}\n", show_cursor);
    std::fflush(out_);
  }
}

core::duration screen::interval() const {
  return std::chrono::milliseconds(how_ == display::pictures ? 150 : 50);
}

void screen::show(const picture& current) {
  switch (how_) {
    case display::pictures:
      show_picture(current);
      break;
    case display::lines:
      show_lines(current);
      break;
    case display::nothing:
      break;
  }
}

// Over the picture before, line by line and in one piece, so that nothing flickers.
void screen::show_picture(const picture& current) {
  const std::size_t columns = size_of_terminal(fileno(out_)).columns;
  std::string text = rows_drawn_ > 0 ? fmt::format("\x1b[{}A", rows_drawn_) : "";
  const std::vector<text_line> lines = draw(current);
  for (const text_line& line : lines) {
    text += "\r" + render(line, columns - 1, colour_) + "\x1b[K\n";
  }
  rows_drawn_ = lines.size();
  std::fwrite(text.data(), 1, text.size(), out_);
  std::fflush(out_);
}

void screen::show_lines(const picture& current) {
  const std::vector<entry>& entries = current.story.entries();
  for (; entries_shown_ < entries.size(); ++entries_shown_) {
    const entry& noted = entries[entries_shown_];
    const style look = noted.kind == entry_kind::fault ? style::bold : style::plain;
    fmt::print(out_, "{}\n", render({{log_line(current.story, noted), look}}, 200, colour_));
    status_at_ = current.now + status_interval;
  }
  if (current.now >= status_at_) {
    fmt::print(out_, "{}\n", render({{status_line(current), style::dim}}, 200, colour_));
    status_at_ = current.now + status_interval;
  }
  std::fflush(out_);
}

}  // namespace conclave::tools::demo
