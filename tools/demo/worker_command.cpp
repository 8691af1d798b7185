// One process of the demo: it takes turns at the counter, and tells the board what it does.
#include "tools/demo/worker_command.hpp"

#include "runtime/clock.hpp"
#include "tools/cluster_options.hpp"
#include "tools/demo/board.hpp"
#include "tools/demo/ledger.hpp"
#include "tools/demo/scene.hpp"
#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"

#include <conclave/conclave.hpp>

#include <boost/system/error_code.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <thread>

namespace conclave::tools::demo {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds work_min{30};
constexpr milliseconds work_max{70};
constexpr milliseconds rest_min{5};
constexpr milliseconds rest_max{40};
constexpr milliseconds between_looks{4};  // at the lock's deadline, while working

std::int64_t now_ns() {
  return runtime::boot_time_now().time_since_epoch().count();
}

sight sight_of(member_status status) {
  switch (status) {
    case member_status::alive:
      return sight::alive;
    case member_status::suspect:
      return sight::suspect;
    case member_status::dead:
      return sight::dead;
    case member_status::left:
      return sight::left;
  }
  return sight::unknown;
}

class worker {
 public:
  explicit worker(const worker_options& chosen)
      : node_(chosen.node),
        board_(chosen.files.board(), false),
        desk_(board_->desks.at(chosen.node)),
        counter_(ledger::open(chosen.files.counter())),
        member_(config_of(chosen.node, ports_of(chosen), chosen.label, chosen.first_start),
                make_logger({}, spdlog::level::info)),
        lock_(member_, lock_name),
        random_(std::random_device()()) {
    for (auto& each : desk_.sees) {
      each = sight::unknown;
    }
    desk_.sees.at(node_) = sight::alive;
    desk_.doing = phase::starting;
    ++desk_.generation;
  }

  void run() {
    const subscription news =
        member_.subscribe([this](const member_event& event) { see(event.member); });
    boost::system::error_code error;
    do {
      member_.join(error);
    } while (error && !board_->finish);
    while (!board_->finish) {
      desk_.doing = phase::resting;
      std::this_thread::sleep_for(between(rest_min, rest_max));
      take_a_turn();
    }
    desk_.doing = phase::done;
    while (!board_->leave) {
      std::this_thread::sleep_for(rest_min);
    }
    member_.leave();
  }

 private:
  static port_list ports_of(const worker_options& chosen) {
    port_list ports{};
    std::ranges::copy_n(chosen.ports.begin(),
                        static_cast<std::ptrdiff_t>(std::min(ports.size(), chosen.ports.size())),
                        ports.begin());
    return ports;
  }

  milliseconds between(milliseconds least, milliseconds most) {
    return milliseconds(
        std::uniform_int_distribution<std::int64_t>(least.count(), most.count())(random_));
  }

  void see(const member& other) {
    const auto found = std::ranges::find(names, other.name);
    if (found != names.end()) {
      desk_.sees.at(static_cast<std::size_t>(found - names.begin())) = sight_of(other.status);
    }
  }

  void take_a_turn() {
    desk_.doing = phase::waiting;
    lock_.lock();
    belief_record& record = begin_record();
    if (!board_->finish && lock_.valid()) {
      increment(record);
    }
    look_at_deadline(record);
    record.released_ns = now_ns();
    lock_.release();
  }

  // Read, work, write, as a service does that trusts its lock while it works. Between the check and
  // the write lie tens of milliseconds, or as long as the process is stopped. Only the token helps
  // then, and the table that looks at it.
  void increment(belief_record& record) {
    const std::optional<std::int64_t> value = counter_.read_counter(lock_.token().value());
    if (!value) {
      ++desk_.writes_refused;  // it stood still before it read
      return;
    }
    if (!lock_.valid()) {
      return;
    }
    desk_.doing = phase::working;
    const std::int64_t done_ns =
        now_ns() + std::chrono::nanoseconds(between(work_min, work_max)).count();
    while (now_ns() < done_ns) {
      std::this_thread::sleep_for(between_looks);
      look_at_deadline(record);
    }
    desk_.doing = phase::writing;
    const bool accepted =
        counter_.write_counter(*value + 1, *value, lock_.token().value(), names.at(node_));
    ++(accepted ? desk_.writes_accepted : desk_.writes_refused);
  }

  belief_record& begin_record() {
    const std::size_t index = desk_.records;
    if (index >= desk::records_max) {
      throw failure(exit_internal, "the board is full");
    }
    belief_record& record = desk_.record.at(index);
    record.token = lock_.token().value();
    record.from_ns = now_ns();
    look_at_deadline(record);
    desk_.records = index + 1;
    return record;
  }

  // For the record only: nothing is decided by it.
  void look_at_deadline(belief_record& record) {
    const std::int64_t now = now_ns();
    const std::int64_t left = lock_.remaining().count();
    if (left > 0) {
      record.deadline_ns = std::max(record.deadline_ns.load(), now + left);
    }
  }

  std::size_t node_;
  shared_board board_;
  desk& desk_;
  ledger counter_;
  node member_;
  mutex lock_;
  std::mt19937 random_;
};

}  // namespace

std::string demo_files::log_of(std::size_t node) const {
  return fmt::format("{}/{}.log", folder, names.at(node));
}

std::vector<std::string> command_line_of(const worker_options& worker) {
  std::vector<std::string> line{"/proc/self/exe", "demo-worker",
                                "--folder",       worker.files.folder,
                                "--node",         std::to_string(worker.node),
                                "--ports",        fmt::format("{}", fmt::join(worker.ports, ",")),
                                "--label",        worker.label};
  if (worker.first_start) {
    line.emplace_back("--first-start");
  }
  return line;
}

command make_worker_command(CLI::App& parent) {
  auto chosen = std::make_shared<worker_options>();
  CLI::App* app = parent.add_subcommand("demo-worker", "one process of the demo");
  app->group("");  // hidden
  app->add_option("--folder", chosen->files.folder)->required();
  app->add_option("--node", chosen->node)
      ->required()
      ->check(CLI::Range(std::size_t{0}, nodes_max - 1));
  app->add_option("--ports", chosen->ports)->delimiter(',')->required();
  app->add_option("--label", chosen->label)->required();
  app->add_flag("--first-start", chosen->first_start);
  return {.options = app, .run = [chosen] {
            worker(*chosen).run();
            return exit_ok;
          }};
}

}  // namespace conclave::tools::demo
