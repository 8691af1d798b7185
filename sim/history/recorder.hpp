// Writes down a simulated run as a history, in true time. A process has the name of its machine.
#pragma once

#include "sim/history/history.hpp"
#include "sim/observer.hpp"

#include <map>
#include <utility>

namespace conclave::sim {

class history_recorder final : public observer {
 public:
  // What happened until now. Who still waits has an unknown outcome.
  [[nodiscard]] histories::history told() const;

  void begins(const cluster& watched) override { cluster_ = &watched; }
  void stopped(machine_index at, true_time now) override;
  void asked(machine_index at, lock_index lock, core::request_id id, const core::lock_request& how,
             true_time now) override;
  void unlocked(machine_index at, core::request_id id, bool held, true_time now) override;
  void downgraded(machine_index at, core::request_id id, bool held, true_time now) override;
  void token_taken(machine_index at, core::request_id id, std::optional<fencing_token> token,
                   true_time now) override;
  void happened(machine_index at, const core::action& what, true_time now) override;
  void stepped(machine_index at, true_time now) override;

  // Nothing about locks.
  void started(machine_index, true_time) override {}
  void leaves(machine_index, true_time) override {}
  void sent(machine_index, std::optional<machine_index>, std::span<const std::byte>,
            true_time) override {}
  void lost(loss) override {}
  void launched(std::uint32_t) override {}
  void arrived(std::uint32_t, machine_index, true_time) override {}
  void dropped(std::uint32_t, std::optional<machine_index>, loss, true_time) override {}
  void stands_still(machine_index, bool, true_time) override {}
  void fault_begins(std::uint32_t, std::string, std::uint32_t, true_time) override {}
  void fault_ends(std::uint32_t, true_time) override {}
  void noted(std::string_view, true_time) override {}

 private:
  using request = std::pair<machine_index, core::request_id>;

  struct held_request {
    histories::operation acquired;
    core::instant deadline;  // on the clock of its machine
    histories::moment valid_until;
    fencing_token last_token;
  };

  // One that is about this request, at this moment, and not yet told.
  [[nodiscard]] histories::operation about(const request& which, histories::operation_kind kind,
                                           true_time now) const;
  [[nodiscard]] histories::process_id process_at(machine_index at);
  void tell(histories::operation one);
  [[nodiscard]] histories::moment true_moment(machine_index at, core::instant local) const;
  void tell_deadline(const request& which, held_request& one, true_time now);

  const cluster* cluster_ = nullptr;
  histories::history told_;
  std::map<request, histories::operation> waiting_;
  std::map<request, held_request> holding_;
};

}  // namespace conclave::sim
