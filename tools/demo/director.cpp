// The acts of the demo, in order.
#include "tools/demo/director.hpp"

#include "runtime/clock.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace conclave::tools::demo {

using boost::asio::awaitable;
using boost::asio::use_awaitable;
using runtime::boot_time_now;
using namespace std::chrono_literals;

namespace {

constexpr core::duration patience = 15s;  // for anything that must happen
constexpr core::duration look_interval = 2ms;
constexpr core::duration round_length = 20s;  // about as long as one of each fault takes
constexpr core::duration stop_length = lease_ttl * 18 / 10;

}  // namespace

director::director(boost::asio::io_context& context, shared_board& board, cast& processes,
                   chronicle& story, core::duration length)
    : board_(board), cast_(processes), story_(story), length_(length), timer_(context) {}

awaitable<void> director::play() {
  co_await open();
  for (std::size_t round = 0;; ++round) {
    co_await kill_the_holder();
    co_await stop_the_holder();
    co_await kill_a_voter(voters - 1 - round % voters);
    if (round == 0) {
      co_await add_a_node(nodes_at_start);
    }
    if (boot_time_now() - story_.begin() + round_length > length_) {
      break;
    }
  }
  const core::duration left = length_ - (boot_time_now() - story_.begin());
  co_await pause(std::max(left, core::duration(0)));
  co_await close();
}

awaitable<void> director::open() {
  for (std::size_t node = 0; node < nodes_at_start; ++node) {
    cast_.start(node, true);
  }
  story_.note(fmt::format("{} processes start; each knows one address, that of {}", nodes_at_start,
                          names.at(the_seed)));
  co_await until([this] { return all_see_each_other(); }, "all processes see each other");
  story_.note("all see each other");
  co_await until(
      [this] {
        return std::all_of(board_->desks.begin(), board_->desks.begin() + nodes_at_start,
                           [](const desk& one) { return one.writes_accepted > 0; });
      },
      "each process has had the lock");
  story_.note("each has had the lock");
  co_await pause(2s);
}

awaitable<void> director::kill_the_holder() {
  const std::size_t who =
      co_await freeze(phase::working, [](std::size_t node) { return !is_voter(node); });
  begin_fault("holder_killed", fmt::format("{} is killed while it holds the lock", names.at(who)),
              who);
  cast_.kill(who);
  co_await watch_next_holder();
  co_await until([&] { return all_see(who, sight::dead); },
                 fmt::format("all see that {} is dead", names.at(who)));
  story_.note(
      fmt::format("all others see {} dead after {}", names.at(who), in_seconds(since_fault())));
  co_await pause(1500ms);
  co_await bring_back(who);
  co_await pause(2s);
}

awaitable<void> director::stop_the_holder() {
  const std::size_t who =
      co_await freeze(phase::working, [](std::size_t node) { return !is_voter(node); });
  begin_fault("holder_stopped",
              fmt::format("{} is stopped between its check and its write", names.at(who)), who);
  const std::uint64_t refused = of(who).writes_refused;
  const std::uint64_t written = of(who).writes_accepted + refused;
  co_await watch_next_holder();
  const std::size_t acquired = acquisitions();
  co_await until([&] { return since_fault() >= stop_length && acquisitions() > acquired + 1; },
                 "others write while one is stopped");
  story_.note(fmt::format("{} goes on after {}, and writes with its old token", names.at(who),
                          in_seconds(since_fault())));
  cast_.resume(who);
  co_await until([&] { return of(who).writes_accepted + of(who).writes_refused > written; },
                 fmt::format("{} writes", names.at(who)));
  const bool refusal = of(who).writes_refused > refused;
  story_.note(
      fmt::format("the table {} {}'s late write", refusal ? "refuses" : "TAKES", names.at(who)));
  co_await pause(2500ms);
}

// While it neither holds nor waits, so that what is seen is the loss of a vote and nothing else.
awaitable<void> director::kill_a_voter(std::size_t voter) {
  co_await freeze(phase::resting, [=](std::size_t node) { return node == voter; });
  begin_fault("voter_killed", fmt::format("{}, a voter, is killed", names.at(voter)), voter);
  const std::size_t before = acquisitions();
  cast_.kill(voter);
  co_await pause(3s);
  story_.note(fmt::format("the others took {} turns in {} with the {} voters left",
                          acquisitions() - before, in_seconds(since_fault()), voters - 1));
  co_await bring_back(voter);
  story_.note(
      fmt::format("{} has forgotten its votes and lends none for a lease", names.at(voter)));
  co_await pause(lease_ttl + 1500ms);
}

awaitable<void> director::add_a_node(std::size_t node) {
  begin_fault("node_joined",
              fmt::format("{} joins, the sixth; it knows {}'s address alone", names.at(node),
                          names.at(the_seed)),
              node);
  cast_.start(node, false);
  co_await until([this] { return all_see_each_other(); }, "all see the one that joined");
  story_.note(fmt::format("all six see each other after {}", in_seconds(since_fault())));
  co_await until([&] { return of(node).writes_accepted > 0; },
                 fmt::format("{} has had the lock", names.at(node)));
  story_.note(
      fmt::format("{} has had the lock after {}", names.at(node), in_seconds(since_fault())));
  co_await pause(1500ms);
}

awaitable<void> director::close() {
  story_.end_fault();
  board_->finish = true;
  co_await until(
      [this] {
        for (std::size_t node = 0; node < nodes_max; ++node) {
          if (cast_.runs(node) && of(node).doing != phase::done) {
            return false;
          }
        }
        return true;
      },
      "all finish their turn");
  board_->leave = true;
  co_await until([this] { return cast_.all_ended(); }, "all leave");
}

// Looked at again once it stands still: it may have gone on in between.
awaitable<std::size_t> director::freeze(phase doing, filter wanted) {
  std::size_t found = nodes_max;
  const auto try_to = [&] {
    for (std::size_t node = 0; node < nodes_max && found == nodes_max; ++node) {
      if (!cast_.runs(node) || !wanted(node) || of(node).doing != doing || !cast_.stop(node)) {
        continue;
      }
      if (of(node).doing == doing) {
        found = node;
      } else {
        cast_.resume(node);
      }
    }
    return found != nodes_max;
  };
  co_await until(try_to, "a process to stop is found");
  co_return found;
}

awaitable<void> director::watch_next_holder() {
  const fault& begun = story_.faults().back();
  std::size_t next = nodes_max;
  co_await until(
      [&] {
        for (const belief& one : beliefs_on(*board_, begun.at)) {
          next = one.node != begun.node ? one.node : next;
        }
        return next != nodes_max;
      },
      "somebody has the lock after the fault");
  story_.note(fmt::format("{} has the lock {} later; the lease is {}", names.at(next),
                          in_seconds(since_fault()), in_seconds(lease_ttl)));
}

awaitable<void> director::bring_back(std::size_t node) {
  const core::instant started = boot_time_now();
  const std::size_t before = of(node).records;
  cast_.start(node, false);
  story_.note(fmt::format("{} is started again", names.at(node)));
  co_await until([&] { return of(node).records > before && all_see_each_other(); },
                 fmt::format("{} is back", names.at(node)));
  story_.note(fmt::format("{} is seen by all and has had the lock after {}", names.at(node),
                          in_seconds(boot_time_now() - started)));
}

awaitable<void> director::pause(core::duration time) {
  const core::instant end = boot_time_now() + time;
  co_await until([&] { return boot_time_now() >= end; }, {});
}

// Without a name it waits for as long as it takes.
awaitable<void> director::until(std::function<bool()> done, std::string what) {
  const core::instant begin = boot_time_now();
  while (!done()) {
    if (const auto death = cast_.find_death(board_->leave); death) {
      throw stalled(*death);
    }
    if (!what.empty() && boot_time_now() - begin > patience) {
      throw stalled(fmt::format("waited {} in vain until {}", in_seconds(patience), what));
    }
    timer_.expires_after(look_interval);
    co_await timer_.async_wait(use_awaitable);
  }
}

bool director::all_see(std::size_t node, sight how) const {
  for (std::size_t other = 0; other < nodes_max; ++other) {
    if (other != node && cast_.runs(other) && of(other).sees.at(node) != how) {
      return false;
    }
  }
  return true;
}

bool director::all_see_each_other() const {
  for (std::size_t node = 0; node < nodes_max; ++node) {
    // Its own row too: one that has just started has to find the others first.
    if (cast_.runs(node) && (of(node).doing == phase::absent || !all_see(node, sight::alive))) {
      return false;
    }
  }
  return true;
}

std::size_t director::acquisitions() const {
  std::size_t sum = 0;
  for (const desk& one : board_->desks) {
    sum += one.records;
  }
  return sum;
}

void director::begin_fault(std::string kind, std::string what, std::size_t node) {
  const outage* out = cast_.outage_of(node);
  story_.begin_fault({.kind = std::move(kind),
                      .what = std::move(what),
                      .node = node,
                      .at = out != nullptr ? out->from : boot_time_now()});
}

core::duration director::since_fault() const {
  return boot_time_now() - story_.faults().back().at;
}

}  // namespace conclave::tools::demo
