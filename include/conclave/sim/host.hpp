// One machine of a simulated world: a name, an address, a clock, and one process at a time.
#pragma once

#include <conclave/config.hpp>
#include <conclave/node.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <string>

namespace conclave::sim {

struct host_state;

// A handle: copies mean the same machine. Not to be used after its world.
class host {
 public:
  explicit host(host_state& state) noexcept : state_(&state) {}

  [[nodiscard]] std::size_t index() const noexcept;  // 0, 1 ... in the order of add_nodes()
  [[nodiscard]] const std::string& name() const noexcept;
  // What the world configures this machine's node with: name, address, seeds, voters. Code that
  // makes its own node starts from this.
  [[nodiscard]] const config& settings() const noexcept;
  // A process is there: it has not crashed, or was started again since. It may be standing still.
  [[nodiscard]] bool running() const noexcept;

  // Of the process that runs now; gone when that crashes. Both throw std::logic_error when none
  // runs; node() also when the world was told not to make one.
  [[nodiscard]] conclave::node& node() const;
  [[nodiscard]] boost::asio::any_io_executor get_executor() const;
  // NOLINTNEXTLINE(google-explicit-constructor): a host is where a service expects its node
  operator conclave::node&() const { return node(); }

  friend bool operator==(const host&, const host&) noexcept = default;

  // For the library.
  [[nodiscard]] host_state& state() const noexcept { return *state_; }

 private:
  host_state* state_;
};

}  // namespace conclave::sim
