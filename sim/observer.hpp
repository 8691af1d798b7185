// Who looks on while a simulated cluster runs, and changes nothing: a recorder, for instance.
#pragma once

#include "node/actions.hpp"
#include "sim/machine.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace conclave::sim {

class cluster;

// What can become of a datagram instead of arriving.
enum class loss : std::uint8_t {
  lost,        // by chance, on its way
  blocked,     // a fault closes the way, or sieves it out
  nobody,      // no process has that address
  queue_full,  // too much waits for its turn to be sent
  no_buffer,   // the receiver stands still and its socket is full
  asleep,      // the receiver's machine is suspended
};
[[nodiscard]] std::string_view to_string(loss why);

// Everything is told in the order of true time. Nothing may be called back from here. What is
// given by reference is good during the call only.
class observer {
 public:
  virtual ~observer() = default;

  // Once, before anything else. The cluster may be read in every later call.
  virtual void begins(const cluster& watched) = 0;

  // --- steps of the cluster
  virtual void started(machine_index at, true_time now) = 0;
  virtual void stopped(machine_index at, true_time now) = 0;
  virtual void leaves(machine_index at, true_time now) = 0;
  virtual void asked(machine_index at, lock_index lock, core::request_id request,
                     const core::lock_request& how, true_time now) = 0;
  virtual void unlocked(machine_index at, core::request_id request, bool held, true_time now) = 0;
  virtual void downgraded(machine_index at, core::request_id request, bool held, true_time now) = 0;
  virtual void token_taken(machine_index at, core::request_id request,
                           std::optional<fencing_token> token, true_time now) = 0;
  // Every action but a send.
  virtual void happened(machine_index at, const core::action& what, true_time now) = 0;
  // The machine has done one step: its state is there to be looked at.
  virtual void stepped(machine_index at, true_time now) = 0;

  // --- datagrams
  // `to` is nobody when no machine has that address. Then what became of this one: lost() once, or
  // launched() for each copy that is under way.
  virtual void sent(machine_index from, std::optional<machine_index> to,
                    std::span<const std::byte> frame, true_time now) = 0;
  virtual void lost(loss why) = 0;
  // It is known by this number until it arrives or is dropped; then the number may come again.
  virtual void launched(std::uint32_t datagram) = 0;
  virtual void arrived(std::uint32_t datagram, machine_index at, true_time now) = 0;
  // `at` is nobody when no machine has that address any more.
  virtual void dropped(std::uint32_t datagram, std::optional<machine_index> at, loss why,
                       true_time now) = 0;

  // --- the world
  // A process there does nothing until it is told to go on.
  virtual void stands_still(machine_index at, bool still, true_time now) = 0;
  // `fault` is a number of its own for each; `machines` has a bit for each that it touches.
  virtual void fault_begins(std::uint32_t fault, std::string text, std::uint32_t machines,
                            true_time now) = 0;
  virtual void fault_ends(std::uint32_t fault, true_time now) = 0;
  // Where the run stands, in words.
  virtual void noted(std::string_view line, true_time now) = 0;
};

}  // namespace conclave::sim
