// Cuts a failing plan down to what it takes to fail: fewer faults, then operations, then things
// that happen to datagrams, in a plainer world. After "Simplifying and Isolating Failure-Inducing
// Input" (Zeller, Hildebrandt 2002).
#pragma once

#include "sim/plan.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace conclave::sim {

// What became of a run, as far as it says whether it failed in the same way.
struct verdict {
  std::string cause;  // empty: all promises were kept
  std::string what;
  duration ended{};
  // What was done, and what happened to datagrams, in this run.
  std::vector<operation> operations;
  std::vector<incident> incidents;
};

using plan_runner = std::function<verdict(const plan&)>;

class shrinker {
 public:
  // `out_of_time`: asked before each run; from then on what is there is what it gives.
  shrinker(plan_runner run, std::function<bool()> out_of_time)
      : run_(std::move(run)), out_of_time_(std::move(out_of_time)) {}

  // A plan that fails for the same cause. `failing` itself when it does not fail, or not twice.
  [[nodiscard]] plan shrink(const plan& failing);

  [[nodiscard]] const verdict& found() const { return found_; }
  [[nodiscard]] std::size_t runs() const { return runs_; }

 private:
  bool fails(const plan& tried);
  // Takes it over when it fails.
  bool take(const plan& tried);
  void list_everything();
  void cut_off_the_rest();
  bool make_world_plainer();
  bool leave_machines_out();
  template <class Thing>
  bool leave_out(std::vector<Thing> plan::*which);
  template <class Thing>
  bool leave_out(std::optional<std::vector<Thing>> plan::*which);
  template <class Thing, class Put>
  bool leave_out_some(std::vector<Thing> all, Put put);
  bool make_operations_plainer();
  bool make_faults_plainer();

  plan_runner run_;
  std::function<bool()> out_of_time_;
  plan best_;
  verdict found_;
  verdict last_;
  std::size_t runs_ = 0;
};

// The same plan without a machine: who comes after it moves up.
[[nodiscard]] plan without_machine(plan of, machine_index which);

// Faults, operations and incidents.
[[nodiscard]] std::size_t events_of(const plan& of);

}  // namespace conclave::sim
