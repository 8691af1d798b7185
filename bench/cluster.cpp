// Starting nodes for a measurement.
#include "cluster.hpp"

#include "processes.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <stdexcept>
#include <thread>

namespace conclave::bench {

using namespace std::chrono_literals;

cluster::cluster(std::size_t nodes) {
  while (ports_.size() < nodes) {
    ports_.push_back(free_port());
  }
}

config cluster::settings_of(std::size_t index) const {
  config settings;
  settings.name = "n" + std::to_string(index + 1);
  settings.bind = "127.0.0.1:" + std::to_string(ports_[index]);
  settings.seeds = {"127.0.0.1:" + std::to_string(ports_[0])};
  settings.voters = {"n1", "n2", "n3"};
  settings.cluster = "bench-" + std::to_string(ports_[0]);
  settings.new_cluster = true;
  return settings;
}

void join_and_warm_up(node& one, std::size_t members) {
  const auto give_up = std::chrono::steady_clock::now() + 30s;
  boost::system::error_code error;
  do {
    one.join(error);  // the seed may still be starting
    if (std::chrono::steady_clock::now() > give_up) {
      throw std::runtime_error("the nodes of the measurement do not see each other");
    }
    std::this_thread::sleep_for(10ms);
  } while (error || one.members().size() < members);
  mutex warm(one, "warm-up/" + one.self().name);
  for (int i = 0; i < 100; ++i) {
    warm.lock();
    warm.unlock();
  }
}

boost::asio::awaitable<void> join_and_warm_up_async(node& one, std::size_t members) {
  namespace asio = boost::asio;
  asio::steady_timer pause(co_await asio::this_coro::executor);
  const auto give_up = std::chrono::steady_clock::now() + 30s;
  boost::system::error_code error;
  do {
    co_await one.async_join(asio::redirect_error(asio::use_awaitable, error));
    if (std::chrono::steady_clock::now() > give_up) {
      throw std::runtime_error("the nodes of the measurement do not see each other");
    }
    pause.expires_after(10ms);
    co_await pause.async_wait(asio::use_awaitable);
  } while (error || one.members().size() < members);
  mutex warm(one, "warm-up/" + one.self().name);
  for (int i = 0; i < 100; ++i) {
    grant held = co_await warm.async_lock(asio::use_awaitable);
  }
}

void serve(const cluster& of, std::size_t index) {
  node voter(of.settings_of(index));
  boost::system::error_code ignored;
  voter.join(ignored);
  for (;;) {
    std::this_thread::sleep_for(1h);
  }
}

}  // namespace conclave::bench
