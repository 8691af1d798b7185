// What can't be used in a world fails loudly, and says what to use instead.
#include "service.hpp"

#include <conclave/sim/timer.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/system_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <iterator>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
namespace asio = boost::asio;

std::size_t threads_of_this_process() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

// What the run says when a coroutine of a node does this; empty when nothing is said.
std::string said_about(std::function<asio::awaitable<void>(host)> what) {
  world around(1);
  const host node = around.add_nodes(1).front();
  const std::size_t threads = threads_of_this_process();
  around.spawn(node, std::move(what));
  std::string said;
  try {
    around.run_for(2s);
  } catch (const broken_run& broken) {
    said = broken.what();
  }
  EXPECT_EQ(threads_of_this_process(), threads) << "a hidden thread was started";
  return said;
}

// The same of something that is made of an executor.
template <class Made, class... More>
std::string said_about_a(More... more) {
  return said_about([=](host where) -> asio::awaitable<void> {
    const Made made(where.get_executor(), more...);
    co_return;
  });
}

TEST(a_real_timer, is_refused) {
  EXPECT_THAT(said_about_a<asio::steady_timer>(), HasSubstr("conclave::sim::sleep_for"));
  EXPECT_THAT(said_about_a<asio::system_timer>(), HasSubstr("conclave::sim::timer"));
}

TEST(a_real_timer, is_refused_each_time) {
  world around(1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW(asio::steady_timer(around.get_executor()), std::logic_error);
  }
}

TEST(a_real_socket, is_refused) {
  EXPECT_THAT(said_about_a<asio::ip::udp::socket>(), HasSubstr("socket"));
  EXPECT_THAT(said_about_a<asio::ip::tcp::socket>(), HasSubstr("socket"));
  EXPECT_THAT(said_about_a<asio::ip::tcp::acceptor>(), HasSubstr("socket"));
}

TEST(a_real_descriptor_or_signal_set, is_refused) {
  EXPECT_THAT(said_about_a<asio::posix::stream_descriptor>(), HasSubstr("descriptor"));
  EXPECT_THAT(said_about_a<asio::signal_set>(SIGUSR1), HasSubstr("signal set"));
}

TEST(a_real_resolver, is_refused) {
  EXPECT_THAT(said_about_a<asio::ip::udp::resolver>(), HasSubstr("a real resolver"));
  EXPECT_THAT(said_about([](host where) -> asio::awaitable<void> {
                asio::ip::tcp::resolver names(where.get_executor());
                co_await names.async_resolve("localhost", "80", asio::use_awaitable);
              }),
              HasSubstr("node-0: a real resolver"));
}

TEST(a_node_with_its_own_thread, is_refused) {
  EXPECT_THAT(said_about([](host where) -> asio::awaitable<void> {
                const conclave::node own(where.settings());
                co_return;
              }),
              HasSubstr("host::get_executor()"));
  // Elsewhere it is welcome.
  const conclave::node own({.name = "a", .bind = "127.0.0.1:0", .voters = {"a"}});
}

TEST(a_blocking_member, is_refused) {
  for (const auto& block : std::vector<std::function<void(conclave::node&)>>{
           [](conclave::node& node) { conclave::mutex(node, "orders").lock(); },
           [](conclave::node& node) {
             static_cast<void>(conclave::mutex(node, "orders").try_lock());
           },
           [](conclave::node& node) { node.join(); }, [](conclave::node& node) { node.leave(); }}) {
    EXPECT_THAT(said_about([&](conclave::node& node) -> asio::awaitable<void> {
                  block(node);
                  co_return;
                }),
                HasSubstr("use the async_ form"));
  }
  world around(1);
  const host node = around.add_nodes(1).front();
  try {
    node.node().join();
    FAIL() << "it waits for what can't come";
  } catch (const boost::system::system_error& error) {
    EXPECT_EQ(error.code(), boost::system::errc::resource_deadlock_would_occur);
  }
}

TEST(a_timer_of_a_world, is_refused_outside_of_one) {
  asio::io_context context;
  try {
    const timer wrong(context);
    FAIL() << "it would never fire";
  } catch (const std::logic_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("boost::asio::steady_timer"));
  }
}

TEST(running_a_world_from_inside, is_refused) {
  world around(1);
  EXPECT_THAT(said_about([&](host) -> asio::awaitable<void> {
                co_await sleep_for(1ms);
                around.run_for(1s);
              }),
              "")
      << "another world may run inside";
  around.at(1s, [&] { around.run_for(1s); });
  EXPECT_THROW(around.run_for(2s), broken_run);
  world other(1);
  other.at(1s, [&] { other.shut_down(); });
  EXPECT_THROW(other.run_for(2s), broken_run);
}

TEST(a_loop_that_never_waits, is_refused) {
  EXPECT_THAT(said_about([](host where) -> asio::awaitable<void> {
                const asio::any_io_executor executor = where.get_executor();
                for (;;) {
                  for (int i = 0; i < 1'000; ++i) {
                    asio::post(executor, [] {});
                  }
                  co_await asio::post(executor, asio::use_awaitable);
                }
              }),
              HasSubstr("without a sleep"));
}

TEST(an_address_of_another_machine, is_refused) {
  world around(1);
  const std::vector<host> hosts = around.add_nodes(2, {.make_nodes = false});
  try {
    const conclave::node wrong(hosts[0].get_executor(), hosts[1].settings());
    FAIL() << "it took another machine's address";
  } catch (const boost::system::system_error& error) {
    EXPECT_EQ(error.code(), errc::address_invalid);
  }
  const conclave::node right(hosts[0].get_executor(), hosts[0].settings());
  try {
    const conclave::node second(hosts[0].get_executor(), hosts[0].settings());
    FAIL() << "two sockets have one address";
  } catch (const boost::system::system_error& error) {
    EXPECT_EQ(error.code(), errc::address_in_use);
  }
}

}  // namespace

}  // namespace conclave::sim
