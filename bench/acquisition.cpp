// Uncontended acquisitions on three nodes in three processes.
#include "acquisition.hpp"

#include "cluster.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace conclave::bench {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// The measuring node runs `measure` on its own executor, once all three nodes see each other.
template <class Measure>
void on_own_executor(const cluster& nodes, Measure measure) {
  asio::io_context context(1);
  node one(context.get_executor(), nodes.settings_of(0));
  co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        co_await join_and_warm_up_async(one, nodes.size());
        co_await measure(one);
        context.stop();
      },
      [](const std::exception_ptr& error) {
        if (error) {
          std::rethrow_exception(error);
        }
      });
  context.run();
}

asio::awaitable<void> acquire_in_turn(node& one, std::size_t rounds, shared_samples& samples) {
  mutex lock(one, "bench/async", {.keep = 0s});
  asio::steady_timer pause(co_await asio::this_coro::executor);
  for (std::size_t i = 0; i < rounds; ++i) {
    pause.expires_after(between_samples);
    co_await pause.async_wait(asio::use_awaitable);
    const auto asked = clock::now();
    grant held = co_await lock.async_lock(asio::use_awaitable);
    samples.add((clock::now() - asked).count());
    held.release();
  }
}

asio::awaitable<void> acquire_by_turns(node& one, std::size_t rounds, shared_samples& single,
                                       shared_samples& five) {
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) {
    names.push_back("bench/together/" + std::to_string(i));
  }
  const std::vector<std::string> first{names.front()};
  asio::steady_timer pause(co_await asio::this_coro::executor);
  for (std::size_t i = 0; i < 2 * rounds; ++i) {
    pause.expires_after(between_samples);
    co_await pause.async_wait(asio::use_awaitable);
    const auto asked = clock::now();
    const std::vector<grant> held = co_await async_lock_all(
        one, i % 2 == 0 ? first : names, lock_options{.keep = 0s}, asio::use_awaitable);
    (i % 2 == 0 ? single : five).add((clock::now() - asked).count());
  }
}

template <class Acquire>
asio::awaitable<void> acquire_once(asio::steady_timer& pause, shared_samples& samples,
                                   Acquire acquire) {
  pause.expires_after(between_samples);
  co_await pause.async_wait(asio::use_awaitable);
  const auto asked = clock::now();
  const grant held = co_await acquire();
  samples.add((clock::now() - asked).count());
}

asio::awaitable<void> acquire_each_kind(node& one, std::size_t rounds, shared_samples& exclusive,
                                        shared_samples& shared, shared_samples& permit,
                                        shared_samples& election_) {
  mutex alone(one, "bench/exclusive", {.keep = 0s});
  shared_mutex together(one, "bench/shared", {.keep = 0s});
  counting_semaphore few(one, "bench/permits", 3, {.keep = 0s});
  election race(one, "bench/election");
  asio::steady_timer pause(co_await asio::this_coro::executor);
  for (std::size_t i = 0; i < rounds; ++i) {
    co_await acquire_once(pause, exclusive, [&] { return alone.async_lock(asio::use_awaitable); });
    co_await acquire_once(pause, shared,
                          [&] { return together.async_lock_shared(asio::use_awaitable); });
    co_await acquire_once(pause, permit, [&] { return few.async_acquire(asio::use_awaitable); });
    co_await acquire_once(pause, election_,
                          [&] { return race.async_campaign(asio::use_awaitable); });
  }
}

asio::awaitable<void> acquire_until(node& one, std::string name, clock::time_point end,
                                    std::size_t& count) {
  mutex lock(one, name, {.keep = 0s});
  while (clock::now() < end) {
    grant held = co_await lock.async_lock(asio::use_awaitable);
    ++count;
  }
}

template <class Measure>
void measure_with_three(placement where, Measure measure) {
  const cluster nodes(3);
  run_in_processes(where,
                   {[&] { measure(nodes); }, [&] { serve(nodes, 1); }, [&] { serve(nodes, 2); }});
}

}  // namespace

std::vector<sample> acquire_async(placement where, std::size_t rounds) {
  shared<shared_samples> samples;
  measure_with_three(where, [&](const cluster& nodes) {
    on_own_executor(nodes, [&](node& one) { return acquire_in_turn(one, rounds, *samples); });
  });
  return samples_of<sample>(*samples);
}

together_samples acquire_together(placement where, std::size_t rounds) {
  shared<shared_samples> single;
  shared<shared_samples> five;
  measure_with_three(where, [&](const cluster& nodes) {
    on_own_executor(nodes,
                    [&](node& one) { return acquire_by_turns(one, rounds, *single, *five); });
  });
  return {.one = samples_of<sample>(*single), .five = samples_of<sample>(*five)};
}

kinds_samples acquire_kinds(placement where, std::size_t rounds) {
  shared<shared_samples> exclusive;
  shared<shared_samples> shared_;
  shared<shared_samples> permit;
  shared<shared_samples> election_;
  measure_with_three(where, [&](const cluster& nodes) {
    on_own_executor(nodes, [&](node& one) {
      return acquire_each_kind(one, rounds, *exclusive, *shared_, *permit, *election_);
    });
  });
  return {.exclusive = samples_of<sample>(*exclusive),
          .shared = samples_of<sample>(*shared_),
          .permit = samples_of<sample>(*permit),
          .election = samples_of<sample>(*election_)};
}

std::vector<sample> acquire_blocking(placement where, std::size_t rounds) {
  shared<shared_samples> samples;
  measure_with_three(where, [&](const cluster& nodes) {
    node one(nodes.settings_of(0));
    join_and_warm_up(one, nodes.size());
    mutex lock(one, "bench/blocking", {.keep = 0s});
    for (std::size_t i = 0; i < rounds; ++i) {
      std::this_thread::sleep_for(between_samples);
      const auto asked = clock::now();
      lock.lock();
      samples->add((clock::now() - asked).count());
      lock.unlock();
    }
  });
  return samples_of<sample>(*samples);
}

double acquisitions_per_second(placement where) {
  constexpr int coroutines = 64;
  constexpr auto time = 2s;
  shared<std::atomic<std::size_t>> total;
  measure_with_three(where, [&](const cluster& nodes) {
    on_own_executor(nodes, [&](node& one) -> asio::awaitable<void> {
      const auto executor = co_await asio::this_coro::executor;
      const auto end = clock::now() + time;
      std::size_t count = 0;
      for (int i = 0; i < coroutines; ++i) {
        co_spawn(executor, acquire_until(one, "bench/many/" + std::to_string(i), end, count),
                 asio::detached);
      }
      asio::steady_timer over(executor, end + 500ms);
      co_await over.async_wait(asio::use_awaitable);
      total->store(count);
    });
  });
  return static_cast<double>(total->load()) / std::chrono::duration<double>(time).count();
}

}  // namespace conclave::bench
