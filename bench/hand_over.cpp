// Candidates in processes of their own that pass one lock round.
#include "hand_over.hpp"

#include "cluster.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>

namespace conclave::bench {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;  // one clock for all processes of this machine

// Written only by the process that holds the lock.
struct baton {
  std::atomic<std::int64_t> released_at = 0;
  std::atomic<std::size_t> last_holder = 0;
  std::atomic<bool> over = false;
  std::atomic<std::size_t> ready = 0;
  std::atomic<std::size_t> done = 0;
};

// Long enough for the next one to be waiting when the lock is released.
constexpr auto hold_time = 500us;

asio::awaitable<void> pass_round(node& one, std::size_t index, std::size_t candidates,
                                 std::size_t rounds, baton& shared_baton, shared_samples& samples) {
  mutex lock(one, "bench/hand-over", {.keep = 0s});
  asio::steady_timer pause(co_await asio::this_coro::executor);
  const auto all_are = [&](std::atomic<std::size_t>& there) -> asio::awaitable<void> {
    ++there;
    while (there < candidates) {
      pause.expires_after(1ms);
      co_await pause.async_wait(asio::use_awaitable);
    }
  };
  co_await all_are(shared_baton.ready);
  while (!shared_baton.over) {
    grant held = co_await lock.async_lock(asio::use_awaitable);
    const auto now = clock::now().time_since_epoch().count();
    const std::int64_t released = shared_baton.released_at.load();
    if (released != 0 && shared_baton.last_holder.load() != index) {
      samples.add(now - released);
    }
    pause.expires_after(hold_time);
    co_await pause.async_wait(asio::use_awaitable);
    shared_baton.over = shared_baton.over || samples.count >= rounds;
    shared_baton.last_holder = index;
    shared_baton.released_at = clock::now().time_since_epoch().count();
    held.release();
  }
  // The others may still wait for the lock, and need the voters among us.
  co_await all_are(shared_baton.done);
}

void contend(const cluster& nodes, std::size_t index, std::size_t candidates, std::size_t rounds,
             baton& shared_baton, shared_samples& samples) {
  asio::io_context context(1);
  node one(context.get_executor(), nodes.settings_of(index));
  co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        co_await join_and_warm_up_async(one, nodes.size());
        co_await pass_round(one, index, candidates, rounds, shared_baton, samples);
        context.stop();
      },
      [](const std::exception_ptr& error) {
        if (error) {
          std::rethrow_exception(error);
        }
      });
  context.run();
}

}  // namespace

std::vector<sample> hand_over(placement where, std::size_t candidates, std::size_t rounds) {
  shared<shared_samples> samples;
  shared<baton> shared_baton;
  const cluster nodes(std::max<std::size_t>(candidates, 3));
  std::vector<std::function<void()>> processes;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    processes.emplace_back([&, i] {
      if (i < candidates) {
        contend(nodes, i, candidates, rounds, *shared_baton, *samples);
      } else {
        serve(nodes, i);
      }
    });
  }
  run_in_processes(where, std::move(processes));
  return samples_of<sample>(*samples);
}

}  // namespace conclave::bench
