// One machine of a world, and the process that runs on it.
#pragma once

#include "base/address.hpp"
#include "sim/clock.hpp"
#include "sim/machine.hpp"
#include "sim/world/process_context.hpp"

#include <conclave/config.hpp>
#include <conclave/node.hpp>
#include <conclave/sim/slowness.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace conclave::sim {

class simulated_surroundings;
class simulated_port;
struct host_state;

// Run once in each process of a machine. Shared with the coroutines, whose captures it holds.
using start_function = std::shared_ptr<std::function<boost::asio::awaitable<void>(host_state&)>>;

struct process {
  process(universe& around, const host_state& on);

  process_context context;
  std::shared_ptr<simulated_surroundings> surroundings;
  std::unique_ptr<conclave::node> node;  // null when the user's code makes its own
};

struct host_state {
  universe* around;
  machine_index index;
  std::string name;
  core::address where;
  conclave::config settings;  // of the first process
  bool makes_node = true;
  skewed_clock clock;
  slowness slow{};
  host_state* twin_of = nullptr;          // whose wall clock this one shows; null: its own
  std::chrono::nanoseconds wall_ahead{};  // of true time
  std::uint64_t last_wall_ns = 0;

  std::map<std::string, std::string> disk{};
  std::vector<start_function> starts{};
  std::unique_ptr<process> running{};  // null: crashed
  simulated_port* port = nullptr;      // of the running process, while its socket is open
  bool paused = false;
  bool suspended = false;
  bool started_before = false;

  [[nodiscard]] std::string address_text() const { return core::to_string(where); }
};

}  // namespace conclave::sim
