// What a shell needs of the world around it: the system in a process, a simulated one in a test.
// A shell asks its executor's context once, at its construction, which of them it lives in.
#pragma once

#include "base/address.hpp"
#include "base/time.hpp"
#include "runtime/seed_resolver.hpp"

#include <conclave/detail/hold.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace conclave::runtime {

struct arrived {
  std::span<std::byte> bytes;  // in the port's buffers, until the next receive()
  core::address from;
};

// Whom a port and an alarm call back: on the executor, never inside of their own members, and
// perhaps once more after they were destroyed.
class io_events {
 public:
  virtual void on_readable() = 0;
  virtual void on_timer() = 0;
  // The process is gone. What was under way is destroyed: nobody is told, nothing is sent.
  virtual void abandon() noexcept = 0;
  // For who watches: the voters whose votes it now has for this lock, by name. Never while the
  // shell's mutex is held.
  [[nodiscard]] virtual std::vector<std::string> voters_of(const std::string& lock) const = 0;

 protected:
  ~io_events() = default;
};

// The one datagram socket of a node. Not thread-safe: its owner's mutex guards it.
class datagram_port {
 public:
  static constexpr std::size_t batch_max = 16;  // datagrams of one receive()

  virtual ~datagram_port() = default;
  [[nodiscard]] virtual core::address local() const = 0;
  // Calls on_readable() once, when there is something to read.
  virtual void wait_readable(std::shared_ptr<io_events> who) = 0;
  // Takes datagrams off, a batch at most, without waiting. `emptied`: none were left.
  virtual std::span<arrived> receive(bool& emptied) = 0;
  // Once, without waiting. False when it was refused.
  virtual bool send(std::span<const std::byte> bytes, const core::address& to) = 0;
  // Datagrams longer than any frame: dropped unread.
  [[nodiscard]] virtual std::uint64_t oversized() const = 0;
};

// One timer on the clock that leases are measured with. Guarded as the port is.
class alarm {
 public:
  virtual ~alarm() = default;
  // Fires at `when` or earlier.
  virtual void arm(core::instant when) = 0;
  // Calls on_timer() once, when it has fired.
  virtual void wait(std::shared_ptr<io_events> who) = 0;
  // In that call: it may be armed anew.
  virtual void fired() = 0;
};

// Watches who holds what. Called while the shell's mutex is held: it must not call back.
class lock_witness {
 public:
  virtual void granted(const detail::hold& given, core::instant deadline) = 0;
  virtual void extended(const detail::hold& given, core::instant deadline) = 0;
  virtual void shared(const detail::hold& held) = 0;  // from now on
  virtual void ended(const detail::hold& gone) = 0;

 protected:
  ~lock_witness() = default;
};

class surroundings {
 public:
  surroundings() = default;
  surroundings(const surroundings&) = delete;
  surroundings& operator=(const surroundings&) = delete;
  virtual ~surroundings() = default;

  // The clock that leases are measured with.
  [[nodiscard]] virtual core::instant now() const noexcept = 0;
  // Nanoseconds since 1970, greater than for all earlier processes of this node.
  [[nodiscard]] virtual std::uint64_t wall_ns() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t random_seed() = 0;
  // True when the calling thread runs this executor, as far as that can be told.
  [[nodiscard]] virtual bool runs_here(const boost::asio::any_io_executor& executor) const = 0;

  // Both throw boost::system::system_error with the system's error.
  [[nodiscard]] virtual std::unique_ptr<datagram_port> open_port(
      const boost::asio::any_io_executor& executor, const boost::asio::ip::udp::endpoint& bind) = 0;
  [[nodiscard]] virtual std::unique_ptr<alarm> open_alarm(
      const boost::asio::any_io_executor& executor) = 0;
  // As resolve_seeds().
  virtual void resolve(const boost::asio::any_io_executor& executor, bool v6,
                       std::vector<std::string> seeds,
                       std::function<void(resolved_seeds)> done) = 0;

  // A small text file, whole; empty when there is none. Throws std::system_error.
  [[nodiscard]] virtual std::string load_text(const std::string& path) = 0;
  // Puts another in its place without waiting. `done` is called once, on any thread, with what went
  // wrong: nothing when it is empty.
  virtual void store_text(std::string path, std::string text,
                          std::function<void(const std::string& error)> done) = 0;

  // A shell is about to start operations: who ends the process without a word abandons it.
  virtual void joining(const std::shared_ptr<io_events>& /*who*/) {}
  // Null when nobody watches. Outlives the shell's process.
  [[nodiscard]] virtual lock_witness* witness() noexcept { return nullptr; }
};

// How the context of an executor says that it is no part of the system.
class surroundings_service final : public boost::asio::execution_context::service {
 public:
  static boost::asio::execution_context::id id;

  explicit surroundings_service(boost::asio::execution_context& context,
                                std::shared_ptr<surroundings> offered = nullptr);
  [[nodiscard]] const std::shared_ptr<surroundings>& offered() const { return offered_; }

 private:
  void shutdown() override {}

  std::shared_ptr<surroundings> offered_;
};

// What this executor's context offers; the system where it offers nothing.
[[nodiscard]] std::shared_ptr<surroundings> surroundings_of(
    const boost::asio::any_io_executor& executor);

}  // namespace conclave::runtime
