// The public world: checks what it is asked for, and hands it on.
#include "sim/world/asked.hpp"
#include "sim/world/simulated_surroundings.hpp"
#include "sim/world/universe.hpp"

#include <conclave/sim/world.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <utility>

namespace conclave::sim {

namespace {

namespace asio = boost::asio;

// What comes and goes, until its end.
struct turns {
  universe& around;
  core::duration step;
  true_time ends;
  std::function<void()> on;
  std::function<void()> off;
  bool is_on = true;
};

void plan_next(const std::shared_ptr<turns>& of) {
  of->around.plan_action(std::min(of->around.now() + of->step, of->ends), [of] {
    const bool over = of->around.now() >= of->ends;
    if (!over || of->is_on) {
      of->is_on = !of->is_on;
      (of->is_on ? of->on : of->off)();
    }
    if (!over) {
      plan_next(of);
    }
  });
}

void check_room(universe& around, std::size_t more) {
  if (around.hosts().size() + more > universe::hosts_max) {
    throw std::logic_error("a world has at most 32 machines");
  }
}

constexpr auto for_ever = [] { return false; };

}  // namespace

world::world(std::uint64_t seed) : universe_(std::make_unique<universe>(seed)) {}

world::~world() = default;

std::vector<host> world::add_nodes(std::size_t count, const node_options& options) {
  universe_->refuse_foreign_thread();
  const std::size_t first = universe_->hosts().size();
  check_room(*universe_, count);
  conclave::config settings = options.settings;
  const std::string prefix = settings.name.empty() ? "node-" : settings.name;
  settings.new_cluster = true;
  if (settings.voters.empty() && !settings.observer) {
    const std::size_t voters = options.voters == 0 ? count : std::min(options.voters, count);
    for (std::size_t i = 0; i < voters; ++i) {
      settings.voters.push_back(prefix + std::to_string(first + i));
    }
  }
  std::vector<host> added;
  for (std::size_t i = 0; i < count; ++i) {
    settings.name = prefix + std::to_string(first + i);
    added.emplace_back(universe_->add_host(settings, options.make_nodes));
  }
  for (const host& each : added) {
    for (const host& seed : added) {
      each.state().settings.seeds.push_back(seed.state().address_text());
    }
  }
  for (const host& each : added) {
    universe_->start(each.state());
  }
  return added;
}

host world::add_twin(const host& of) {
  universe_->refuse_foreign_thread();
  check_room(*universe_, 1);
  const conclave::config& settings = of.settings();
  if (std::ranges::count(settings.voters, settings.name) != 0) {
    throw std::logic_error("add_twin: a node with a vote has no twin, and " + of.name() +
                           " has one: node_options::voters says how many get one");
  }
  host_state& twin = universe_->add_host(settings, of.state().makes_node);
  twin.name = of.name() + "'s twin";
  twin.twin_of = &of.state();
  twin.settings.new_cluster = false;
  universe_->start(twin);
  return host(twin);
}

void world::spawn(const host& on, asio::awaitable<void> coroutine) {
  universe_->spawn(alive(on, "spawn").running->context, std::move(coroutine));
}

void world::spawn(const host& on, std::function<asio::awaitable<void>(host)> main) {
  host_state& state = on.state();
  universe_->refuse_foreign_thread();
  auto each_start = std::make_shared<std::function<asio::awaitable<void>(host_state&)>>(
      [main = std::move(main)](host_state& where) { return main(host(where)); });
  state.starts.push_back(each_start);
  if (state.running) {
    universe_->begin(each_start, state);
  }
}

void world::spawn(asio::awaitable<void> coroutine) {
  universe_->refuse_foreign_thread();
  universe_->spawn(universe_->own_context(), std::move(coroutine));
}

asio::any_io_executor world::get_executor() {
  return universe_->own_context().get_executor();
}

std::chrono::nanoseconds world::now() const {
  return universe_->now().time_since_epoch();
}

void world::at(std::chrono::nanoseconds when, std::function<void()> action) {
  universe_->refuse_foreign_thread();
  if (when < now()) {
    throw std::logic_error("at: that time has passed");
  }
  universe_->plan_action(true_time(when), std::move(action));
}

void world::after(std::chrono::nanoseconds delay, std::function<void()> action) {
  at(now() + delay, std::move(action));
}

void world::alternate(std::chrono::nanoseconds step, std::chrono::nanoseconds length,
                      std::function<void()> on, std::function<void()> off) {
  universe_->refuse_foreign_thread();
  check_length("alternate: the step", step);
  check_length("alternate: the length", length);
  if (!on || !off) {
    throw std::logic_error("alternate: there are two actions, and one of them is empty");
  }
  on();
  plan_next(std::make_shared<turns>(turns{.around = *universe_,
                                          .step = step,
                                          .ends = universe_->now() + length,
                                          .on = std::move(on),
                                          .off = std::move(off)}));
}

void world::run_for(std::chrono::nanoseconds time) {
  universe_->run_until(universe_->now() + time, for_ever);
}

bool world::run_until(const std::function<bool()>& met, std::chrono::nanoseconds limit) {
  universe_->run_until(universe_->now() + limit, met);
  return met();
}

void world::crash(const host& which) {
  universe_->crash(alive(which, "crash"));
}

void world::restart(const host& which, stored what) {
  universe_->refuse_foreign_thread();
  if (which.running()) {
    throw std::logic_error("restart: a process runs on " + which.name() + "; crash it before");
  }
  if (what == stored::lost) {
    which.state().disk.clear();
  }
  universe_->start(which.state());
}

void world::pause(const host& which) {
  host_state& state = alive(which, "pause");
  universe_->note(which.name() + " stands still");
  state.paused = true;
  universe_->stand_still(state);
}

void world::suspend(const host& which) {
  host_state& state = alive(which, "suspend");
  universe_->note(which.name() + " sleeps");
  state.suspended = true;
  universe_->stand_still(state);
}

void world::resume(const host& which) {
  host_state& state = alive(which, "resume");
  universe_->note(which.name() + " goes on");
  universe_->resume(state);
}

void world::slow(const host& which, const slowness& from_now_on) {
  universe_->refuse_foreign_thread();
  check_time("slow: handler_takes", from_now_on.handler_takes);
  check_time("slow: timers_late_max", from_now_on.timers_late_max);
  check_time("slow: turn_delay_max", from_now_on.turn_delay_max);
  universe_->note(which.name() + ": a handler takes " +
                  std::to_string(from_now_on.handler_takes.count()) + " ns, timers are up to " +
                  std::to_string(from_now_on.timers_late_max.count()) + " ns late, turns up to " +
                  std::to_string(from_now_on.turn_delay_max.count()) + " ns");
  universe_->set_slowness(which.state(), from_now_on);
}

std::map<std::string, std::string>& world::disk(const host& of) {
  return of.state().disk;
}

machine_clock world::clock(const host& of) {
  return machine_clock(of);
}

std::vector<host> world::holders(const std::string& lock) const {
  universe_->refuse_foreign_thread();
  std::vector<host> found;
  for (const host_state* each : universe_->watch().holders(lock)) {
    found.emplace_back(*universe_->hosts()[each->index]);
  }
  return found;
}

std::vector<host> world::voters(const std::string& lock) const {
  std::vector<std::string> names;
  for (const host& holder : holders(lock)) {
    std::ranges::move(holder.state().running->surroundings->voters_of(lock),
                      std::back_inserter(names));
  }
  std::vector<host> found;
  for (const auto& each : universe_->hosts()) {
    if (each->twin_of == nullptr && std::ranges::count(names, each->settings.name) != 0) {
      found.emplace_back(*each);
    }
  }
  return found;
}

asio::awaitable<void> world::barrier(std::string name) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const process_context* const where = find_process_context(executor);
  if (where == nullptr) {
    throw std::logic_error("a barrier outside of the world");
  }
  if (universe_->comes_to(name, *where)) {
    co_await asio::post(executor, asio::use_awaitable);  // behind the standstill
  }
}

void world::arm(const std::string& barrier) {
  universe_->arm(barrier, nullptr);
}

void world::arm(const std::string& barrier, const host& only) {
  universe_->arm(barrier, &only.state());
}

bool world::stopped_at(const std::string& barrier) const {
  return universe_->stopped_at(barrier) > 0;
}

void world::release(const std::string& barrier) {
  universe_->release(barrier);
}

std::chrono::nanoseconds world::draw(std::chrono::nanoseconds least,
                                     std::chrono::nanoseconds greatest) {
  universe_->refuse_foreign_thread();
  if (greatest < least) {
    throw std::logic_error("draw: the least is greater than the greatest");
  }
  return universe_->random().between(least, greatest);
}

std::uint64_t world::draw_below(std::uint64_t bound) {
  universe_->refuse_foreign_thread();
  if (bound == 0) {
    throw std::logic_error("draw_below: nothing is below zero");
  }
  return universe_->random().below(bound);
}

void world::require(bool holds, const std::string& words) {
  if (!holds) {
    universe_->fail(words);
    universe_->stop_if_failed();
  }
}

void world::note(const std::string& line) {
  universe_->note(line);
}

std::uint64_t world::seed() const noexcept {
  return universe_->seed();
}

std::uint64_t world::digest() const noexcept {
  return universe_->digest();
}

void world::throw_if_failed() const {
  universe_->throw_if_failed();
}

void world::shut_down() {
  universe_->shut_down();
}

std::size_t host::index() const noexcept {
  return state_->index;
}

const std::string& host::name() const noexcept {
  return state_->name;
}

const config& host::settings() const noexcept {
  return state_->settings;
}

bool host::running() const noexcept {
  return state_->running != nullptr;
}

conclave::node& host::node() const {
  const host_state& state = alive(*this, "host::node");
  if (!state.running->node) {
    throw std::logic_error("host::node: the world makes none on " + name());
  }
  return *state.running->node;
}

asio::any_io_executor host::get_executor() const {
  return alive(*this, "host::get_executor").running->context.get_executor();
}

void machine_clock::rate(double of_true) {
  universe& around = *host_.state().around;
  around.refuse_foreign_thread();
  if (!(of_true > 0.5 && of_true < 2)) {
    throw std::logic_error("a clock runs more than half and less than twice as fast as true time");
  }
  around.note("the clock of " + host_.name() + " runs at the rate " + std::to_string(of_true));
  around.set_rate(host_.state(), std::llround((of_true - 1) * 1e9));
}

double machine_clock::rate() const {
  return 1 + static_cast<double>(host_.state().clock.ahead_ppb()) / 1e9;
}

std::chrono::nanoseconds machine_clock::now() const {
  const host_state& state = host_.state();
  return state.clock.local(state.around->now()).time_since_epoch();
}

void machine_clock::wall_ahead(std::chrono::nanoseconds of_true) {
  universe& around = *host_.state().around;
  around.refuse_foreign_thread();
  if (std::chrono::abs(of_true) > std::chrono::years(1)) {
    throw std::logic_error("a wall clock is at most a year away from true time");
  }
  around.note("the wall clock of " + host_.name() + " is set to " +
              std::to_string(of_true.count()) + " ns ahead");
  around.set_wall(host_.state(), of_true);
}

std::chrono::system_clock::time_point machine_clock::wall() const {
  const std::chrono::nanoseconds shown = host_.state().around->wall(host_.state());
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(shown));
}

}  // namespace conclave::sim
