// Records a run of the simulator while it happens.
#pragma once

#include "sim/observer.hpp"
#include "sim/report/recording.hpp"
#include "sim/report/state_watch.hpp"
#include "sim/report/text_table.hpp"
#include "sim/simulation.hpp"
#include "sim/words.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace conclave::sim {

struct recorder_limits {
  true_time from{};
  true_time to = end_of_time;
  std::size_t events_max = 50'000;  // of more, only the last ones stay
};

// Watches one run, then gives the recording of it.
class recorder final : public observer {
 public:
  explicit recorder(const recorder_limits& limits) : limits_(limits) {}

  // After the run; once.
  [[nodiscard]] recording finish(const options& drawn, const run_result& result);

  void begins(const cluster& watched) override;
  void started(machine_index at, true_time now) override;
  void stopped(machine_index at, true_time now) override;
  void leaves(machine_index at, true_time now) override;
  void asked(machine_index at, lock_index lock, core::request_id request,
             const core::lock_request& how, true_time now) override;
  void unlocked(machine_index at, core::request_id request, bool held, true_time now) override;
  void downgraded(machine_index at, core::request_id request, bool held, true_time now) override;
  void token_taken(machine_index at, core::request_id request, std::optional<fencing_token> token,
                   true_time now) override;
  void happened(machine_index at, const core::action& what, true_time now) override;
  void stepped(machine_index at, true_time now) override;
  void sent(machine_index from, std::optional<machine_index> to, std::span<const std::byte> frame,
            true_time now) override;
  void lost(loss why) override;
  void launched(std::uint32_t datagram) override;
  void arrived(std::uint32_t datagram, machine_index at, true_time now) override;
  void dropped(std::uint32_t datagram, std::optional<machine_index> at, loss why,
               true_time now) override;
  void stands_still(machine_index at, bool still, true_time now) override;
  void fault_begins(std::uint32_t fault, std::string text, std::uint32_t machines,
                    true_time now) override;
  void fault_ends(std::uint32_t fault, true_time now) override;
  void noted(std::string_view line, true_time now) override;

 private:
  struct flight {
    std::uint64_t cause = no_cause;
    std::uint32_t to = no_node;
  };
  struct fault_now {
    std::uint32_t number = 0;
    std::size_t position = 0;
    std::uint64_t cause = no_cause;
  };

  // Gives the number of the event, whether it is kept or not.
  std::uint64_t add(recorded_event what);
  std::uint64_t add(recorded_kind kind, std::uint32_t node, std::string_view text, true_time now);

  recorder_limits limits_;
  const cluster* watched_ = nullptr;  // during the run
  text_table texts_;
  std::optional<name_book> names_;
  std::optional<state_watch> state_;
  std::vector<recorded_event> events_;
  std::vector<recorded_fault> faults_;
  std::vector<fault_now> faults_now_;
  std::vector<flight> flights_;  // by the number of the datagram
  std::uint64_t next_number_ = 0;
  std::uint64_t last_sent_ = no_cause;
  std::uint32_t last_sent_to_ = no_node;
  bool last_sent_kept_ = false;
  std::uint64_t in_window_ = 0;
  std::uint64_t after_window_ = 0;
  std::vector<std::string> locks_;
};

}  // namespace conclave::sim
