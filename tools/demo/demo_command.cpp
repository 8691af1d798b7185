// Setting the stage, playing, clearing up.
#include "tools/demo/demo_command.hpp"

#include "runtime/clock.hpp"
#include "tools/demo/board.hpp"
#include "tools/demo/cast.hpp"
#include "tools/demo/chronicle.hpp"
#include "tools/demo/director.hpp"
#include "tools/demo/ledger.hpp"
#include "tools/demo/screen.hpp"
#include "tools/demo/summary.hpp"
#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"
#include "tools/signals.hpp"
#include "tools/temporary_folder.hpp"
#include "tools/terminal.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace conclave::tools::demo {

namespace {

namespace asio = boost::asio;

constexpr unsigned default_seconds = 25;
constexpr unsigned longest_seconds = 600;

constexpr const char* help_footer = R"(Example:
  conclave demo
  conclave demo --json > demo.json

Runs a small cluster on this machine, does bad things to it, and checks what the
library promises. Five processes find each other through one of them and take
turns on one lock; three of them vote. Under the lock each reads a counter out of
an SQLite file, works, and writes it back with its fencing token. Meanwhile the
holder is killed, a holder is stopped for longer than its lease, a voter is killed
and started again, and a sixth process joins. All happens on the loopback and in a
temporary folder, and nothing is left behind.

A terminal of 80x24 or more shows a picture, another output gets lines. With --json
both go to stderr, and only to a terminal. NO_COLOR is obeyed.

Exit codes:
  0    all promises were kept
  1    a promise was broken
  64   options that can't be understood
  69   a port or a file can't be had)";

struct demo_options {
  bool json = false;
  bool plain = false;
  bool keep = false;
  unsigned seconds = default_seconds;
};

class performance {
 public:
  performance(const demo_options& chosen, const demo_files& files)
      : signals_(context_, {SIGINT, SIGTERM, SIGHUP}, [this](int signal) { interrupt(signal); }),
        board_(files.board(), true),
        counter_(ledger::create(files.counter())),
        cast_(files, find_free_ports(), "conclave-demo-" + std::to_string(getpid())),
        story_(runtime::boot_time_now()),
        director_(context_, board_, cast_, story_, std::chrono::seconds(chosen.seconds)),
        out_(chosen.json ? stderr : stdout),
        display_(chosen.json && !is_terminal(STDERR_FILENO) ? display::nothing
                                                            : choose_display(out_, chosen.plain)) {}

  // Nothing when it was interrupted.
  std::optional<summary> play() {
    asio::co_spawn(context_, director_.play(), [this](std::exception_ptr error) {
      failed_ = error;
      context_.stop();
    });
    {
      screen shown(display_, out_);
      asio::co_spawn(context_, keep_showing(shown), [](std::exception_ptr) {});
      context_.run();
      shown.show(current());
    }
    if (interrupted_by_ != 0) {
      return std::nullopt;
    }
    return summarise(*board_, cast_, story_, counter_.audit(), why_stalled());
  }
  [[nodiscard]] int interrupted_by() const { return interrupted_by_; }

 private:
  void interrupt(int signal) {
    interrupted_by_ = signal;
    context_.stop();
  }

  [[nodiscard]] picture current() {
    return {.state = *board_,
            .processes = cast_,
            .story = story_,
            .now = runtime::boot_time_now(),
            .utf8 = speaks_utf8()};
  }

  asio::awaitable<void> keep_showing(screen& shown) {
    asio::steady_timer timer(context_);
    for (;;) {
      shown.show(current());
      timer.expires_after(shown.interval());
      co_await timer.async_wait(asio::use_awaitable);
    }
  }

  // What else may go wrong than a promise goes on as an exception.
  [[nodiscard]] std::string why_stalled() const {
    try {
      if (failed_) {
        std::rethrow_exception(failed_);
      }
    } catch (const stalled& why) {
      return why.what();
    }
    return {};
  }

  asio::io_context context_{1};
  signal_watch signals_;
  shared_board board_;
  ledger counter_;
  cast cast_;
  chronicle story_;
  director director_;
  std::FILE* out_;
  display display_;
  std::exception_ptr failed_;
  int interrupted_by_ = 0;
};

int play_demo(const demo_options& chosen) {
  temporary_folder folder("conclave-demo");
  performance shown(chosen, {.folder = folder.path()});
  const std::optional<summary> seen = shown.play();
  if (!seen) {
    return exit_signal_base + shown.interrupted_by();
  }
  if (chosen.json) {
    fmt::print("{}\n", to_json(*seen).dump(2));
  } else {
    fmt::print("{}", to_text(*seen, wants_colour(STDOUT_FILENO)));
  }
  if (chosen.keep || !seen->broken.empty()) {
    folder.keep();
    fmt::print(stderr, "conclave: the demo's files are in {}\n", folder.path());
  }
  return seen->broken.empty() ? exit_ok : exit_broken;
}

}  // namespace

command make_demo_command(CLI::App& parent) {
  auto chosen = std::make_shared<demo_options>();
  CLI::App* app = parent.add_subcommand("demo", "show processes that share a lock, under faults");
  app->footer(help_footer);
  app->add_flag("--json", chosen->json, "print the summary as one JSON object on stdout");
  app->add_option("--seconds", chosen->seconds,
                  "go on for that long, at least until each fault was seen once (default: 25)")
      ->check(CLI::Range(1U, longest_seconds))
      ->type_name("N");
  app->add_flag("--plain", chosen->plain, "lines instead of a picture");
  app->add_flag("--keep", chosen->keep, "keep the folder with the counter and the logs");
  return {.options = app, .run = [chosen] { return play_demo(*chosen); }};
}

}  // namespace conclave::tools::demo
