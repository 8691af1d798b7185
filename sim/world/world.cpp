// The public world: checks what it is asked for, and hands it on.
#include "sim/world/universe.hpp"

#include <conclave/sim/world.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace conclave::sim {

namespace {

namespace asio = boost::asio;

host_state& alive(const host& which, const char* verb) {
  which.state().around->refuse_foreign_thread();
  if (!which.running()) {
    throw std::logic_error(std::string(verb) + ": no process runs on " + which.name());
  }
  return which.state();
}

machine_set set_of(const universe& around, const group& members, std::size_t hosts) {
  around.refuse_foreign_thread();
  machine_set set = 0;
  for (const host_index& each : members) {
    if (each.value() >= hosts) {
      throw std::logic_error("no machine has the index " + std::to_string(each.value()));
    }
    set |= machine_set{1} << each.value();
  }
  return set;
}

std::string names_of(universe& around, machine_set set) {
  std::string names;
  for (const auto& each : around.hosts()) {
    if ((set >> each->index & 1U) != 0) {
      names += (names.empty() ? "" : ", ") + each->name;
    }
  }
  return "{" + names + "}";
}

constexpr auto for_ever = [] { return false; };

}  // namespace

world::world(std::uint64_t seed) : universe_(std::make_unique<universe>(seed)) {}

world::~world() = default;

std::vector<host> world::add_nodes(std::size_t count, const node_options& options) {
  universe_->refuse_foreign_thread();
  const std::size_t first = universe_->hosts().size();
  if (first + count > universe::hosts_max) {
    throw std::logic_error("a world has at most 32 machines");
  }
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

std::map<std::string, std::string>& world::disk(const host& of) {
  return of.state().disk;
}

machine_clock world::clock(const host& of) {
  return machine_clock(of);
}

void world::partition(const group& one, const group& other, const group& third) {
  const std::size_t hosts = universe_->hosts().size();
  const std::vector<machine_set> sets{set_of(*universe_, one, hosts),
                                      set_of(*universe_, other, hosts),
                                      set_of(*universe_, third, hosts)};
  std::string text = "partition";
  for (const machine_set from : sets) {
    text += from == 0 ? "" : " " + names_of(*universe_, from);
    for (const machine_set to : sets) {
      if (from != 0 && to != 0 && from != to) {
        universe_->close_way(from, to);
      }
    }
  }
  universe_->note(text);
}

void world::cut(const group& from, const group& to) {
  const std::size_t hosts = universe_->hosts().size();
  const machine_set source = set_of(*universe_, from, hosts);
  const machine_set target = set_of(*universe_, to, hosts);
  universe_->close_way(source, target);
  universe_->note("cut " + names_of(*universe_, source) + " to " + names_of(*universe_, target));
}

void world::isolate(const host& which) {
  universe_->refuse_foreign_thread();
  const machine_set alone = machine_set{1} << which.index();
  universe_->close_way(alone, ~alone);
  universe_->close_way(~alone, alone);
  universe_->note("isolate " + which.name());
}

void world::heal() {
  universe_->refuse_foreign_thread();
  universe_->open_all_ways();
  universe_->note("heal");
}

void world::network(const conditions& from_now_on) {
  universe_->refuse_foreign_thread();
  universe_->set_conditions(from_now_on);
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
