// UDP ping-pong as a plain Boost.Asio program would write it: asynchronous receive, send back.
#include "ping_pong.hpp"

#include "cluster.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <chrono>
#include <thread>

namespace conclave::bench {

namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using clock = std::chrono::steady_clock;

// As long as a frame with one lock message is.
constexpr std::size_t datagram_size = 160;

udp::endpoint loopback(std::uint16_t port) {
  return {asio::ip::address_v4::loopback(), port};
}

asio::awaitable<void> echo(udp::socket& socket) {
  std::array<char, datagram_size> bytes{};
  for (;;) {
    udp::endpoint from;
    const std::size_t size =
        co_await socket.async_receive_from(asio::buffer(bytes), from, asio::use_awaitable);
    co_await socket.async_send_to(asio::buffer(bytes, size), from, asio::use_awaitable);
  }
}

asio::awaitable<void> measure(udp::socket& socket, udp::endpoint to, std::size_t rounds,
                              shared_samples& samples) {
  std::array<char, datagram_size> bytes{};
  const std::size_t warm_up = rounds / 10;
  asio::steady_timer pause(co_await asio::this_coro::executor);
  for (std::size_t i = 0; i < rounds + warm_up; ++i) {
    pause.expires_after(between_samples);
    co_await pause.async_wait(asio::use_awaitable);
    const auto sent = clock::now();
    co_await socket.async_send_to(asio::buffer(bytes), to, asio::use_awaitable);
    udp::endpoint from;
    co_await socket.async_receive_from(asio::buffer(bytes), from, asio::use_awaitable);
    if (i >= warm_up) {
      samples.add((clock::now() - sent).count());
    }
  }
}

}  // namespace

std::vector<sample> ping_pong(placement where, std::size_t rounds) {
  shared<shared_samples> samples;
  shared<std::atomic<bool>> ready;
  const std::uint16_t port = free_port();
  run_in_processes(where, {[&] {
                             while (!ready->load()) {
                               std::this_thread::yield();
                             }
                             asio::io_context context(1);
                             udp::socket socket(context, loopback(0));
                             co_spawn(context, measure(socket, loopback(port), rounds, *samples),
                                      asio::detached);
                             context.run();
                           },
                           [&] {
                             asio::io_context context(1);
                             udp::socket socket(context, loopback(port));
                             ready->store(true);
                             co_spawn(context, echo(socket), asio::detached);
                             context.run();
                           }});
  return samples_of<sample>(*samples);
}

}  // namespace conclave::bench
