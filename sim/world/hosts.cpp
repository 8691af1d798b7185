// Machines and their processes.
#include "sim/world/simulated_surroundings.hpp"
#include "sim/world/universe.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <spdlog/details/null_mutex.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <algorithm>
#include <cstdlib>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;

// 2026, counted from 1970: what wall clocks show when a world begins, until they are set.
constexpr std::chrono::nanoseconds wall_at_zero = 1'767'225'600s;
// Processes that are started together are not ready together.
constexpr core::duration start_takes_max = 100ms;
// What reading clocks in whole nanoseconds may add, kept off the promised bound.
constexpr std::int64_t rounding_ppb = 100;

// The node's log lines become part of the story.
class story_sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit story_sink(const host_state& host) : host_(host) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    host_.around->note(host_.name + ": " + std::string(line.payload.data(), line.payload.size()));
  }
  void flush_() override {}

 private:
  const host_state& host_;
};

std::shared_ptr<spdlog::logger> story_logger(const host_state& host) {
  return std::make_shared<spdlog::logger>(host.name, std::make_shared<story_sink>(host));
}

// Twins have one wall clock.
host_state& with_wall_clock(host_state& of) {
  return of.twin_of == nullptr ? of : with_wall_clock(*of.twin_of);
}

}  // namespace

process::process(universe& around, const host_state& on)
    : context(around, on.clock, on.slow, on.name) {}

host_state& universe::add_host(config settings, bool makes_node) {
  const auto index = static_cast<machine_index>(hosts_.size());
  const std::int64_t bound = std::int64_t{settings.clock_drift_max_ppm} * 1'000 - rounding_ppb;
  const std::int64_t ahead_ppb =
      bound <= 0
          ? 0
          : static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(2 * bound + 1))) -
                bound;
  const core::instant at_zero{random_.between(core::duration(1h), core::duration(2h))};
  const std::string name = settings.name;
  hosts_.push_back(
      std::make_unique<host_state>(host_state{.around = this,
                                              .index = index,
                                              .name = name,
                                              .where = network_.move(index),
                                              .settings = std::move(settings),
                                              .makes_node = makes_node,
                                              .clock = skewed_clock(at_zero, ahead_ppb)}));
  host_state& added = *hosts_.back();
  added.settings.bind = added.address_text();
  return added;
}

void universe::start(host_state& on) {
  note(on.name + (on.started_before ? " starts again" : " starts"));
  on.paused = false;
  on.suspended = false;
  on.settings.new_cluster = on.settings.new_cluster && !on.started_before;
  on.started_before = true;
  on.running = std::make_unique<process>(*this, on);
  process& fresh = *on.running;
  plan_turn_within(fresh.context, start_takes_max);
  fresh.surroundings = std::make_shared<simulated_surroundings>(on, fresh.context);
  boost::asio::make_service<runtime::surroundings_service>(fresh.context, fresh.surroundings);
  if (on.makes_node) {
    fresh.node = std::make_unique<conclave::node>(fresh.context, on.settings, story_logger(on));
    // It goes on trying, whatever comes of this.
    fresh.node->async_join([](boost::system::error_code /*ignored*/) {});
  }
  for (const start_function& each : on.starts) {
    begin(each, on);
  }
}

void universe::begin(const start_function& what, host_state& on) {
  process_context& context = on.running->context;
  context.add(make_task([this, what, &on, &context] { spawn(context, (*what)(on)); }));
}

void universe::spawn(process_context& on, boost::asio::awaitable<void> what) {
  boost::asio::co_spawn(boost::asio::any_io_executor(on.get_executor()), std::move(what),
                        [this, &on](std::exception_ptr thrown) {
                          if (thrown) {
                            fail(on.name(), std::move(thrown));
                          }
                        });
}

void universe::crash(host_state& on) {
  note(on.name + " crashes");
  end_process(on);
}

void universe::end_process(host_state& on) {
  std::unique_ptr<process> gone = std::move(on.running);
  gone->surroundings->die();
  gone->context.die();
  on.port = nullptr;
  witness_.forget(on);
  for (auto& [name, barrier] : barriers_) {
    std::erase(barrier.stopped, &on);
  }
  bury_later(std::move(gone));
}

void universe::stand_still(host_state& which) {
  which.running->context.stand_still(which.paused || which.suspended);
}

void universe::set_rate(host_state& of, std::int64_t ahead_ppb) {
  of.clock.set_rate(now_, ahead_ppb);
  if (std::abs(ahead_ppb) > std::int64_t{of.settings.clock_drift_max_ppm} * 1'000) {
    note("the clock of " + of.name + " runs at a rate that breaks clock_drift_max_ppm");
    witness_.void_exclusion();
  }
  if (of.running) {
    plan_wake(of.running->context);
  }
}

void universe::set_wall(host_state& of, std::chrono::nanoseconds ahead) {
  host_state& shown = with_wall_clock(of);
  shown.wall_ahead = ahead;
  shown.last_wall_ns = 0;
}

void universe::set_slowness(host_state& of, const slowness& now) {
  of.slow = now;
  if (of.running) {
    plan_wake(of.running->context);  // the one that is planned may be late still
  }
}

std::chrono::nanoseconds universe::wall(host_state& of) const {
  return wall_at_zero + now_.time_since_epoch() + with_wall_clock(of).wall_ahead;
}

// Not the same twice, unless it is set back: two processes of one name that start at one time are
// told apart by it.
std::uint64_t universe::wall_ns(host_state& of) const {
  const auto shown = static_cast<std::uint64_t>(wall(of).count());
  std::uint64_t& last = with_wall_clock(of).last_wall_ns;
  return last = std::max(last + 1, shown);
}

}  // namespace conclave::sim
