// Nodes of one measurement: three voters on the loopback, each in a process of its own.
#pragma once

#include <conclave/conclave.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace conclave::bench {

struct cluster {
  explicit cluster(std::size_t nodes);

  [[nodiscard]] config settings_of(std::size_t index) const;
  [[nodiscard]] std::size_t size() const { return ports_.size(); }

 private:
  std::vector<std::uint16_t> ports_;
};

// Joins, waits until all members are seen and locks work, and gives up loudly after a while.
void join_and_warm_up(node& one, std::size_t members);
[[nodiscard]] boost::asio::awaitable<void> join_and_warm_up_async(node& one, std::size_t members);

// Between two samples of a latency, and between two pings: so that what the sample before left to
// do is done, here and at the peers.
inline constexpr std::chrono::microseconds between_samples{300};

// A node that only votes, until its process is ended.
void serve(const cluster& of, std::size_t index);

}  // namespace conclave::bench
