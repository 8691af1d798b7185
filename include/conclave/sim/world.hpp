// A simulated world for tests of a user's own service: real nodes and the user's own coroutines on
// machines, clocks and a network that one seed decides.
#pragma once

#include <conclave/config.hpp>
#include <conclave/sim/broken_run.hpp>
#include <conclave/sim/clock.hpp>
#include <conclave/sim/conditions.hpp>
#include <conclave/sim/host.hpp>
#include <conclave/sim/slowness.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace conclave::sim {

class universe;

struct node_options {
  // The first so many get a vote; 0: all of them.
  std::size_t voters = 0;
  // What all nodes have in common. The world fills in names, addresses, seeds, voters and
  // new_cluster; a name given here is the beginning of theirs.
  conclave::config settings = {};
  // False: a process has no node until the user's code makes one, out of host::settings() and
  // host::get_executor().
  bool make_nodes = true;
};

// What a machine stored, in world::disk().
enum class stored { kept, lost };

// A machine in a list, by its index or as a host.
class host_index {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): so that {0, 1} is a group
  host_index(std::size_t index) noexcept : index_(index) {}
  // NOLINTNEXTLINE(google-explicit-constructor): and {nodes[0], nodes[1]}
  host_index(const host& of) noexcept : index_(of.index()) {}

  [[nodiscard]] std::size_t value() const noexcept { return index_; }

 private:
  std::size_t index_;
};

using group = std::vector<host_index>;

// Everything in a world runs on the one thread that made it, and only while run_for() or
// run_until() is called. Objects that coroutines use must outlive the world, or its shut_down():
// then the coroutines are destroyed that have not ended. A run that fails is shut down before the
// failure is thrown out of it.
//
// Unless a member says otherwise it throws std::logic_error when it is used wrongly, and
// std::logic_error on another thread. How long and how often something is done to a world is more
// than 0, and at most a year. A failure of the run, such as an exception out of a
// coroutine, is thrown by run_for() and run_until() as a broken_run.
class world {
 public:
  explicit world(std::uint64_t seed);
  world(const world&) = delete;
  world& operator=(const world&) = delete;
  ~world();

  // Machines whose nodes join one cluster at once. At most 32 in one world.
  std::vector<host> add_nodes(std::size_t count, const node_options& options = {});
  // One machine more, whose process has the name and the settings of that one: somebody starts the
  // service twice. It has an address, a clock and a disk of its own, and the wall clock of that
  // one. The process that started first is `superseded` as soon as it hears of the other. Not of a
  // node with a vote: two that vote under one name could each be in another majority, so that
  // nothing can be promised.
  host add_twin(const host& of);

  // Runs a coroutine on the executor of the process that runs there now; it ends with that.
  void spawn(const host& on, boost::asio::awaitable<void> coroutine);
  // Calls `main` in that process and in each later one, as a service that is started again. It may
  // take a conclave::node& or a host.
  void spawn(const host& on, std::function<boost::asio::awaitable<void>(host)> main);
  // On no machine: never crashes, never stands still, and waits in true time.
  void spawn(boost::asio::awaitable<void> coroutine);
  [[nodiscard]] boost::asio::any_io_executor get_executor();

  // True time since the world began.
  [[nodiscard]] std::chrono::nanoseconds now() const;
  // Calls `action` then. It may use all verbs below.
  void at(std::chrono::nanoseconds when, std::function<void()> action);
  void after(std::chrono::nanoseconds delay, std::function<void()> action);
  // What comes and goes: calls `on` now, then `off` and `on` by turns after each `step`. Once
  // `length` is over `off` is the last.
  void alternate(std::chrono::nanoseconds step, std::chrono::nanoseconds length,
                 std::function<void()> on, std::function<void()> off);
  void run_for(std::chrono::nanoseconds time);
  // Until `met` says so, asked after each event. False when it did not within `limit`.
  bool run_until(const std::function<bool()>& met, std::chrono::nanoseconds limit);

  // The process is gone without a word: its coroutines are destroyed, and nothing that their
  // destructors do leaves it, so locks end with their leases. Asked for by code of that very
  // process, this code still runs on to where it next waits.
  void crash(const host& which);
  // A new process on a machine that crashed, with what it stored or without.
  void restart(const host& which, stored what = stored::kept);
  // The process stands still, as in SIGSTOP: clock and socket go on.
  void pause(const host& which);
  // The machine sleeps: its clock goes on, what is sent to it is lost.
  void suspend(const host& which);
  // Ends both.
  void resume(const host& which);
  // Also for processes that start there later; {} ends it. Times are from 0 to a year.
  void slow(const host& which, const slowness& from_now_on);
  // What this machine stores, for the user's code. It outlives crashes.
  [[nodiscard]] std::map<std::string, std::string>& disk(const host& of);
  [[nodiscard]] machine_clock clock(const host& of);

  // Nobody of one group reaches anybody of another. Who is in none reaches all. This and the next
  // ones add to what is closed already; heal() opens everything.
  void partition(const group& one, const group& other, const group& third = {});
  // The same for any number of groups, two or more, of which none is empty and no two have a
  // machine in common.
  void partition(const std::vector<group>& groups);
  // Each of these, four or more, reaches only so many of its neighbours on either side that with
  // itself they are a majority of these; the last stands beside the first. So no two need see the
  // same majority.
  void ring(const group& order);
  // They are cut off from all, the first now and one more after each `step`; then one after the
  // other is let in again. The seed draws both orders. heal() does not keep those off whose turn
  // comes later.
  void swizzle(const group& which, std::chrono::nanoseconds step);
  // What these send does not reach those; the way back stays open.
  void cut(const group& from, const group& to);
  // Reaches nobody, and nobody reaches it.
  void isolate(const host& which);
  // Also lets out what waits in a jam.
  void heal();
  // What is sent to and from it, or from these to those, waits for so long, and then arrives all at
  // once. Of all that waits in a world at one time, what is beyond 10,000 datagrams is lost.
  void jam(const host& which, std::chrono::nanoseconds length);
  void jam(const group& from, const group& to, std::chrono::nanoseconds length);
  // How many bytes a second it can send; 0: as many as it likes, as at first. They are sent one
  // after the other, and what would wait for longer than `queue_max` is lost.
  void bandwidth(const host& of, std::uint64_t bytes_per_second,
                 std::chrono::nanoseconds queue_max = std::chrono::milliseconds(200));
  // On all ways alike, also on those that had conditions of their own.
  void network(const conditions& from_now_on);
  // On the ways from these to those; the ways back stay as they are.
  void network(const group& from, const group& to, const conditions& from_now_on);

  // Who believes now, by its own clock, to hold this lock: one, several that share it or have
  // permits, or nobody. In the order of their indices.
  [[nodiscard]] std::vector<host> holders(const std::string& lock) const;
  // The voters whose votes the holders have, as far as those know.
  [[nodiscard]] std::vector<host> voters(const std::string& lock) const;

  // A named point in the code of users, or in the stand-in that the test gives it:
  //   co_await world.barrier("before the write");
  // Goes on at once, unless the test has armed it.
  [[nodiscard]] boost::asio::awaitable<void> barrier(std::string name);
  // The next process that comes there stands still, as in pause().
  void arm(const std::string& barrier);
  void arm(const std::string& barrier, const host& only);
  [[nodiscard]] bool stopped_at(const std::string& barrier) const;
  // Disarms it, and lets the process go on that stands there.
  void release(const std::string& barrier);

  // Chance for stand-ins, out of the seed: uniform from `least` to `greatest`, and below `bound`.
  [[nodiscard]] std::chrono::nanoseconds draw(std::chrono::nanoseconds least,
                                              std::chrono::nanoseconds greatest);
  [[nodiscard]] std::uint64_t draw_below(std::uint64_t bound);

  // Ends the run with these words unless `holds`.
  void require(bool holds, const std::string& words);
  // A line among those that are told with a failure.
  void note(const std::string& line);

  [[nodiscard]] std::uint64_t seed() const noexcept;
  // Equal for equal runs.
  [[nodiscard]] std::uint64_t digest() const noexcept;
  // Throws the failure of the run, if there was one.
  void throw_if_failed() const;
  // Destroys all processes and coroutines. Nothing runs afterwards.
  void shut_down();

 private:
  std::unique_ptr<universe> universe_;
};

}  // namespace conclave::sim
