// What a shell is given in a simulated world: a socket on its network, timers and clocks of its
// machine, chance from its seed.
#pragma once

#include "runtime/surroundings.hpp"
#include "sim/world/host_state.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace conclave::sim {

// Of one process. Shells share it, and may outlive the process: from its death on nothing leaves
// it, nothing comes in, and its clock stands still.
class simulated_surroundings final : public runtime::surroundings, public runtime::lock_witness {
 public:
  simulated_surroundings(host_state& host, process_context& context);

  [[nodiscard]] core::instant now() const noexcept override;
  [[nodiscard]] std::uint64_t wall_ns() const noexcept override;
  [[nodiscard]] std::uint64_t random_seed() override;
  // Whoever waits in a world waits for ever: its one thread runs everything.
  [[nodiscard]] bool runs_here(const boost::asio::any_io_executor& /*executor*/) const override {
    return true;
  }
  [[nodiscard]] std::unique_ptr<runtime::datagram_port> open_port(
      const boost::asio::any_io_executor& executor,
      const boost::asio::ip::udp::endpoint& bind) override;
  [[nodiscard]] std::unique_ptr<runtime::alarm> open_alarm(
      const boost::asio::any_io_executor& executor) override;
  void resolve(const boost::asio::any_io_executor& executor, bool v6,
               std::vector<std::string> seeds,
               std::function<void(runtime::resolved_seeds)> done) override;
  // On the machine's own disk, which outlives its processes.
  [[nodiscard]] std::string load_text(const std::string& path) override;
  void store_text(std::string path, std::string text,
                  std::function<void(const std::string& error)> done) override;
  void joining(const std::shared_ptr<runtime::io_events>& who) override;
  [[nodiscard]] runtime::lock_witness* witness() noexcept override { return this; }

  void granted(const detail::hold& given, core::instant deadline) override;
  void extended(const detail::hold& given, core::instant deadline) override;
  void shared(const detail::hold& held) override;
  void ended(const detail::hold& gone) override;

  // Of all its nodes, by name.
  [[nodiscard]] std::vector<std::string> voters_of(const std::string& lock) const;

  // The process is gone.
  void die();
  [[nodiscard]] bool alive() const { return host_ != nullptr; }
  void abandon_shells();

  // For the port and the alarm, of a process that lives.
  [[nodiscard]] host_state& host() const { return *host_; }
  [[nodiscard]] process_context& context() const { return context_; }

 private:
  host_state* host_;  // null: dead
  process_context& context_;
  core::instant died_at_{};
  std::vector<std::weak_ptr<runtime::io_events>> shells_;
};

class simulated_port final : public runtime::datagram_port {
 public:
  static constexpr std::size_t inbox_max = 1'024;  // datagrams: more are lost, as by a real socket

  explicit simulated_port(simulated_surroundings& around);
  ~simulated_port() override;

  [[nodiscard]] core::address local() const override { return local_; }
  void wait_readable(std::shared_ptr<runtime::io_events> who) override;
  std::span<runtime::arrived> receive(bool& emptied) override;
  bool send(std::span<const std::byte> bytes, const core::address& to) override;
  [[nodiscard]] std::uint64_t oversized() const override { return 0; }

  void arrive(const core::address& from, std::span<const std::byte> bytes);

 private:
  struct datagram_in {
    core::address from;
    std::vector<std::byte> bytes;
  };

  void wake();

  simulated_surroundings& around_;
  core::address local_;
  std::deque<datagram_in> inbox_;
  std::array<datagram_in, batch_max> taken_;
  std::array<runtime::arrived, batch_max> batch_{};
  std::shared_ptr<runtime::io_events> waiting_;
};

}  // namespace conclave::sim
